//! What the reconciler of dispatch does about one leg: the same compare-and-set that a webhook would do.
//!
//! When it gives a leg up is computed from what happened to the leg, not from the time alone: TaskRouter may hold a
//! reservation longer than it said, and a phone that waits for its turn to be dialed has not been missed by its owner.

use std::{collections::HashSet, time::Duration};

use jiff::SignedDuration;

use super::{
    Dispatch,
    cause::Cause,
    place::Sighting,
    record::{Leg, Phase},
    settle::{LegEnd, decided},
};
use crate::{
    durable::{reconcile::Report, store::Entry},
    twilio::{
        deadline::Deadline,
        error::Error,
        resource::{
            calls::{Call, CallStatus},
            reservations::Standing,
        },
        sid::CallSid,
    },
};

/// Longer than any request of ours works on one move.
pub(super) const STALE: Duration = Duration::from_secs(15);

/// How long an instruction, or a leg whose SID is not known, may take to be heard of.
const UNHEARD: Duration = Duration::from_secs(10);

/// For how long TaskRouter may set up what follows from an acceptance (Twilio Support: "TaskRouter Reservation Canceled
/// Instead of Timing Out": "up to several minutes").
const ON_HOLD: Duration = Duration::from_mins(5);

impl Dispatch {
    /// Mends one leg, if anything is wrong with it.
    pub(super) async fn mend(
        &self,
        leg: &Entry<Leg>,
        live: &HashSet<CallSid>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let now = self.0.clock.now();
        let age = leg.age(now);
        match leg.phase {
            Phase::Over => Ok(()),
            _ if leg.is_owed() => {
                if age >= STALE {
                    report.mended("debts-paid");
                    self.pay(leg, LegEnd::ByUs, by).await?;
                }
                Ok(())
            }
            Phase::Dialling if age < UNHEARD => Ok(()),
            Phase::Dialling => self.mend_unheard(leg, report, by).await,
            _ if age < STALE => Ok(()),
            Phase::Joining => self.mend_talk(leg, live, report, by).await,
            _ => self.mend_ringing(leg, report, by).await,
        }
    }

    /// It is not known which call this leg is, or whether there is one.
    async fn mend_unheard(
        &self,
        leg: &Entry<Leg>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let seen = if leg.dialed {
            self.look_for(leg, 1, by).await?
        } else {
            Sighting::Nothing
        };
        if let Sighting::Leg(_) = seen {
            report.mended("legs-found");
            return Ok(());
        }
        if self.mend_gone(leg, report, by).await? {
            return Ok(());
        }
        // A leg that may be there says which it is when it is answered or over; until then no other rings.
        let now = self.0.clock.now();
        let may_be_there = seen == Sighting::Perhaps && now < leg.deadline;
        // The replica that places a leg gives up within half a minute; TaskRouter follows an instruction at once.
        if !may_be_there && leg.age(now) >= UNHEARD + STALE {
            return self.give_up(leg, Cause::Lost, report, by).await;
        }
        Ok(())
    }

    /// A leg rings, or is asked for a key.
    async fn mend_ringing(
        &self,
        leg: &Entry<Leg>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        if self.mend_gone(leg, report, by).await? {
            return Ok(());
        }
        // Its report may be lost, or only slower than we are.
        let word = self.word_of(leg, by).await?;
        if let Some(cause) = over_because(word.as_deref()) {
            return self.give_up(leg, cause, report, by).await;
        }
        let now = self.0.clock.now();
        // TaskRouter pauses a reservation's time-out while it sets up what we told it to, and ends it by itself.
        let patience = if leg.is_routers() {
            ON_HOLD
        } else {
            Duration::ZERO
        };
        if now.duration_since(leg.deadline)
            >= SignedDuration::try_from(patience).unwrap_or_default()
        {
            // A phone that waits for its turn to be dialed has not rung: its owner has missed nothing.
            let rang = !matches!(word.as_deref(), Some("queued" | "initiated"));
            let cause = if rang { Cause::NoAnswer } else { Cause::Lost };
            return self.give_up(leg, cause, report, by).await;
        }
        Ok(())
    }

    /// Sees to a leg whose reservation is not pending any more; whether it is so.
    async fn mend_gone(
        &self,
        leg: &Entry<Leg>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<bool, Error> {
        if self.joined_by_router(leg, by).await?.is_some() {
            return Ok(true);
        }
        if self.standing(leg, by).await? == Some(Standing::Pending) {
            return Ok(false);
        }
        report.mended("legs-withdrawn");
        if let Some(owed) = self.gone(leg, by).await? {
            self.pay(&owed, LegEnd::ByUs, by).await?;
        }
        Ok(true)
    }

    async fn give_up(
        &self,
        leg: &Entry<Leg>,
        cause: Cause,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        report.mended("legs-given-up");
        match decided(self.reject(leg, None, cause, by).await?) {
            Some(owed) => self.pay(&owed, LegEnd::ByUs, by).await,
            None => Ok(()),
        }
    }

    /// A leg was told to dial the queue: it talks, or its end was not heard of, or it waits in vain.
    async fn mend_talk(
        &self,
        leg: &Entry<Leg>,
        live: &HashSet<CallSid>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        if leg.call_sid.is_none() && leg.is_routers() {
            // TaskRouter placed and joined it, and its first report was lost.
            if let Sighting::Leg(_) = self.look_for(leg, 1, by).await? {
                report.mended("legs-found");
                return Ok(());
            }
        }
        let listed = leg.call_sid.is_some_and(|call| live.contains(&call));
        let live = listed || self.call_of(leg, by).await?.is_some();
        let early = leg.deadline > self.0.clock.now();
        if live && early && !leg.talking && leg.brought().is_some() {
            return self.worker_alone_or_not(leg, by).await;
        }
        if live && (leg.talking || early) {
            return Ok(());
        }
        if live && self.standing(leg, by).await? == Some(Standing::Taken) {
            return match leg.brought() {
                // Their caller may have been lost on the way to the room.
                Some(_) => self.worker_alone_or_not(leg, by).await,
                None => self.note_talk(leg, by).await,
            };
        }
        report.mended("talks-ended");
        match self.talk_over(leg, Cause::Lost, by).await? {
            Some(owed) => self.pay(&owed, LegEnd::ByUs, by).await,
            None => Ok(()),
        }
    }

    /// A worker was sent to a room. Should Twilio not have told us that they are alone there, we see to it.
    async fn worker_alone_or_not(&self, leg: &Entry<Leg>, by: Deadline) -> Result<(), Error> {
        let room = leg.reservation_sid.as_str();
        let inside = self.0.twilio.conferences(by).in_room(room).await?;
        match (inside.len(), leg.call_sid) {
            (1, Some(call)) if inside.contains(&call) => self.worker_alone(leg, by).await,
            (0 | 1, _) => Ok(()),
            _ => self.note_talk(leg, by).await,
        }
    }

    /// From now on, this leg is asked about only once its call is over.
    async fn note_talk(&self, leg: &Entry<Leg>, by: Deadline) -> Result<(), Error> {
        let talking = |now: &Leg| {
            (now.phase == Phase::Joining && !now.talking).then(|| Leg {
                talking: true,
                mark: self.mark(),
                ..now.clone()
            })
        };
        let changed = self.0.legs.change_from(leg.clone(), by, talking).await;
        changed.map(|_| ())
    }

    /// Twilio's word for where the call of a leg stands; nothing if there is no such call.
    pub(super) async fn word_of(&self, leg: &Leg, by: Deadline) -> Result<Option<String>, Error> {
        let Some(call) = leg.call_sid else {
            return Ok(None);
        };
        match self.0.twilio.calls(by).status_word(call).await {
            Ok(word) => Ok(Some(word)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The call of a leg, while it goes on.
    pub(super) async fn call_of(&self, leg: &Leg, by: Deadline) -> Result<Option<Call>, Error> {
        let Some(call) = leg.call_sid else {
            return Ok(None);
        };
        match self.0.twilio.calls(by).fetch(call).await {
            Ok(call) => Ok((call.status != CallStatus::Over).then_some(call)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Why a call is over that Twilio says this word of, or does not know; nothing while it goes on.
pub(super) fn over_because(word: Option<&str>) -> Option<Cause> {
    match word {
        None => Some(Cause::Lost),
        Some(word) if CallStatus::read(word) == CallStatus::Over => Some(Cause::of_status(word)),
        Some(_) => None,
    }
}
