//! All that is wrong with a configuration, told at once.

use std::fmt;

use super::{Variable, file::Unreadable};

/// What is said of a variable that must be set and is not.
pub(super) const NOT_SET: &str = "it is not set";

/// One variable that is missing, malformed or misspelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static Variable,
    /// What is wrong with it.
    pub what: String,
}

/// All that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// What is wrong with variables.
    pub variables: Vec<Problem>,
    /// What of `.env` could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.variables.is_empty();
        let opening = if whole {
            "could not be read"
        } else {
            "is not complete"
        };
        writeln!(f, "The configuration {opening}:\n")?;
        for Problem {
            variable:
                Variable {
                    name,
                    meaning,
                    example,
                    ..
                },
            what,
        } in &self.variables
        {
            writeln!(
                f,
                "  {name}: {what}\n      what it is: {meaning}\n      for example: {name}={example}\n"
            )?;
        }
        for Unreadable { what, advice, .. } in &self.unreadable {
            writeln!(f, "  .env: {what}\n      what to do: {advice}\n")?;
        }
        f.write_str("Set them in the environment or in a file named .env; see .env.example.")
    }
}
