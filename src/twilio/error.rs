//! What can go wrong between us and Twilio.

use std::time::Duration;

use super::transport::Broken;

/// A request to Twilio that was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Twilio answered with an error.
    #[error(transparent)]
    Api(ApiError),
    /// Twilio asked us to slow down (429, code 20429 or 54009) and no time was left to try again.
    #[error("Twilio is busy")]
    Busy {
        /// How long Twilio asked us to wait, if it said.
        retry_after: Option<Duration>,
    },
    /// No answer came.
    #[error("Twilio could not be reached")]
    Unreachable(#[source] Broken),
    /// Our deadline passed. If the request was on its way, Twilio may have acted.
    #[error("no answer from Twilio in time")]
    Late,
    /// The last attempt was refused, but an earlier one of the same request broke after Twilio may have acted.
    #[error("{0}, after an attempt that Twilio may have carried out")]
    AfterUnclear(#[source] Box<Self>),
    /// The answer was not what this endpoint answers.
    #[error("Twilio's answer could not be read at {path}")]
    Garbled {
        /// Where in the answer.
        path: String,
        /// What was wrong there.
        #[source]
        source: serde_json::Error,
    },
}

/// Twilio's own words about an error. Both of its body shapes are read: the classic one and RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Twilio answered {status}{}", code.map_or_else(String::new, |code| format!(" (code {code})")))]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's error code (Twilio: "Error and Warning Dictionary"), if the body had one.
    pub code: Option<u32>,
    /// Twilio's text. May quote what we sent, so it is for logs at debug level, never for callers.
    pub message: String,
    /// `Twilio-Request-Id`, to quote to Twilio's support.
    pub request_id: Option<String>,
}

impl Error {
    /// The HTTP status Twilio answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Busy { .. } => Some(429),
            Self::AfterUnclear(last) => last.status(),
            Self::Unreachable(_) | Self::Late | Self::Garbled { .. } => None,
        }
    }

    /// Twilio's error code, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Api(error) => error.code,
            Self::AfterUnclear(last) => last.code(),
            _ => None,
        }
    }

    /// The thing does not exist. Any 404 counts: some paths report 20404 where others say 54201.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Twilio is asked too often, or it was not our turn in time.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.status() == Some(429)
    }

    /// The same error, for another who asked the same.
    #[must_use]
    pub fn retold(&self) -> Self {
        match self {
            Self::Api(error) => Self::Api(error.clone()),
            Self::Busy { retry_after } => Self::Busy {
                retry_after: *retry_after,
            },
            Self::Unreachable(Broken::Refused(source)) => {
                Self::Unreachable(Broken::Refused(source.to_string().into()))
            }
            Self::Unreachable(Broken::Lost(source)) => {
                Self::Unreachable(Broken::Lost(source.to_string().into()))
            }
            Self::Late => Self::Late,
            Self::AfterUnclear(last) => Self::AfterUnclear(Box::new(last.retold())),
            Self::Garbled { path, source } => Self::Garbled {
                path: path.clone(),
                source: serde::de::Error::custom(source),
            },
        }
    }

    /// Another process wrote first (`If-Match` did not hold).
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        self.status() == Some(412)
    }

    /// It exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether asking again later may help: Twilio could not be reached, was too slow, too busy or broken.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Api(error) => error.status >= 500 || error.status == 429,
            Self::Busy { .. } | Self::Unreachable(_) | Self::Late | Self::AfterUnclear(_) => true,
            Self::Garbled { .. } => false,
        }
    }

    /// Our credentials were refused.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Twilio certainly did nothing: it said no to every attempt, or none arrived. Anything else may have been done.
    #[must_use]
    pub fn nothing_happened(&self) -> bool {
        match self {
            Self::Api(error) => error.status < 500,
            Self::Busy { .. } | Self::Unreachable(Broken::Refused(_)) => true,
            Self::Unreachable(Broken::Lost(_))
            | Self::Late
            | Self::AfterUnclear(_)
            | Self::Garbled { .. } => false,
        }
    }
}
