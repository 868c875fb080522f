//! The caller hangs up on hold: one wrap-up task for the worker, and a mark in their list.
//!
//! The end of a call is reported twice as a rule (by the number and by the call) and sometimes more often, to any
//! replica, at the same moment. Moving the record to its last phase is the claim: one report wins. The task is made
//! once; if it is unclear whether it was made, no process tries again until its ticket has been looked for, which the
//! reconciler does. When the mark and the task are there the record is closed.
//!
//! Whether the caller was on hold at all is the record's phase. Where that leaves it open, it is decided from facts, and
//! not before they are there. If the call ended while it was being picked up, TaskRouter knows whether the pick-up's
//! task was made. If it ended while it was being parked, the end is noted, and the request that parks it knows in a
//! moment whether Twilio moved it; so does the first round of hold music. Only if both were cut short, the conference is
//! looked at: whether the caller left it before the end of the call, or with it.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    CallEnded, Entry, NotMoved, Parking,
    pickup::PRIORITY,
    record::{AtEnd, ParkedCall, Phase, STALE},
    upstream,
};
use crate::{
    error::Error,
    telemetry::HoldOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{
            conferences::Talk,
            tasks::{NewTask, Task},
        },
    },
};

/// The task channel of a wrap-up task, as in the sample.
const CHANNEL: &str = "voice";

/// A conference and a call that end within this time ended together. Twilio's times are whole seconds.
const TOGETHER: Duration = Duration::from_secs(1);

/// How long a report of a call's end may wait for our turn to ask TaskRouter. What is not known then, the reconciler
/// finds out.
const TURN: Duration = Duration::from_secs(3);

/// What came of the end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Another process makes it, or has made it.
    SeenTo,
    /// The caller was not on hold.
    NothingOwed,
    /// Whether they were cannot be known yet. The request that parks the call decides it, or the reconciler.
    NotYet,
}

/// What is owed for the end of a call.
enum Owed {
    WrapUp,
    Nothing,
    Unknown,
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

impl Parking {
    /// A call is over: if it was parked, its worker gets a wrap-up task, once.
    ///
    /// # Errors
    /// [`Error::Upstream`]: the callback should be delivered again.
    pub async fn call_ended(&self, ended: CallEnded, by: Deadline) -> Result<(), Error> {
        // The report that a park asks for always leads to a question. The number's own is the second of the two, and
        // should the first be lost and the park be younger than what we know, the reconciler sees to it.
        if !ended.was_parked && self.0.ledger.is_unknown(ended.call) {
            return Ok(());
        }
        let end = self.end(ended, by.or_after(TURN), by).await?;
        if end == End::NotYet {
            tracing::info!(call.sid = %ended.call, "whether a caller was on hold is found out in a moment");
        }
        Ok(())
    }

    /// Does what is owed for the end of a call. `turn` is how long it may wait to ask TaskRouter.
    ///
    /// # Errors
    /// As [`Parking::call_ended`].
    pub(super) async fn end(
        &self,
        ended: CallEnded,
        turn: Deadline,
        by: Deadline,
    ) -> Result<End, Error> {
        let doing = upstream("looking for the parked call");
        let now = self.0.clock.now();
        let at = ended.at.unwrap_or(now).min(now);
        let mut found = self.0.ledger.recall(ended.call, by).await.map_err(&doing)?;
        let mut fresh = false;
        for _ in 0..5 {
            let Some(entry) = found else {
                return Ok(End::SeenTo);
            };
            let owed = match entry.at_end() {
                AtEnd::WrapUp => Owed::WrapUp,
                AtEnd::SeenTo => return Ok(End::SeenTo),
                // A memory is good for trying, not for asking what it means.
                _ if !fresh => {
                    found = self.0.ledger.read(ended.call, by).await.map_err(&doing)?;
                    fresh = true;
                    continue;
                }
                AtEnd::AskTaskRouter => self.was_left_waiting(&entry, turn).await?,
                AtEnd::AskConference => self.had_left_its_agent(&entry, ended.at, by).await?,
            };
            let moved = match owed {
                Owed::Nothing => return Ok(End::NothingOwed),
                Owed::Unknown if entry.phase == Phase::Parking && entry.ended.is_none() => {
                    // The request that parks the call decides, once Twilio has said whether it moved it.
                    let mut noted = entry.record.clone();
                    (noted.ended, noted.mark) = (Some(at), self.mark());
                    let noted = self.0.ledger.replace(&entry, noted, by).await;
                    noted.map(|_| End::NotYet)
                }
                Owed::Unknown => return Ok(End::NotYet),
                Owed::WrapUp => self.wrap_up_once(&entry, at, by).await,
            };
            match moved {
                Ok(end) => return Ok(end),
                Err(NotMoved::Unclear(error)) => {
                    return Err(upstream("noting the end of a parked call")(error));
                }
                Err(NotMoved::Moved(now)) => found = now.map(|now| *now),
            }
            fresh = true;
        }
        Err(Error::Conflict(
            "another request is moving this call right now",
        ))
    }

    /// The record's last phase but one is the claim to make the wrap-up task.
    async fn wrap_up_once(
        &self,
        entry: &Entry,
        at: Timestamp,
        by: Deadline,
    ) -> Result<End, NotMoved> {
        let claimed = self.advance(entry, Phase::Ended, by).await?;
        if let Err(error) = self.wrap_up(&claimed, at, by).await {
            tracing::warn!(call.sid = %entry.call_sid, %error, "the rest of a hang-up is left to the reconciler");
        }
        Ok(End::SeenTo)
    }

    /// A call that was being taken off hold ended: if no task was made of it, the caller was still waiting. Where
    /// TaskRouter takes no more questions for now, the reconciler asks later.
    async fn was_left_waiting(&self, record: &ParkedCall, by: Deadline) -> Result<Owed, Error> {
        match self.was_routed(record, by).await {
            Ok(true) => Ok(Owed::Nothing),
            Ok(false) => Ok(Owed::WrapUp),
            Err(error) if error.is_busy() => Ok(Owed::Unknown),
            Err(error) => Err(upstream("finding out whether the caller was on hold")(
                error,
            )),
        }
    }

    /// Whether a call that was to be parked went on hold before it ended. While it may still be on its way there, no process
    /// can say. After that the conference with its agent tells: it ended when the caller left it, and a caller who hung
    /// up on the agent left both in the same moment.
    async fn had_left_its_agent(
        &self,
        record: &ParkedCall,
        at: Option<Timestamp>,
        by: Deadline,
    ) -> Result<Owed, Error> {
        let now = self.0.clock.now();
        if record.age(now) < STALE {
            return Ok(Owed::Unknown);
        }
        let Some(task) = record.task_sid else {
            return Ok(Owed::WrapUp);
        };
        let doing = upstream("finding out whether the caller was on hold");
        let at = match at.or(record.ended) {
            Some(at) => at,
            None => self.ended_at(record, by).await.map_err(&doing)?,
        };
        let met = self.0.twilio.conferences(by).talk(task).await;
        Ok(match met.map_err(doing)? {
            Some(Talk::Ended(left)) if between(left, at) > TOGETHER => Owed::WrapUp,
            Some(Talk::Ended(_)) => Owed::Nothing,
            // What Twilio lists may be a moment old.
            Some(Talk::Running) | None if between(at, now) < STALE => Owed::Unknown,
            // In doubt they were on hold: a wrap-up task too many is better than a caller who is forgotten.
            Some(Talk::Running) | None => Owed::WrapUp,
        })
    }

    /// When a call ended, by Twilio's account of it.
    async fn ended_at(&self, record: &ParkedCall, by: Deadline) -> Result<Timestamp, TwilioError> {
        let call = self.0.twilio.calls(by).fetch(record.call_sid).await?;
        Ok(call.end_time.unwrap_or_else(|| self.0.clock.now()))
    }

    /// Whether the task of a claim was made; for a call that came back by itself, whether anybody took it.
    pub(super) async fn was_routed(
        &self,
        record: &ParkedCall,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let tasks = self.tasks_of_claim(record, by).await?;
        Ok(match record.phase {
            Phase::Return => tasks.iter().any(Task::was_taken),
            _ => !tasks.is_empty(),
        })
    }

    /// The tasks that a claim has led to.
    pub(super) async fn tasks_of_claim(
        &self,
        record: &ParkedCall,
        by: Deadline,
    ) -> Result<Vec<Task>, TwilioError> {
        match &record.ticket {
            Some(ticket) => {
                self.0
                    .twilio
                    .tasks(by)
                    .with_attribute(super::attributes::TICKET, ticket)
                    .await
            }
            None => Ok(vec![]),
        }
    }

    /// Marks the list, makes the wrap-up task, and closes the record, in this order: the plugin resets part of the
    /// mark when the task's reservation arrives.
    pub(super) async fn wrap_up(
        &self,
        ended: &Entry,
        at: Timestamp,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let record = &ended.record;
        let marked = self
            .list(record.worker_sid, by)
            .mark_hangup(record, at)
            .await;
        let new = NewTask {
            workflow: record.workflow_sid,
            channel: CHANNEL,
            attributes: record.for_wrap_up(at),
            priority: PRIORITY,
            timeout: None,
            since: None,
        };
        let task = self.0.twilio.tasks(by).create(&new).await?;
        tracing::info!(call.sid = %record.call_sid, task.sid = %task, "a caller hung up on hold; the worker has a wrap-up task");
        // With the mark missing, the record stays, and the reconciler marks.
        marked?;
        self.close(ended, by).await
    }

    /// Nothing more is owed. The record stays for a while: a webhook that comes late must not find the call unknown.
    async fn close(&self, ended: &Entry, by: Deadline) -> Result<(), TwilioError> {
        self.0.availability.look_soon(ended.record.worker_sid);
        if let Some(worker) = ended.record.also_listed {
            self.unlist(worker, ended.record.call_sid, by).await?;
        }
        match self.advance(ended, Phase::Closed, by).await {
            Ok(_) => {
                self.0.metrics.held(HoldOutcome::HungUp);
                Ok(())
            }
            Err(NotMoved::Moved(_)) => Ok(()),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    /// The task is there: marks the list if that was not done, and closes the record.
    pub(super) async fn wrapped_up(
        &self,
        ended: &Entry,
        at: Timestamp,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let record = &ended.record;
        let list = self.list(record.worker_sid, by);
        let unmarked = list
            .entry(record.call_sid)
            .await?
            .is_some_and(|entry| entry.caller_hangup != Some(true));
        if unmarked {
            list.mark_hangup(record, at).await?;
        }
        self.close(ended, by).await
    }
}
