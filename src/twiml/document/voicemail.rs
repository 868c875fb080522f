//! What is said to a caller who leaves a message.

use minijinja::{Value, context};
use serde::Serialize;

use super::Document;

/// Asks a caller for a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// What they are told; without it, that nothing was heard the last time.
    pub greeting: Option<String>,
    /// The absolute URL that Twilio asks once something was recorded.
    pub action: String,
    /// The absolute URL that is told what became of the recording.
    pub status: String,
    /// The absolute URL that is told what was said, if that is to be written down.
    pub transcript: Option<String>,
    /// After how many seconds of silence the message ends.
    pub silence: u64,
    /// How many seconds it may have.
    pub longest: u64,
    /// The absolute URL for who has said nothing.
    pub next: String,
}

/// The last words to a caller in voicemail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageEnd {
    /// Which ones: `kept`, `silence` or `closed`.
    pub said: &'static str,
}

impl Message {
    pub(super) fn values(&self) -> Value {
        let Self {
            greeting,
            action,
            status,
            transcript,
            silence,
            longest,
            next,
        } = self;
        context! {
            greeting => greeting.as_deref(), action => &**action, status => &**status,
            transcript => transcript.as_deref(), silence => *silence, longest => *longest, next => &**next,
        }
    }
}

impl MessageEnd {
    pub(super) fn values(&self) -> Value {
        let Self { said } = self;
        context! { said => *said }
    }
}

/// Each of these documents in each of its shapes; see [`Document::samples`].
pub(super) fn samples(words: &str) -> Vec<Document> {
    let url = |path: &str| {
        format!("https://example.com/voicemail{path}?box=WK00&task=WT00#rc=3&rp=ct,rt,5xx")
    };
    let message = |greeting, transcript| {
        Document::Message(Message {
            greeting,
            action: url("/recorded"),
            status: url("/status"),
            transcript,
            silence: 5,
            longest: 180,
            next: url(""),
        })
    };
    let end = |said| Document::MessageEnd(MessageEnd { said });
    vec![
        message(Some(words.to_owned()), None),
        message(None, Some(url("/transcript"))),
        end("kept"),
        end("silence"),
        end("closed"),
    ]
}
