//! The record of a parked call: everything needed to bring the caller back, and where they stand.
//!
//! It lives in the index (see [`super::ledger`]), is written before anything is done to the call, and moves by
//! compare-and-set only. Its phases:
//!
//! ```text
//!            park                    pick-up
//!  (no record) ───► Parking ──────► PickUp ───────► gone: with an agent
//!                     │  ▲             │ ▲
//!         heard the   │  │ the hold document is asked for again:
//!         second round▼  │ the pick-up did not take effect
//!                   Parked ─────────► Return ─────► gone: with the worker
//!                     │   PARK_TIMEOUT  │  not taken: Parked again
//!                     │                 └─ last try: Overflow ──► gone: with anybody
//!                     ▼ caller hangs up
//!                   Ended: one wrap-up task is owed ──► Closed: it is made
//! ```
//!
//! What a call *does* is proved by the hold document: a call that asks for it is on hold, whatever a record says.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use crate::{
    durable::time::{millis, optional_millis},
    error::Error,
    twilio::sid::{CallSid, TaskSid, WorkerSid, WorkflowSid},
};

/// No request of ours works longer than this on one move, so an older unfinished move was cut short.
pub const STALE: Duration = Duration::from_secs(15);

/// Where a parked call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Written down; about to be put on hold.
    Parking,
    /// On hold: Twilio has said that it moved the call there, or the call has asked for the hold document.
    Parked,
    /// Claimed by one pick-up.
    PickUp,
    /// Claimed to come back to its worker.
    Return,
    /// Claimed to go back to its workflow.
    Overflow,
    /// The caller has hung up; a wrap-up task is owed or being made.
    Ended,
    /// The wrap-up task is there. Kept for a while, for webhooks that come late.
    Closed,
}

impl Phase {
    /// Its word in records and log lines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Parking => "parking",
            Self::Parked => "parked",
            Self::PickUp => "pick-up",
            Self::Return => "return",
            Self::Overflow => "overflow",
            Self::Ended => "ended",
            Self::Closed => "closed",
        }
    }
}

/// The record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedCall {
    /// The task's attributes when the call was parked.
    #[serde(default)]
    pub attributes: Attributes,
    /// The leg on hold.
    pub call_sid: CallSid,
    /// When it was parked.
    #[serde(with = "millis")]
    pub date_created: Timestamp,
    /// What the worker's list shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The queue it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<String>,
    /// Who parked it.
    pub worker_sid: WorkerSid,
    /// The workflow that will bring it back.
    pub workflow_sid: WorkflowSid,
    /// The task it was parked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_sid: Option<TaskSid>,
    /// Where it stands.
    pub phase: Phase,
    /// When it came to stand there.
    #[serde(with = "millis")]
    pub moved: Timestamp,
    /// Who wrote this version: lets a writer recognize its own write when the answer was lost.
    pub mark: String,
    /// What ties the task of this phase to it; see [`super::attributes::TICKET`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Who is picking it up, if that is not who parked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<WorkerSid>,
    /// Another worker in whose list it may still stand: they parked it before, and clearing their list may have failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_listed: Option<WorkerSid>,
    /// When the call ended, if that was reported while it was still being parked: then it was not known whether the caller
    /// was on hold.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_millis"
    )]
    pub ended: Option<Timestamp>,
    /// How often it has come back to its worker in vain.
    #[serde(default)]
    pub tries: u32,
}

/// What a call's end means for its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// The caller was on hold: the worker is owed a wrap-up task.
    WrapUp,
    /// It was being taken off hold, or was a while ago: TaskRouter knows whether a task was made.
    AskTaskRouter,
    /// It may never have been put on hold. The request that parks the call will know in a moment; after that, when the conference
    /// with its agent ended tells.
    AskConference,
    /// A process makes the wrap-up task, or has made it.
    SeenTo,
}

impl ParkedCall {
    /// The same call in another phase. `mark` names this write; a phase that leads to a task keeps it as its ticket.
    #[must_use]
    pub fn moved_to(&self, phase: Phase, now: Timestamp, mark: String) -> Self {
        let ticket = match phase {
            Phase::Parking | Phase::Parked | Phase::Closed => None,
            Phase::PickUp | Phase::Return | Phase::Overflow | Phase::Ended => Some(mark.clone()),
        };
        Self {
            phase,
            moved: millis::whole(now),
            mark,
            ticket,
            claimed_by: None,
            ended: None,
            ..self.clone()
        }
    }

    /// How long ago the record came to its phase.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.moved)).unwrap_or_default()
    }

    /// The queue it came from at first. A call that is parked again after a pick-up has, for the plugin, the queue of
    /// pick-ups.
    #[must_use]
    pub fn original_queue(&self) -> Option<&str> {
        let named = self.queue_name.as_deref().filter(|name| !name.is_empty());
        self.attributes.queue().or(named)
    }

    /// Whether its caller is on hold, is being put there, or rings at their worker's because it came back by itself.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.phase, Phase::Parking | Phase::Parked | Phase::Return)
    }

    /// Whether its phase is a claim: a process is taking the call off hold.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        matches!(self.phase, Phase::PickUp | Phase::Return | Phase::Overflow)
    }

    /// When it was put on hold last: at first, or when it came back in vain.
    #[must_use]
    pub fn held_since(&self) -> Timestamp {
        if self.tries == 0 {
            self.date_created
        } else {
            self.moved
        }
    }

    /// Whether `other` is of the same stay on hold; a call may be parked again and again.
    #[must_use]
    pub fn same_stay(&self, other: &Self) -> bool {
        self.date_created == other.date_created
    }

    /// Whether a pick-up may claim it. `Ok(false)`: only if the worker's list shows it, because parking is not done.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the reason.
    pub fn may_be_picked_up(&self) -> Result<bool, Error> {
        match self.phase {
            Phase::Parked => Ok(true),
            Phase::Parking => Ok(false),
            Phase::PickUp => Err(Error::Conflict("this call is being picked up already")),
            Phase::Return => Err(Error::Conflict(
                "this call is coming back to its worker right now",
            )),
            Phase::Overflow => Err(Error::Conflict("this call has gone back to its workflow")),
            Phase::Ended | Phase::Closed => Err(Error::Conflict("the caller has hung up")),
        }
    }

    /// What is owed when the call is over.
    #[must_use]
    pub fn at_end(&self) -> AtEnd {
        match self.phase {
            Phase::Parked => AtEnd::WrapUp,
            Phase::Parking => AtEnd::AskConference,
            Phase::PickUp | Phase::Return | Phase::Overflow => AtEnd::AskTaskRouter,
            Phase::Ended | Phase::Closed => AtEnd::SeenTo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parked(phase: Phase) -> ParkedCall {
        ParkedCall {
            attributes: Attributes::default(),
            call_sid: CallSid::from_bytes([1; 16]),
            date_created: Timestamp::constant(1_800_000_000, 0),
            name: Some("+15125550100".to_owned()),
            queue_name: None,
            worker_sid: WorkerSid::from_bytes([2; 16]),
            workflow_sid: WorkflowSid::from_bytes([3; 16]),
            task_sid: None,
            phase,
            moved: Timestamp::constant(1_800_000_000, 0),
            mark: "m".to_owned(),
            ticket: None,
            claimed_by: None,
            also_listed: None,
            ended: None,
            tries: 0,
        }
    }

    #[test]
    fn times_are_written_as_javascript_writes_them() {
        let json = serde_json::to_value(parked(Phase::Parked)).unwrap();
        assert_eq!(json["dateCreated"], "2027-01-15T08:00:00.000Z");
        assert_eq!(json["phase"], "parked");
        let back: ParkedCall = serde_json::from_value(json).unwrap();
        assert!(back.same_stay(&parked(Phase::Parking)));
    }

    #[test]
    fn a_tickets_life() {
        let now = Timestamp::constant(1_800_000_009, 0);
        let claimed = parked(Phase::Parked).moved_to(Phase::PickUp, now, "t1".to_owned());
        assert_eq!(claimed.ticket.as_deref(), Some("t1"));
        assert_eq!(
            claimed.moved_to(Phase::Parked, now, "t2".to_owned()).ticket,
            None
        );
    }

    #[test]
    fn what_the_end_of_a_call_means_in_each_phase() {
        let rows = [
            (Phase::Parking, AtEnd::AskConference),
            (Phase::Parked, AtEnd::WrapUp),
            (Phase::PickUp, AtEnd::AskTaskRouter),
            (Phase::Return, AtEnd::AskTaskRouter),
            (Phase::Overflow, AtEnd::AskTaskRouter),
            (Phase::Ended, AtEnd::SeenTo),
            (Phase::Closed, AtEnd::SeenTo),
        ];
        for (phase, owed) in rows {
            assert_eq!(parked(phase).at_end(), owed, "{phase:?}");
        }
    }
}
