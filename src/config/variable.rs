//! One row of the table of variables.

/// Whether a variable must be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// Without it, this value is used.
    Default(&'static str),
    /// Without it, something is off.
    Off,
}

/// One variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether it must be set.
    pub need: Need,
    /// A value it could have.
    pub example: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

/// A variable whose value may be shown.
#[must_use]
pub const fn variable(
    name: &'static str,
    need: Need,
    example: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        meaning,
        need,
        example,
        secret: false,
    }
}

/// A variable whose value must never be shown.
#[must_use]
pub const fn secret(
    name: &'static str,
    need: Need,
    example: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable {
        secret: true,
        ..variable(name, need, example, meaning)
    }
}
