//! The declared table of variables: the server's own, and those of each feature.
//!
//! Each feature declares its variables beside the [`Settings`](crate::config) it reads from them, as a [`Group`]. The
//! whole table feeds reading, error messages, `.env.example` and the reference; a test holds these together.

use std::fmt::Write;

use super::variable::{
    Need::{Default, Off, Required},
    Variable,
};

/// The variables of one subject.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The heading in `.env.example` and in the reference.
    pub title: &'static str,
    /// The variables, in the order of `.env.example`.
    pub variables: &'static [Variable],
}

/// All groups, in the order of `.env.example`.
#[derive(Clone, Copy, Debug)]
pub struct Table(&'static [&'static [Group]]);

impl Table {
    /// A table of these lists of groups.
    #[must_use]
    pub const fn new(lists: &'static [&'static [Group]]) -> Self {
        Self(lists)
    }

    /// Every group.
    pub fn groups(self) -> impl Iterator<Item = &'static Group> {
        self.0.iter().copied().flatten()
    }

    /// Every variable.
    pub fn variables(self) -> impl Iterator<Item = &'static Variable> {
        self.groups().flat_map(|group| group.variables)
    }

    /// The declaration of one variable.
    #[must_use]
    pub fn declared(self, name: &str) -> Option<&'static Variable> {
        self.variables().find(|variable| variable.name == name)
    }

    /// The reference of all variables, in Markdown.
    #[must_use]
    pub fn reference(self) -> String {
        let mut table = "| variable | default | what it is for |\n|---|---|---|\n".to_owned();
        for Variable {
            name,
            meaning,
            need,
            ..
        } in self.variables()
        {
            let default = match need {
                Required => "**required**".to_owned(),
                Default(value) => format!("`{value}`"),
                Off => "–".to_owned(),
            };
            let meaning = meaning.replace('<', "&lt;");
            let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
        }
        table
    }

    /// The text of `.env.example`.
    #[must_use]
    pub fn env_example(self) -> String {
        let mut text = "# Copy this file to .env and fill in the required values. The other lines show an example of each variable.\n".to_owned();
        for group in self.groups() {
            let _ = write!(text, "\n# ── {} ──\n", group.title);
            for Variable {
                name,
                meaning,
                need,
                example,
                ..
            } in group.variables
            {
                let line = match need {
                    Required => format!("{name}={example}"),
                    Default(value) => format!("# (default: {value})\n# {name}={}", quoted(example)),
                    Off => format!("# {name}={}", quoted(example)),
                };
                let _ = write!(text, "\n# {meaning}\n{line}\n");
            }
        }
        text
    }
}

/// A value with spaces needs quotes in a `.env` file.
fn quoted(value: &str) -> String {
    if value.contains(' ') {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}
