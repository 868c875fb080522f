//! Pending effects: what a decision about a leg obliges us to do, done at once by the request that decided, or by the
//! reconciler.
//!
//! Each step may be done twice. The record is closed last, so that a crash anywhere leaves a debt, never a loss.

use std::time::Duration;

use super::{
    Dispatch,
    cause::Cause,
    mend::{STALE, over_because},
    place::Sighting,
    record::{Leg, Phase},
};
use crate::{
    durable::store::{Changed, Entry},
    telemetry::LegOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::reservations::{Standing, is_settled},
        sid::CallSid,
    },
};

/// How long this may take where no caller waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How often, and how far apart, it is asked how a leg ended whose reservation TaskRouter has canceled.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// How long the words take after which a leg hangs up by itself.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// How a leg ends whose record is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegEnd {
    /// It has ended.
    Over,
    /// It hangs up by the document that it has been given.
    ByItself,
    /// Not unless we end it.
    ByUs,
}

/// What a completed task says about its end.
const DONE: &str = "The call is over";

impl Dispatch {
    /// Decides that a reservation is given back, if its worker may still be joined. `Moved`: it was we who decided, and
    /// [`Dispatch::settle`] is due.
    pub(super) async fn reject(
        &self,
        from: &Entry<Leg>,
        call: Option<CallSid>,
        cause: Cause,
        by: Deadline,
    ) -> Result<Changed<Leg>, TwilioError> {
        let rejected = |leg: &Leg| {
            let same = call.is_none_or(|call| leg.is(call));
            (leg.is_open() && same).then(|| self.rejected(leg, call, cause))
        };
        self.0.legs.change_from(from.clone(), by, rejected).await
    }

    pub(super) fn rejected(&self, leg: &Leg, call: Option<CallSid>, cause: Cause) -> Leg {
        let mut next = leg.moved_to(Phase::Rejected, self.0.clock.now(), self.mark());
        next.cause = Some(cause);
        next.call_sid = next.call_sid.or(call);
        next
    }

    /// Gives a reservation back at once, where no request waits for the outcome.
    pub(super) async fn reject_now(&self, leg: &Entry<Leg>, cause: Cause, by: Deadline) {
        match self.reject(leg, None, cause, by).await.map(decided) {
            Ok(Some(leg)) => self.settle(&leg, LegEnd::ByUs, by).await,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "a reject is left to the reconciler");
            }
        }
    }

    /// The reservation is gone without us. Mostly the caller has left, and the leg ends. But where TaskRouter does
    /// everything, a reservation whose leg has failed looks the same: then it is a reject by the cause of that.
    pub(super) async fn gone(
        &self,
        leg: &Entry<Leg>,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        if leg.is_open()
            && leg.is_routers()
            && let Some(cause) = self.failed_set_up(leg, by).await?
        {
            return Ok(decided(self.reject(leg, None, cause, by).await?));
        }
        self.withdraw(leg, by).await
    }

    /// Why TaskRouter could not bring a worker and a caller together; nothing if it was not that: the caller has left, or
    /// the task is another's.
    async fn failed_set_up(&self, leg: &Leg, by: Deadline) -> Result<Option<Cause>, TwilioError> {
        if self.standing(leg, by).await? != Some(Standing::Canceled) {
            return Ok(None);
        }
        if let Some(caller) = leg.caller_sid
            && self.call_is_over(caller, by).await?
        {
            return Ok(None);
        }
        let task = self.0.twilio.tasks(by).fetch(leg.task_sid).await?;
        if !task.is_some_and(|task| task.waits()) {
            return Ok(None);
        }
        for look in 0..LOOKS {
            if look > 0 {
                self.0.clock.sleep(BETWEEN_LOOKS).await;
            }
            let now = self.0.legs.read(leg.reservation_sid.as_str(), by).await?;
            let Some(now) = now.filter(|now| now.call_sid.is_some()) else {
                continue;
            };
            let word = self.word_of(&now, by).await?;
            if let Some(cause) = over_because(word.as_deref()) {
                return Ok(Some(cause));
            }
        }
        Ok(Some(Cause::Lost))
    }

    /// The reservation is gone without us: the leg ends.
    pub(super) async fn withdraw(
        &self,
        from: &Entry<Leg>,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        // One that is being joined finds out by itself, and its worker is told.
        let gone = |leg: &Leg| leg.is_open().then_some(Phase::Withdrawn);
        Ok(decided(self.advance(from, by, gone).await?))
    }

    /// Pays what a record owes.
    pub(super) async fn settle(&self, leg: &Entry<Leg>, end: LegEnd, by: Deadline) {
        if let Err(error) = self.pay(leg, end, by).await {
            tracing::warn!(reservation.sid = %leg.reservation_sid, phase = leg.phase.word(), %error, "what is owed after a leg is left to the reconciler");
        }
    }

    /// Pays what is owed after a document was given that ends the leg, with a patience of its own.
    pub async fn pay_later(&self, leg: &Entry<Leg>) {
        self.settle(leg, LegEnd::ByItself, Deadline::after(PATIENCE))
            .await;
    }

    pub(super) async fn pay(
        &self,
        leg: &Entry<Leg>,
        end: LegEnd,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        match leg.phase {
            Phase::Rejected => self.pay_reject(leg, by).await?,
            Phase::Ended => self.pay_end(leg, by).await?,
            Phase::Withdrawn => {}
            _ => return Ok(()),
        }
        let may_ring = match (end, leg.brought()) {
            (LegEnd::Over, _) => false,
            (LegEnd::ByItself, _) => {
                self.let_it_end(leg, by).await?;
                false
            }
            // They wait in a room, and are told.
            (LegEnd::ByUs, Some(_)) => {
                self.send_home(leg, by).await?;
                self.let_it_end(leg, by).await?;
                false
            }
            (LegEnd::ByUs, None) => {
                let seen = self.end_leg(leg, by).await?;
                self.may_still_ring(leg, seen)
            }
        };
        // It keeps its phone until a pass of the reconciler, so that no other leg rings beside it.
        if may_ring {
            return Ok(());
        }
        self.release_phone(leg, by).await?;
        let over = |now: &Leg| now.is_owed().then_some(Phase::Over);
        let closed = self.advance(leg, by, over).await?;
        if matches!(closed, Changed::Moved(_)) {
            self.count_outcome(leg);
        }
        Ok(())
    }

    /// Whether the leg of a closed record may ring, although it is not known which call it is.
    fn may_still_ring(&self, leg: &Leg, seen: Sighting) -> bool {
        let now = self.0.clock.now();
        match seen {
            Sighting::Leg(_) => false,
            Sighting::Perhaps => now < leg.deadline || leg.age(now) < STALE,
            Sighting::Nothing => leg.dialed && leg.age(now) < STALE,
        }
    }

    /// Waits until a leg has heard its last message: its phone rings for no other call before. A request that needs the phone
    /// sooner ends the leg.
    async fn let_it_end(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let Some(call) = leg.call_sid else {
            return Ok(());
        };
        let until = by.or_after(LAST_WORDS);
        while until.left() > BETWEEN_LOOKS {
            self.0.clock.sleep(BETWEEN_LOOKS).await;
            if self.call_is_over(call, by).await? {
                return Ok(());
            }
        }
        self.end_call(call, by).await
    }

    /// Counts what became of a leg; for the one request that closed its record.
    fn count_outcome(&self, leg: &Leg) {
        let metrics = &self.0.metrics;
        match leg.phase {
            Phase::Rejected => metrics.rejected(leg.cause.unwrap_or(Cause::Lost).word()),
            Phase::Ended => metrics.leg(LegOutcome::Joined),
            _ => metrics.leg(LegOutcome::Withdrawn),
        }
    }

    async fn pay_reject(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let cause = leg.cause.unwrap_or(Cause::Lost);
        tracing::info!(reservation.sid = %leg.reservation_sid, worker.sid = %leg.worker_sid, cause = cause.word(), "a worker was not joined");
        // First the worker goes away, then the task goes back: the other way round it would come to them again.
        if cause != Cause::CoolingDown
            && let Err(error) = self.send_away(leg, cause, by).await
        {
            // A number that is refused at once would be offered and refused in circles.
            if matches!(cause, Cause::Refused | Cause::Occupied) {
                return Err(error);
            }
            tracing::warn!(worker.sid = %leg.worker_sid, %error, "a worker could not be sent into cool-down");
        }
        self.give_back(leg, by).await?;
        if leg.brought().is_some() {
            // The caller was brought in the very moment in which the worker left.
            self.complete_if_taken(leg, by).await?;
        }
        Ok(())
    }

    /// Rejects the reservation, unless it is over anyway.
    pub(super) async fn give_back(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let reservations = self.0.twilio.reservations(leg.task_sid, by);
        match reservations.reject(leg.reservation_sid).await {
            Err(error) if is_settled(&error) => match self.standing(leg, by).await? {
                Some(Standing::Pending) => Err(error),
                _ => Ok(()),
            },
            other => other,
        }
    }

    /// Completes the task, if it is still this reservation that has it.
    async fn pay_end(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        self.look_for_caller(leg, by).await?;
        if let Some(activity) = self.0.settings.post_work_activity
            && leg.brought().is_some()
        {
            // TaskRouter does it where a queue is dialed, or where it makes the conference.
            self.go(leg.worker_sid, activity, by).await?;
        }
        self.complete_if_taken(leg, by).await?;
        self.was_there(leg.worker_sid, by).await
    }

    pub(super) async fn complete_if_taken(
        &self,
        leg: &Leg,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        if self.standing(leg, by).await? == Some(Standing::Taken) {
            let availability = &self.0.availability;
            availability
                .take_room(leg.worker_sid, leg.task_sid, by)
                .await;
            self.0.twilio.tasks(by).complete(leg.task_sid, DONE).await?;
        }
        Ok(())
    }

    /// Where a leg's reservation stands; nothing if it is gone with its task.
    pub(super) async fn standing(
        &self,
        leg: &Leg,
        by: Deadline,
    ) -> Result<Option<Standing>, TwilioError> {
        let reservations = self.0.twilio.reservations(leg.task_sid, by);
        let found = reservations.fetch(leg.reservation_sid).await?;
        Ok(found.map(|reservation| reservation.standing))
    }
}

/// The record that we moved, if it was we.
pub(super) fn decided(changed: Changed<Leg>) -> Option<Entry<Leg>> {
    match changed {
        Changed::Moved(entry) => Some(entry),
        Changed::Kept(_) | Changed::Missing => None,
    }
}
