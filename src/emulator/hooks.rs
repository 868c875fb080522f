//! Webhooks: how the emulator asks the application, and takes no for an answer.
//!
//! A webhook is a form POST (or a GET with the form in its query), signed over the URL as it was given, with the
//! token that stays the same when it is repeated. The fragment of the URL overrides time limits and retries
//! (Twilio: "Webhooks connection overrides") and is neither sent nor signed. By default Twilio waits five seconds
//! for the connection, fifteen in all, and repeats once, only when no connection could be made.

mod delivery;
mod overrides;

use crate::twilio::sid::CallSid;

/// The method a webhook is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
}

impl Method {
    /// Reads a `Method` parameter or attribute; `None` for anything but `GET` and `POST`.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Where a webhook goes.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) method: Method,
}

impl Hook {
    pub(super) fn post(url: String) -> Self {
        Self {
            url,
            method: Method::Post,
        }
    }
}

/// Where a document comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Asked for, with these fields beside the call's own.
    Fetch(Hook, Fields),
    /// Given.
    Text(String),
}

impl Source {
    pub(super) fn fetch(hook: Hook) -> Self {
        Self::Fetch(hook, Fields::new())
    }

    /// The same, asked for with more fields; a given text takes none.
    pub(super) fn and(self, more: Fields) -> Self {
        match self {
            Self::Fetch(hook, mut fields) => {
                fields.extend(more);
                Self::Fetch(hook, fields)
            }
            text @ Self::Text(_) => text,
        }
    }
}

/// Form fields: name and value.
pub(super) type Fields = Vec<(&'static str, String)>;

/// One webhook.
#[derive(Clone, Debug)]
pub(super) struct Send {
    pub(super) call: Option<CallSid>,
    pub(super) name: &'static str,
    pub(super) hook: Hook,
    pub(super) fields: Fields,
    /// Whether a person on the phone waits for the answer.
    pub(super) document: bool,
}

/// Why a webhook brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Refused,
    Lost,
    Late,
    Status(u16),
    /// The weather kept it from being sent at all.
    Dropped,
}

impl Failure {
    /// What Twilio's error log calls it.
    pub(super) fn code(self) -> u32 {
        match self {
            Self::Refused => 11205,
            _ => 11200,
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Refused => "connection refused".to_owned(),
            Self::Lost => "connection lost".to_owned(),
            Self::Late => "no answer in time".to_owned(),
            Self::Status(status) => format!("HTTP {status}"),
            Self::Dropped => "never sent".to_owned(),
        }
    }
}
