//! Why something was not done, in our words and without a word of HTTP.

use crate::twilio::error::Error as TwilioError;

/// Why something was not done, in our words. Every text may be shown to the client, unless it says
/// otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value is missing or not what it should be (400).
    #[error("{field}: expected {expected}")]
    Invalid {
        /// The form field's name, as sent.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The agent may not do this (403).
    #[error("{0}")]
    NotYours(&'static str),
    /// There is no such thing (404).
    #[error("{0}")]
    Unknown(&'static str),
    /// It cannot be done in the state things are in (409).
    #[error("{0}")]
    Conflict(&'static str),
    /// The configuration does not fit the account (500). For the log: the client can do nothing about it.
    #[error("{0}")]
    Misconfigured(&'static str),
    /// Twilio did not carry it out (502, 503 or 504).
    #[error("{doing} did not work: Twilio did not carry it out")]
    Upstream {
        /// What we were doing.
        doing: &'static str,
        /// Why it failed; for the log only.
        #[source]
        source: TwilioError,
    },
}

/// Names what we were doing when Twilio failed us.
pub fn upstream(doing: &'static str) -> impl Fn(TwilioError) -> Error {
    move |source| Error::Upstream { doing, source }
}
