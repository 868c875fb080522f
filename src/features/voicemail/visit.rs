//! The note of a visit: that a caller was asked for a message, by which number, and for which task they had waited.
//!
//! It is what a message is made from whose reports do not say who called, and the only trace of one whose reports were
//! all lost: when the call is over, its recordings are looked at (`reconcile`).

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Caller, Mailbox};
use crate::{
    durable::{store, time::millis},
    twilio::{
        resource::tasks::Task,
        sid::{CallSid, TaskSid},
    },
};

/// How long a visit is kept at most: longer than a call lasts at Twilio.
pub(super) const KEPT: Duration = Duration::from_hours(26);

/// A caller was asked for a message.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Visit {
    pub(super) call_sid: CallSid,
    pub(super) mailbox: Mailbox,
    pub(super) from: String,
    pub(super) to: String,
    /// The task that waited for them, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) task_sid: Option<TaskSid>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) original: Option<Original>,
    #[serde(with = "millis")]
    pub(super) begun: Timestamp,
    mark: String,
}

/// What is worth keeping of the task that waited for a caller.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Original {
    pub(super) task_sid: TaskSid,
    /// Since when it had waited, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    pub(super) attributes: Map<String, Value>,
}

impl From<Task> for Original {
    fn from(task: Task) -> Self {
        Self {
            task_sid: task.sid,
            since: task.made().map(Timestamp::as_millisecond),
            attributes: task.attributes,
        }
    }
}

impl Original {
    /// Since when it had waited.
    pub(super) fn since(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.since?).ok()
    }
}

impl Visit {
    pub(super) fn of(caller: &Caller, now: Timestamp, mark: String) -> Self {
        Self {
            call_sid: caller.call,
            mailbox: caller.mailbox,
            from: caller.from.to_string(),
            to: caller.to.to_string(),
            task_sid: caller.task,
            original: None,
            begun: millis::whole(now),
            mark,
        }
    }

    /// The same, with the task that waited.
    pub(super) fn with(&self, original: Original, mark: String) -> Self {
        Self {
            original: Some(original),
            mark,
            ..self.clone()
        }
    }
}

impl store::Record for Visit {
    fn key(&self) -> &str {
        self.call_sid.as_str()
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}
