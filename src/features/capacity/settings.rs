//! The setting of capacity.

use crate::config::{Group, Need::Default, Reader, parse, variable};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Agents' capacity",
    variables: &[variable(
        "CAPACITY_LIMIT",
        Default("10"),
        "4",
        "The highest capacity that the plugin may set on a worker's channel.",
    )],
};

/// What limits the capacity that the plugin sets.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most tasks a worker may be given on one channel.
    pub limit: u32,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let limit = reader.value("CAPACITY_LIMIT", |text| parse::between(text, 1, 100))?;
        Some(Self { limit })
    }
}
