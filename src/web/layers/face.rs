//! Who stands on the other side of a route, and what follows from it.

use std::time::Duration;

use super::Trail;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Twilio, with a caller on the line: an error is spoken.
    Voice,
    /// Twilio, with a worker on the line who pressed a key and wants to hear what came of it: an error is spoken, and
    /// is the end.
    Keypad,
    /// Twilio, with a text message: an error is answered with one.
    Text,
    /// Twilio, reporting: an error makes it report again.
    Status,
    /// The Flex plugin in a browser: CORS, and `message` beside each problem.
    Plugin,
    /// Studio's Make HTTP Request widget.
    Lookup,
    /// An operator, a load balancer, or Twilio fetching music. Anybody.
    Open,
}

impl Face {
    /// How long the other side waits, less a little for the way.
    ///
    /// A voice URL of ours asks Twilio for a second try after 4.5 s (`links.rs`), so a later answer is not heard. A
    /// report from a number has Twilio's default of 15 s; Studio's widget waits 10 s; a browser waits for ever, but
    /// its agent does not.
    pub(crate) const fn patience(self) -> Duration {
        Duration::from_secs(match self {
            Self::Voice | Self::Keypad => 4,
            Self::Status | Self::Text => 10,
            Self::Plugin => 12,
            Self::Lookup => 8,
            Self::Open => 5,
        })
    }

    /// How many requests may be in work at a time, once they have proved who sent them ([`Lane`](crate::web::lane::Lane)).
    pub(crate) const fn lane(self) -> usize {
        match self {
            Self::Voice | Self::Status => 1_024,
            Self::Plugin | Self::Open => 512,
            Self::Lookup | Self::Keypad | Self::Text => 128,
        }
    }

    /// The span that gives the log lines of the work their request id. Most reports need no work at all, so theirs
    /// is opened only where some begins.
    pub(crate) fn span(self, trail: &Trail) -> tracing::Span {
        match self {
            Self::Status | Self::Open => tracing::Span::none(),
            Self::Voice | Self::Keypad | Self::Text | Self::Plugin | Self::Lookup => trail.span(),
        }
    }
}
