//! What Twilio says when it refuses: a status, a code of its own, and a sentence.
//!
//! The body is the classic one (Twilio: "Twilio's Response", exceptions): `code`, `message`, `more_info`, `status`.
//! Every code used here is in Twilio's error dictionary; the status beside it is the documented or the observed one.

use serde_json::{Value, json};

use crate::expression;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Twilio's error code.
    pub(crate) code: u32,
    /// The sentence for the developer.
    pub(crate) message: String,
}

impl From<expression::Unreadable> for Refusal {
    /// An expression that TaskRouter does not understand (20001).
    fn from(why: expression::Unreadable) -> Self {
        Self::invalid(why.0)
    }
}

impl Refusal {
    /// A refusal of any kind.
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// A parameter that is unknown, missing or malformed, or a state that does not allow the act (20001).
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, 20001, message)
    }

    /// A parameter whose value cannot be taken (20001).
    pub(crate) fn bad_value(name: &str) -> Self {
        Self::invalid(format!("Invalid value of parameter {name}"))
    }

    /// Nothing stands at `path` (20404).
    pub(crate) fn not_found(path: &str) -> Self {
        Self::new(
            404,
            20404,
            format!("The requested resource {path} was not found"),
        )
    }

    /// The path is right, the method is not (20004).
    pub(crate) fn method() -> Self {
        Self::new(405, 20004, "Method not allowed")
    }

    /// The credentials are missing or wrong (20003).
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, 20003, "Authenticate")
    }

    /// The resource has moved on since the revision in `If-Match` (20412).
    pub(crate) fn stale() -> Self {
        Self::new(
            412,
            20412,
            "Precondition failed: the resource has been modified",
        )
    }

    /// Too many requests; this one was not processed (20429).
    pub(crate) fn too_many() -> Self {
        Self::new(429, 20429, "Too Many Requests")
    }

    /// The body that Twilio sends with it.
    pub(crate) fn body(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        })
    }
}
