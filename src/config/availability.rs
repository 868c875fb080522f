//! Who computes which worker is ready for the next call.

use super::parse::Reader;

/// Who computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// This server; otherwise the Flex plugin in each agent's browser.
    pub server: bool,
}

impl Reader<'_> {
    pub(super) fn availability(&mut self) -> Option<Availability> {
        let server = self.value("AVAILABILITY", |text| match text {
            "plugin" => Ok(false),
            "server" => Ok(true),
            _ => Err("expected plugin or server".to_owned()),
        });
        Some(Availability { server: server? })
    }
}
