//! The record of one wish: to be called back, or to have left a message.
//!
//! It is written before anything is done for it and moved by compare-and-set, so that whatever is delivered twice, or
//! cut short, ends in one task or in none. Its key is the caller's call, the recording, or what a Studio flow asked for.
//!
//! ```text
//!   Typed ──► Asked ──┬──────────────────────► Making ──► Made
//!               │     └──► Leaving ──► Recording │ (and one record for each recording, which begins at Making)
//!               │             │            │     │
//!               └─────────────┴────────────┴─────┴──────► Dropped: an agent has the caller, or nothing is to be done
//! ```
//!
//! Where call-backs have hours, `Making` leads to `Held` outside of them and from there back when they begin; inside, it
//! leads to `Waiting`, which ends in `Made`, or by `Recalling` in `Held` when the hours end first.
//!
//! From `Asked` on the caller is owed something. Taking their task out of its line is the one step that decides between
//! an agent and a call-back, and TaskRouter decides it: a task that a worker has accepted cannot be canceled.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    durable::{store, time::millis},
    recording::followup::FollowUp,
    twilio::sid::{CallSid, TaskSid, WorkflowSid},
};

/// How long a record is kept that is done with, for webhooks that come late and buttons that are pressed again.
const DONE_KEPT: Duration = Duration::from_mins(15);

/// How long a number is kept that was keyed in and not confirmed.
const TYPED_KEPT: Duration = Duration::from_hours(1);

/// How long what is owed is kept: longer than any outage.
const OWED_KEPT: Duration = Duration::from_hours(72);

/// How long what is held is kept after the hours should have begun: longer than any holiday.
const HELD_KEPT: Duration = Duration::from_hours(45 * 24);

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To be called back.
    Callback,
    /// To leave a message.
    Message,
}

/// Where a wish stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// A number was keyed in; nothing is asked for yet.
    Typed,
    /// Asked for; the caller's task is to leave its line.
    Asked,
    /// The caller is out of line, and on the way to where messages are recorded.
    Leaving,
    /// They are there.
    Recording,
    /// A process makes the task.
    Making,
    /// It is made when the hours begin.
    Held,
    /// The task is there, and will have to leave its line should the hours end before a worker accepts it.
    Waiting,
    /// The hours have ended, and it is to leave its line.
    Recalling,
    /// The task is there.
    Made,
    /// Nothing is owed.
    Dropped,
}

/// Where the task goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The workflow that routes it.
    pub workflow_sid: WorkflowSid,
    /// The task channel's unique name.
    pub channel: String,
    /// Its priority.
    pub priority: u32,
    /// How many seconds it may wait.
    pub timeout: u64,
    /// What its place in line is reckoned from, in seconds of Unix time: when the caller came into the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
}

/// The record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// What it is found by; ends in two hexadecimal digits.
    pub key: String,
    /// The caller's call, if they are on the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_sid: Option<CallSid>,
    /// The task they waited with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_sid: Option<TaskSid>,
    /// What is wished for.
    pub kind: Kind,
    /// Where it stands.
    pub phase: Phase,
    /// What the task will say.
    pub follow_up: FollowUp,
    /// Where it will go.
    pub route: Route,
    /// The task, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<TaskSid>,
    /// Its words came after the task, and are not in it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
    /// When it came to stand where it stands.
    #[serde(with = "millis")]
    pub moved: Timestamp,
    /// Who wrote this version.
    pub mark: String,
}

impl store::Record for Wish {
    fn key(&self) -> &str {
        &self.key
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

impl Wish {
    /// How long Sync keeps it.
    pub(super) fn life(&self) -> Duration {
        match self.phase {
            Phase::Typed => TYPED_KEPT,
            Phase::Made | Phase::Dropped => DONE_KEPT,
            Phase::Held | Phase::Recalling => HELD_KEPT,
            Phase::Waiting => OWED_KEPT + Duration::from_secs(self.route.timeout),
            Phase::Asked | Phase::Leaving | Phase::Recording | Phase::Making => OWED_KEPT,
        }
    }

    /// The same wish in another phase.
    #[must_use]
    pub fn moved_to(&self, phase: Phase, now: Timestamp, mark: String) -> Self {
        Self {
            phase,
            moved: millis::whole(now),
            mark,
            ..self.clone()
        }
    }

    /// How long ago it came to stand where it stands.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.moved)).unwrap_or_default()
    }

    /// Whether its caller has a number that can be called.
    #[must_use]
    pub fn can_be_called(&self) -> bool {
        self.follow_up.number_to_call.starts_with(['+', 's'])
    }

    /// Whether the caller's task has left its line for it.
    #[must_use]
    pub fn is_granted(&self) -> bool {
        !matches!(self.phase, Phase::Typed | Phase::Asked | Phase::Dropped)
    }

    /// Whether it is about the caller's stay in line with this task, and not an earlier one.
    #[must_use]
    pub fn is_of(&self, task: Option<TaskSid>) -> bool {
        task.is_none() || self.task_sid.is_none() || self.task_sid == task
    }
}
