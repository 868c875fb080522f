//! The journal: everything that happens, with the time in the story.
//!
//! It is the demo's output, the tests' evidence and a developer's view of what Twilio did. Printed, it reads as a
//! transcript: who did what, which webhook, which TwiML, which REST request, what the caller hears. It holds no
//! secrets (of a REST request only the names of its parameters), and numbers are masked in the middle.

mod transcript;

pub(super) use self::transcript::masked;

use jiff::Timestamp;

use super::calls::{CallStatus, Heard};
use crate::twilio::sid::{CallSid, MessageSid, TaskSid};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A leg came into being.
    Called {
        /// The leg.
        call: CallSid,
        /// Who calls, as Twilio writes it.
        from: String,
        /// Who is called.
        to: String,
        /// `inbound`, `outbound-api` or `outbound-dial`.
        direction: &'static str,
    },
    /// A leg moved to another status.
    Status {
        /// The leg.
        call: CallSid,
        /// Its new status.
        status: CallStatus,
    },
    /// A webhook left for the application.
    Webhook {
        /// The leg it is about.
        call: Option<CallSid>,
        /// What it is for: `voice`, `queue wait`, `status callback`, ….
        name: &'static str,
        /// `GET` or `POST`.
        method: &'static str,
        /// Path and query.
        path: String,
    },
    /// The application answered a webhook, or Twilio gave up on it.
    Answered {
        /// The leg it is about.
        call: Option<CallSid>,
        /// What it was for.
        name: &'static str,
        /// Path and query.
        path: String,
        /// The HTTP status, or what went wrong.
        outcome: Result<u16, String>,
    },
    /// A leg begins to play a document.
    Document {
        /// The leg.
        call: CallSid,
        /// The document's verbs, in order.
        verbs: String,
        /// Its text.
        text: String,
    },
    /// A text message was sent, by a person or by the account.
    Texted {
        /// The message.
        message: MessageSid,
        /// Who sent it.
        from: String,
        /// Who it is for.
        to: String,
        /// `inbound`, `outbound-api` or `outbound-reply`.
        direction: &'static str,
    },
    /// A leg heard something.
    Heard {
        /// The leg.
        call: CallSid,
        /// What.
        what: Heard,
    },
    /// Keys were pressed on a leg.
    Pressed {
        /// The leg.
        call: CallSid,
        /// How many; which ones is theirs to keep.
        keys: usize,
    },
    /// A REST request was answered.
    Rest {
        /// The method.
        method: String,
        /// `api`, `sync`, `taskrouter` or `iam`.
        product: &'static str,
        /// The path.
        path: String,
        /// The names of its query and form parameters.
        keys: Vec<String>,
        /// The answer's status.
        status: u16,
        /// Twilio's error code, if it was refused.
        code: Option<u64>,
    },
    /// TaskRouter or a conference did something.
    Routing {
        /// The task it is about.
        task: Option<TaskSid>,
        /// What happened.
        text: String,
    },
    /// A scripted or random fault struck.
    Weather {
        /// What it hit and how.
        text: String,
    },
    /// Something Twilio would put into the account's error log.
    Warning {
        /// The leg it is about.
        call: Option<CallSid>,
        /// Twilio's code.
        code: u32,
        /// What happened.
        text: String,
    },
    /// A document ran out, so the call was ended: a caller was forgotten.
    FellOff {
        /// The leg.
        call: CallSid,
    },
}

/// An event and when it happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The time in the story.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Everything that has happened, in order. `Display` prints the transcript.
#[derive(Clone, Debug, Default)]
pub struct Journal(Vec<Entry>);

impl Journal {
    pub(super) fn write(&mut self, at: Timestamp, event: Event) {
        self.0.push(Entry { at, event });
    }

    /// Writes an event before what came of it: `place` is how long the journal was when it happened.
    pub(super) fn write_before(&mut self, place: usize, at: Timestamp, event: Event) {
        self.0.insert(place.min(self.0.len()), Entry { at, event });
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter()
    }

    /// How many entries there are; with [`Journal::since`], a way to read on.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries after the first `seen`.
    #[must_use]
    pub fn since(&self, seen: usize) -> &[Entry] {
        self.0.get(seen..).unwrap_or_default()
    }

    /// The paths of all webhooks named `name` that were sent, in order.
    #[must_use]
    pub fn webhooks(&self, name: &str) -> Vec<&str> {
        let sent = self.0.iter().filter_map(|entry| match &entry.event {
            Event::Webhook { name: it, path, .. } if *it == name => Some(path.as_str()),
            _ => None,
        });
        sent.collect()
    }

    /// All REST requests as `METHOD product path status`.
    #[must_use]
    pub fn rest(&self) -> Vec<String> {
        let asked = self.0.iter().filter_map(|entry| match &entry.event {
            Event::Rest {
                method,
                product,
                path,
                status,
                ..
            } => Some(format!("{method} {product} {path} {status}")),
            _ => None,
        });
        asked.collect()
    }

    /// Every warning: Twilio's code and what happened.
    #[must_use]
    pub fn warnings(&self) -> Vec<(u32, &str)> {
        let warned = self.0.iter().filter_map(|entry| match &entry.event {
            Event::Warning { code, text, .. } => Some((*code, text.as_str())),
            _ => None,
        });
        warned.collect()
    }
}
