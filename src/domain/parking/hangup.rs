//! The caller hangs up on hold: one wrap-up task for the worker, and a mark in their list.
//!
//! The end of a call is reported twice as a rule (by the number and by the call) and sometimes more often, to any
//! replica, at the same moment. Moving the record to its last phase is the claim: one report wins. The task is made
//! once; if it is unclear whether it was made, nobody tries again until its ticket has been looked for, which the
//! reconciler does. When the mark and the task are there the record is closed.
//!
//! Whether the caller was on hold at all is the record's phase. Where that leaves it open, Twilio is asked: if the call
//! ended while it was being picked up, whether the pick-up's task was made; if it ended while it was being parked,
//! whether it left the conference with its agent before its end, or with it.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    CallEnded, Entry, NotMoved, Parking,
    pickup::PRIORITY,
    record::{AtEnd, ParkedCall, Phase},
    upstream,
};
use crate::{
    domain::Error,
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
const TOGETHER: Duration = Duration::from_secs(3);

/// How long after its record was written a call may still be on its way to hold: the longest request there is.
const ON_THE_WAY: Duration = Duration::from_secs(15);

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
        let doing = upstream("looking for the parked call");
        let now = self.0.clock.now();
        let at = ended.at.unwrap_or(now).min(now);
        let mut found = self.0.ledger.recall(ended.call, by).await.map_err(&doing)?;
        let mut fresh = false;
        for _ in 0..5 {
            let Some(entry) = found else { return Ok(()) };
            let owed = self.what_is_owed(&entry.record, at, by).await;
            if !fresh
                && !matches!(owed, Ok(true))
                && !matches!(entry.record.phase, Phase::Ended | Phase::Closed)
            {
                // A memory is good for trying, not for concluding that nothing is owed.
                found = self.0.ledger.read(ended.call, by).await.map_err(&doing)?;
                fresh = true;
                continue;
            }
            if !owed.map_err(upstream("finding out whether the caller was on hold"))? {
                return Ok(());
            }
            match self.advance(&entry, Phase::Ended, by).await {
                Ok(claimed) => {
                    if let Err(error) = self.wrap_up(&claimed, at, by).await {
                        tracing::warn!(call.sid = %ended.call, %error, "the rest of a hang-up is left to the reconciler");
                    }
                    return Ok(());
                }
                Err(NotMoved::Unclear(error)) => {
                    return Err(upstream("noting the end of a parked call")(error));
                }
                Err(NotMoved::Moved(now)) => found = now.map(|now| *now),
            }
            fresh = true;
        }
        Err(Error::Conflict(
            "somebody else is moving this call right now",
        ))
    }

    async fn what_is_owed(
        &self,
        record: &ParkedCall,
        at: Timestamp,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        Ok(match record.at_end() {
            AtEnd::WrapUp => true,
            AtEnd::SeenTo => false,
            AtEnd::AskTaskRouter => !self.was_routed(record, by).await?,
            AtEnd::AskConference => self.had_left_its_agent(record, at, by).await?,
        })
    }

    /// Whether a call that was to be parked went on hold before it ended `at`. In doubt it did: a wrap-up task too many
    /// is better than a caller who is forgotten.
    async fn had_left_its_agent(
        &self,
        record: &ParkedCall,
        at: Timestamp,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let Some(task) = record.task_sid else {
            return Ok(true);
        };
        let between = |from: Timestamp, to: Timestamp| {
            Duration::try_from(to.duration_since(from)).unwrap_or_default()
        };
        Ok(match self.0.twilio.conferences(by).talk(task).await? {
            Some(Talk::Ended(ended)) => {
                between(ended, at) > TOGETHER || between(record.moved, at) < ON_THE_WAY
            }
            Some(Talk::Running) | None => true,
        })
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

    /// The task is there: marks the list if nobody has, and closes the record.
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
