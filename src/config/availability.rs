//! Who computes which worker is ready for the next call, and when a task that keeps one from it is ended.

use std::time::Duration;

use super::parse::{self, Reader};

/// Who computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// This server; otherwise the Flex plugin in each agent's browser.
    pub server: bool,
    /// After how long a voice task without a live call is ended, if ever.
    pub stuck_after: Option<Duration>,
}

impl Reader<'_> {
    pub(super) fn availability(&mut self) -> Option<Availability> {
        let server = self.value("AVAILABILITY", |text| match text {
            "plugin" => Ok(false),
            "server" => Ok(true),
            _ => Err("expected plugin or server".to_owned()),
        });
        let stuck_after = self.value("STUCK_TASK_SECONDS", |text| match text {
            "0" => Ok(None),
            _ => parse::seconds(text, 600, 86_400).map(Some),
        });
        Some(Availability {
            server: server?,
            stuck_after: stuck_after?,
        })
    }
}
