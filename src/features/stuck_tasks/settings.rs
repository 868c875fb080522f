//! When a task that keeps an agent from calls counts as stuck.

use std::time::Duration;

use crate::config::{Group, Need::Default, Reader, parse, variable};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Stuck tasks",
    variables: &[variable(
        "STUCK_TASK_SECONDS",
        Default("14400"),
        "28800",
        "After how many seconds a voice task is ended that an agent has, or writes up, while no call of it is alive; 0: never. From 600 to 86400; TaskRouter deletes what is older. Call-backs and messages are left alone.",
    )],
};

/// When a task counts as stuck.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// After how long a voice task without a live call is ended, if ever.
    pub after: Option<Duration>,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let after = reader.value("STUCK_TASK_SECONDS", |text| match text {
            "0" => Ok(None),
            _ => parse::seconds(text, 600, 86_400).map(Some),
        });
        Some(Self { after: after? })
    }
}
