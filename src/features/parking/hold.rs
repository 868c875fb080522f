//! Hold: one round of music, then Twilio asks us again.
//!
//! So hold has no end of its own (the sample's 99 loops run out, and the call drops), every round is a heartbeat, and
//! the heartbeat is evidence: a call that asks for its hold document is on hold, whatever a record says. The first round
//! is evidence, too, but the request that parks the call is still at work: a moment later, should the record still not
//! say so, that the call is on hold is written down. From the second round on, the record is read and put right:
//!
//! | record | what it means | what is done |
//! |---|---|---|
//! | none, and the call is there | taken away by mistake, or never seen | written anew from the URL and the task, and listed |
//! | parking | the park was cut short, or is just done | parked, and listed |
//! | parked | as it should be | nothing, or it comes back (see [`super::comeback`]) |
//! | claimed, and its task is finished | they have talked, and the queue's own action failed | the call ends |
//! | claimed, old, and no task of the claim is there | a pick-up was cut short | parked again, and listed |
//! | ended, and the call is there | a mistake | parked again, and listed |
//!
//! Whatever fails here, the music plays on.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Entry, HoldRound, NotMoved, Parking,
    attributes::Attributes,
    reconcile::ONE_CALL,
    record::{ParkedCall, Phase, STALE},
};
use crate::{
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{calls::CallStatus, tasks::Task},
    },
    twiml::document::{Document, Hold},
};

/// How long a caller's next round of music may wait for our turn to ask TaskRouter.
const TURN: Duration = Duration::from_secs(2);

/// How long is taken for looking after a first round.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long after the first round of music the request that parks the call has usually said what came of it.
const SETTLED: Duration = Duration::from_secs(5);

impl Parking {
    /// What a parked caller hears next. Never fails: in doubt they stay on hold.
    pub async fn hold(&self, round: HoldRound, by: Deadline) -> Document {
        // The first round follows the park at once: the request that parks the call is still at work.
        if round.round == 0 {
            return self.hold_document(&round);
        }
        match self.heartbeat(&round, by).await {
            Ok(Some(document)) => document,
            Ok(None) => self.hold_document(&round),
            Err(error) => {
                self.0.outages.record_failed(ONE_CALL, &round.call, &error);
                self.hold_document(&round)
            }
        }
    }

    /// Behind the first round of music: should the request that parked the call have been cut short, or its answer from
    /// Twilio be lost, that the call was on hold is known all the same, even if it is over by now.
    pub async fn first_round(&self, round: HoldRound) {
        self.0.clock.sleep(SETTLED).await;
        let remembered = self.0.ledger.remembered(round.call);
        if remembered.is_some_and(|it| it.phase != Phase::Parking || !is_of(&it, &round)) {
            return;
        }
        let by = Deadline::after(PATIENCE);
        match self.0.ledger.read(round.call, by).await {
            Ok(Some(entry)) if entry.phase == Phase::Parking && is_of(&entry, &round) => {
                if entry.ended.is_none()
                    && let Err(error) = self.enlist(&entry, by).await
                {
                    tracing::warn!(call.sid = %round.call, %error, "a call on hold is listed by its next round");
                }
                self.note_held(&entry, by).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::info!(call.sid = %round.call, %error, "a call on hold is looked after by its next round");
            }
        }
    }

    /// One round of hold, leading to the next. Asks Twilio for nothing, so it can be said however much there is to do.
    #[must_use]
    pub fn hold_document(&self, round: &HoldRound) -> Document {
        let settings = &self.0.settings;
        let said_now =
            round.round > 0 && round.round.is_multiple_of(settings.announce_every.max(1));
        let next = HoldRound {
            round: round.round.saturating_add(1),
            ..*round
        };
        Document::Hold(Hold {
            announcement: settings.announcement.clone().filter(|_| said_now),
            music: settings.track(round.round, &self.0.rng),
            next: settings.hold_url(&next),
        })
    }

    async fn heartbeat(
        &self,
        round: &HoldRound,
        by: Deadline,
    ) -> Result<Option<Document>, TwilioError> {
        let Some(entry) = self.0.ledger.read(round.call, by).await? else {
            if self.is_live(round, by).await? {
                self.adopt(round, by).await?;
            }
            return Ok(None);
        };
        match entry.record.phase {
            Phase::Parked => return Ok(self.perhaps_come_back(&entry, round, by).await),
            Phase::Parking => self.back_on_hold(&entry, by).await?,
            Phase::PickUp | Phase::Return | Phase::Overflow => {
                return self.settle_claim(&entry, by).await;
            }
            Phase::Ended => {
                if self.is_live(round, by).await? {
                    self.back_on_hold(&entry, by).await?;
                }
            }
            Phase::Closed => {}
        }
        Ok(None)
    }

    /// A claimed call asks for its hold document. A finished task of the claim says that the conversation took place,
    /// and that this document stands in for [`Parking::queue_left`], which ends the call. An open one has the call in
    /// its queue, where it hears this document in place of one that failed; a worker who does not come is not waited
    /// for longer than usual. Without a task the claim is taken back once it is old: a young one may be at work.
    async fn settle_claim(
        &self,
        entry: &Entry,
        by: Deadline,
    ) -> Result<Option<Document>, TwilioError> {
        let record = &entry.record;
        let age = record.age(self.0.clock.now());
        // The caller hears nothing while we wait for our turn to ask.
        let tasks = self.tasks_of_claim(record, by.or_after(TURN)).await?;
        if tasks.iter().all(Task::was_canceled) {
            if age >= STALE {
                self.back_on_hold(entry, by).await?;
            }
            return Ok(None);
        }
        let over = |task: &Task| task.was_canceled() || task.was_finished();
        if tasks.iter().all(over) {
            tracing::info!(call.sid = %record.call_sid, "the queue's action did not reach us after a conversation");
            return Ok(Some(Document::End));
        }
        let long = self.0.settings.return_ring + STALE;
        let waited = record.phase == Phase::Return && age >= long;
        Ok(waited.then_some(Document::Leave))
    }

    /// Whether the call is still there: a request for its hold document may arrive after its end.
    async fn is_live(&self, round: &HoldRound, by: Deadline) -> Result<bool, TwilioError> {
        let call = self.0.twilio.calls(by).fetch(round.call).await?;
        Ok(call.status != CallStatus::Over)
    }

    /// Puts right the record of a call that is on hold: parked, and listed.
    pub(super) async fn back_on_hold(
        &self,
        entry: &Entry,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        if entry.record.phase != Phase::Parking {
            let phase = entry.record.phase;
            tracing::warn!(call.sid = %entry.record.call_sid, phase = phase.word(), "a call that was to leave hold is still there");
        }
        match self.advance(entry, Phase::Parked, by).await {
            Ok(parked) => self.enlist(&parked.record, by).await,
            Err(NotMoved::Moved(_)) => Ok(()),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    /// Writes the record of a call that is on hold without one.
    async fn adopt(&self, round: &HoldRound, by: Deadline) -> Result<(), TwilioError> {
        tracing::warn!(call.sid = %round.call, "a call is on hold without a record; it is written anew");
        let attributes = match round.task {
            Some(task) => self
                .0
                .twilio
                .tasks(by)
                .fetch(task)
                .await?
                .map(|task| task.attributes),
            None => None,
        };
        let record = self.adopted(round, attributes.map(Attributes::from).unwrap_or_default());
        match self.0.ledger.insert(record, by).await {
            Ok(entry) => self.enlist(&entry.record, by).await,
            Err(NotMoved::Moved(_)) => Ok(()),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    fn adopted(&self, round: &HoldRound, attributes: Attributes) -> ParkedCall {
        let now = crate::durable::time::millis::whole(self.0.clock.now());
        ParkedCall {
            attributes,
            call_sid: round.call,
            date_created: Timestamp::from_millisecond(round.since).unwrap_or(now),
            name: None,
            queue_name: None,
            worker_sid: round.worker,
            workflow_sid: round.workflow,
            task_sid: round.task,
            phase: Phase::Parked,
            moved: now,
            mark: self.mark(),
            ticket: None,
            claimed_by: None,
            also_listed: None,
            ended: None,
            tries: 0,
        }
    }
}

/// Whether a record is of the stay that a round of music belongs to.
fn is_of(record: &ParkedCall, round: &HoldRound) -> bool {
    record.date_created.as_millisecond() == round.since
}
