//! The record of a message: that its owner is owed a task, or has it.
//!
//! ```text
//!             named by a report, or found
//!  (no record) ────────────────────────────► Owed ──────────────► Closed: the task is there
//!                                              ▲ a transcript may come at any time; the process that closes, or a later one, adds it
//! ```

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Mailbox, Recorded};
use crate::{
    durable::{store, time::millis},
    twilio::sid::{CallSid, RecordingSid, TaskSid, TranscriptionSid},
};

/// No request of ours works longer than this on one message, so an older unfinished one was cut short.
const STALE: Duration = Duration::from_secs(20);

/// How long an owed task may wait for its maker.
const OWED_KEPT: Duration = Duration::from_hours(14 * 24);

/// How long the record of a message that has its task is kept, for reports that come late.
const CLOSED_KEPT: Duration = Duration::from_hours(2);

/// The longest transcript that is kept, in characters; more than anybody says in two minutes.
const LONGEST: usize = 4_000;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// Its owner is owed a task.
    Owed,
    /// They have it.
    Closed,
}

/// What was said, written down.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Words {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<TranscriptionSid>,
    pub(super) text: String,
}

impl Words {
    pub(super) fn new(sid: Option<TranscriptionSid>, text: &str) -> Self {
        let text = text.chars().take(LONGEST).collect();
        Self { sid, text }
    }
}

/// A message.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub(super) recording_sid: RecordingSid,
    pub(super) call_sid: CallSid,
    pub(super) mailbox: Mailbox,
    /// The task that waited for the caller, if a report said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waited: Option<TaskSid>,
    /// Who called, and whom, if a report said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parties: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u32>,
    #[serde(with = "millis")]
    pub(super) received: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<Words>,
    /// Whether the words are where they are to be seen.
    #[serde(default)]
    pub(super) written: bool,
    /// The task that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) task_sid: Option<TaskSid>,
    pub(super) phase: Phase,
    #[serde(with = "millis")]
    pub(super) moved: Timestamp,
    pub(super) mark: String,
}

impl store::Record for Message {
    fn key(&self) -> &str {
        self.recording_sid.as_str()
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

impl Message {
    /// The first version.
    pub(super) fn of(recorded: &Recorded, now: Timestamp, mark: String) -> Self {
        let parties = recorded.parties.as_ref();
        Self {
            recording_sid: recorded.recording,
            call_sid: recorded.call,
            mailbox: recorded.mailbox,
            waited: recorded.task,
            parties: parties.map(|(from, to)| (from.to_string(), to.to_string())),
            seconds: recorded.seconds,
            received: millis::whole(now),
            words: None,
            written: false,
            task_sid: None,
            phase: Phase::Owed,
            moved: millis::whole(now),
            mark,
        }
    }

    /// How long Sync keeps it.
    pub(super) fn life(&self) -> Duration {
        match self.phase {
            Phase::Owed => OWED_KEPT,
            Phase::Closed => CLOSED_KEPT,
        }
    }

    /// The same, taken up now by the process that writes `mark`.
    pub(super) fn touched(&self, now: Timestamp, mark: String) -> Self {
        Self {
            moved: millis::whole(now),
            mark,
            ..self.clone()
        }
    }

    /// Whether no process works on it any more although something is left to do.
    pub(super) fn is_stuck(&self, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(self.moved)).unwrap_or_default();
        let unfinished = match self.phase {
            Phase::Owed => true,
            Phase::Closed => self.words.is_some() && !self.written,
        };
        unfinished && age >= STALE
    }
}
