//! Where the variables come from: the environment, and `.env` below it.

use std::{collections::BTreeMap, io};

use super::{
    Table,
    file::{self, EnvFile},
    problems::{NOT_SET, Problem, Problems},
    unknown::{Place, Unknown, close_to, judge},
};

/// Finds the value of a variable by its name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment and `.env`, as they were when the program started.
#[derive(Debug)]
pub struct Sources {
    environment: BTreeMap<String, String>,
    file: EnvFile,
}

impl Sources {
    /// Those of this process.
    pub(crate) fn here() -> Self {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let environment = std::env::vars_os().filter_map(readable);
        Self::of(environment.collect(), file::find())
    }

    /// An environment, and what opening `.env` gave: `None` if there is no such file.
    #[must_use]
    pub fn of(environment: BTreeMap<String, String>, file: Option<io::Result<Vec<u8>>>) -> Self {
        Self {
            environment,
            file: EnvFile::of(file),
        }
    }

    /// What `read` makes of the variables, and the names that are set and look like ours, but are of no variable.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn read<T>(
        self,
        table: Table,
        read: impl FnOnce(Lookup<'_>) -> Result<T, Problems>,
    ) -> Result<(T, Vec<String>), Problems> {
        if self.file.is_closed {
            // What is missing may stand in the file: it would only hide the one mistake.
            return Err(Problems {
                unreadable: self.file.unreadable,
                ..Problems::default()
            });
        }
        let read = read(&|name| self.value(name));
        let (misspelt, leftover) = self.unknown(table);
        let (read, mut problems) = match read {
            Ok(read) => (Some(read), Problems::default()),
            Err(problems) => (None, problems),
        };
        // One mistake, told once: a variable that is missing because its name or its line is wrong.
        let lines = self.file.unreadable.iter();
        let lines: Vec<_> = lines.filter_map(|it| it.name.as_deref()).collect();
        problems.variables.retain(|problem| {
            let elsewhere = misspelt.iter().any(|it| it.variable == problem.variable);
            problem.what != NOT_SET || !elsewhere && !lines.contains(&problem.variable.name)
        });
        problems.variables.extend(misspelt);
        problems.unreadable = self.file.unreadable;
        let in_order = problems == Problems::default();
        match read {
            Some(config) if in_order => Ok((config, leftover)),
            _ => Err(problems),
        }
    }

    /// What the environment says, else the file.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let set = self.environment.get(name);
        set.or_else(|| self.file.variables.get(name)).cloned()
    }

    /// The names that are misspelt, and those that nothing reads and that look as if they were ours.
    fn unknown(&self, table: Table) -> (Vec<Problem>, Vec<String>) {
        let is_set = |name: &str| self.value(name).is_some_and(|it| !it.trim().is_empty());
        let places = [
            (
                self.environment.keys(),
                Place::Environment,
                "the environment",
            ),
            (self.file.variables.keys(), Place::Own, ".env"),
        ];
        let (mut misspelt, mut leftover) = (vec![], vec![]);
        for (names, place, spoken) in places {
            for name in names {
                match judge(table, name, place, is_set) {
                    Some(Unknown::Misspelt(variable)) => misspelt.push(Problem {
                        variable,
                        what: format!(
                            "it is not set, but {name} is, in {spoken}: is {} meant?",
                            variable.name
                        ),
                    }),
                    Some(Unknown::Ours) => leftover.push(format!("{name}, in {spoken}")),
                    Some(Unknown::Others) | None => {}
                }
            }
        }
        (misspelt, leftover)
    }
}

/// What is wrong with a name that is given as that of one of our variables, if something is.
#[must_use]
pub fn no_variable(table: Table, name: &str) -> Option<String> {
    if table.declared(name).is_some() {
        return None;
    }
    Some(match close_to(table, name) {
        Some(meant) => format!("there is no variable {name}: is {} meant?", meant.name),
        None => format!("there is no variable {name}; .env.example lists them all"),
    })
}
