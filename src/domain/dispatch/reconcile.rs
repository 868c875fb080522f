//! The reconciler of dispatch: ends what a crash, a lost webhook or a silent Twilio cut short.
//!
//! Every replica looks every [`EVERY`]. Each mend is the same compare-and-set that a webhook would do, so they never
//! collide. What moved a moment ago is somebody's work in progress and is left alone.

use std::{collections::HashSet, time::Duration};

use super::{
    Dispatch,
    cause::Cause,
    mended::{Mended, log},
    record::{Leg, Phase},
    settle::decided,
};
use crate::domain::{rounds::Runner, store::Entry};
use crate::twilio::{
    deadline::Deadline,
    error::Error,
    resource::{
        calls::{Call, CallStatus},
        reservations::Standing,
    },
    sid::CallSid,
};

/// How often every replica looks.
pub const EVERY: Duration = Duration::from_secs(20);

/// How many passes make a round: once in a round, a minute, it is asked who is in cool-down and which talks go on.
const ROUND: u32 = 3;

/// Longer than any request of ours works on one move.
const STALE: Duration = Duration::from_secs(15);

/// How long an instruction, or a leg whose SID is not known, may take to be heard of.
const UNHEARD: Duration = Duration::from_secs(10);

/// How long the reconciler waits for one answer or one mend.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a pass may be unable to look at.
const COOLING: &str = "workers in cool-down";

impl Dispatch {
    /// Runs the reconciler for ever, and tells `found` of every pass. Returns at once if dispatch is off.
    pub async fn reconcile_for_ever(
        &self,
        runner: Runner<'_>,
        found: impl Fn(Mended) + Send + Sync,
    ) {
        let settings = &self.0.settings;
        if !settings.on && settings.nobody.is_none() {
            return;
        }
        let (rhythm, found) = ((&self.0.clock, &self.0.chance), &found);
        let pass = |pass: u32| async move {
            let mended = self.reconcile(pass.is_multiple_of(ROUND)).await;
            found(mended);
            self.0.outages.passed();
            log(mended);
        };
        runner.run(rhythm, EVERY, pass).await;
    }

    /// One pass over all legs and all cool-downs; `all`: and over all talks and all workers in cool-down.
    pub async fn reconcile(&self, all: bool) -> Mended {
        let mut mended = Mended::default();
        if self.0.settings.on {
            self.reconcile_legs(all, &mut mended).await;
        }
        match self.tell_whoever_waits(Deadline::after(PATIENCE)).await {
            Ok(told) => mended.told += told,
            Err(error) => {
                self.list_failed(&mut mended, "callers who wait where no agent works", &error);
            }
        }
        mended
    }

    fn list_failed(&self, mended: &mut Mended, what: &'static str, error: &Error) {
        mended.failed += 1;
        self.0.outages.list_failed(what, error);
    }

    async fn reconcile_legs(&self, all: bool, mended: &mut Mended) {
        let legs = self.unsettled(mended).await;
        let live = if all {
            self.live(&legs, mended).await
        } else {
            HashSet::new()
        };
        for leg in &legs {
            // Most legs are talking, and there is nothing to ask about them.
            let talks = leg.phase == Phase::Joining && leg.talking;
            if talks && (!all || leg.call_sid.is_some_and(|call| live.contains(&call))) {
                continue;
            }
            let by = Deadline::after(PATIENCE);
            if let Err(error) = self.mend(leg, &live, mended, by).await {
                mended.failed += 1;
                let outages = &self.0.outages;
                outages.record_failed("a leg to a worker's phone", &leg.reservation_sid, &error);
            }
        }
        if let Err(error) = self.bring_back(all, mended).await {
            self.list_failed(mended, COOLING, &error);
        }
    }

    /// The legs that are not done with.
    async fn unsettled(&self, mended: &mut Mended) -> Vec<Entry<Leg>> {
        let mut legs = vec![];
        let failed = mended.failed;
        for map in self.0.legs.maps() {
            match self.0.legs.all(map, Deadline::after(PATIENCE)).await {
                Ok(found) => legs.extend(found),
                Err(error) => self.list_failed(mended, "the legs to workers' phones", &error),
            }
        }
        if mended.failed == failed {
            let ringing = legs.iter().filter(|leg| leg.is_open()).count();
            self.0.metrics.legs_ringing(ringing);
        }
        legs.retain(|leg| leg.phase != Phase::Over);
        legs
    }

    /// Every leg that is not done with, the oldest first.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn open_legs(&self, by: Deadline) -> Result<Vec<Leg>, Error> {
        let mut legs = vec![];
        for map in self.0.legs.maps() {
            let found = self.0.legs.all(map, by).await?.into_iter();
            legs.extend(found.map(|entry| entry.record));
        }
        legs.retain(|leg: &Leg| leg.phase != Phase::Over);
        legs.sort_by_key(|leg| (leg.made, leg.reservation_sid));
        Ok(legs)
    }

    /// The calls that are in progress, if any leg may talk.
    async fn live(&self, legs: &[Entry<Leg>], mended: &mut Mended) -> HashSet<CallSid> {
        if !legs.iter().any(|leg| leg.phase == Phase::Joining) {
            return HashSet::new();
        }
        let settings = &self.0.settings;
        // Legs of ours show the line's number, unless they show their callers': then they are among all others.
        let shown = settings.caller_id.as_ref();
        let shown = shown.filter(|_| !settings.show_caller);
        let calls = self.0.twilio.calls(Deadline::after(PATIENCE));
        match calls.in_progress_from(shown).all().await {
            Ok(calls) => calls.into_iter().map(|call| call.sid).collect(),
            Err(error) => {
                self.list_failed(mended, "the list of live calls", &error);
                HashSet::new()
            }
        }
    }

    async fn bring_back(&self, all: bool, mended: &mut Mended) -> Result<(), Error> {
        let mut cooling = if all {
            self.cooling(Deadline::after(PATIENCE)).await?
        } else {
            vec![]
        };
        let now = self.0.clock.now();
        for map in self.0.rests.maps() {
            let all = self.0.rests.all(map, Deadline::after(PATIENCE)).await?;
            let paused = |worker| {
                let of_worker = all.iter().find(|it| it.record.worker_sid == worker);
                of_worker.is_some_and(|it| it.record.pause.is_some())
            };
            cooling.retain(|worker| !paused(*worker));
            let due = all.into_iter().filter(|entry| {
                let pause = entry.record.pause;
                pause.is_some_and(|pause| pause.until <= now)
            });
            for entry in due {
                let by = Deadline::after(PATIENCE);
                match self.come_back(&entry.record, by).await {
                    Ok(came) => mended.returned += u32::from(came),
                    // They went somewhere in this very moment: the next pass sees where.
                    Err(error) if error.is_outdated() => {}
                    Err(error) => {
                        mended.failed += 1;
                        let worker = entry.record.worker_sid;
                        self.0.outages.record_failed(COOLING, &worker, &error);
                    }
                }
            }
        }
        for stray in cooling {
            self.adopt_stray(stray, Deadline::after(PATIENCE)).await?;
            mended.strays += 1;
        }
        Ok(())
    }

    async fn mend(
        &self,
        leg: &Entry<Leg>,
        live: &HashSet<CallSid>,
        mended: &mut Mended,
        by: Deadline,
    ) -> Result<(), Error> {
        let now = self.0.clock.now();
        let age = leg.age(now);
        match leg.phase {
            Phase::Over => Ok(()),
            _ if leg.is_owed() => {
                if age >= STALE {
                    mended.debts += 1;
                    self.pay(leg, false, by).await?;
                }
                Ok(())
            }
            Phase::Dialling if age < UNHEARD => Ok(()),
            Phase::Dialling => self.mend_unheard(leg, mended, by).await,
            _ if age < STALE => Ok(()),
            Phase::Joining => self.mend_talk(leg, live, mended, by).await,
            _ => self.mend_ringing(leg, mended, by).await,
        }
    }

    /// Nobody knows whether this leg was dialled.
    async fn mend_unheard(
        &self,
        leg: &Entry<Leg>,
        mended: &mut Mended,
        by: Deadline,
    ) -> Result<(), Error> {
        if let Some(call) = self.look_for(leg, 1, by).await? {
            mended.found += 1;
            return self.adopt(leg, call, by).await.map(|_| ());
        }
        // The replica that places a leg gives up within half a minute; TaskRouter follows an instruction at once.
        if leg.age(self.0.clock.now()) >= UNHEARD + STALE {
            return self.give_up(leg, Cause::Lost, mended, by).await;
        }
        Ok(())
    }

    /// A leg rings, or is asked for a key.
    async fn mend_ringing(
        &self,
        leg: &Entry<Leg>,
        mended: &mut Mended,
        by: Deadline,
    ) -> Result<(), Error> {
        if self.joined_by_router(leg, by).await?.is_some() {
            return Ok(());
        }
        if self.standing(leg, by).await? != Some(Standing::Pending) {
            mended.withdrawn += 1;
            return match self.withdraw(leg, by).await? {
                Some(owed) => self.pay(&owed, false, by).await,
                None => Ok(()),
            };
        }
        // Its report may be lost, or only slower than we are.
        if let Some(cause) = self.over_because(leg, by).await? {
            return self.give_up(leg, cause, mended, by).await;
        }
        if leg.deadline <= self.0.clock.now() {
            return self.give_up(leg, Cause::NoAnswer, mended, by).await;
        }
        Ok(())
    }

    async fn give_up(
        &self,
        leg: &Entry<Leg>,
        cause: Cause,
        mended: &mut Mended,
        by: Deadline,
    ) -> Result<(), Error> {
        mended.given_up += 1;
        match decided(self.reject(leg, None, cause, by).await?) {
            Some(owed) => self.pay(&owed, false, by).await,
            None => Ok(()),
        }
    }

    /// A leg was told to dial the queue: it talks, or its end was not heard of, or it waits in vain.
    async fn mend_talk(
        &self,
        leg: &Entry<Leg>,
        live: &HashSet<CallSid>,
        mended: &mut Mended,
        by: Deadline,
    ) -> Result<(), Error> {
        if leg.call_sid.is_none() && leg.is_routers() {
            // TaskRouter placed and joined it, and its first report was lost.
            if let Some(call) = self.look_for(leg, 1, by).await? {
                mended.found += 1;
                return self.adopt(leg, call, by).await.map(|_| ());
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
        mended.talks += 1;
        match self.talk_over(leg, Cause::Lost, by).await? {
            Some(owed) => self.pay(&owed, false, by).await,
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

    /// Why the call of a leg is over; nothing while it goes on.
    async fn over_because(&self, leg: &Leg, by: Deadline) -> Result<Option<Cause>, Error> {
        let Some(call) = leg.call_sid else {
            return Ok(Some(Cause::Lost));
        };
        match self.0.twilio.calls(by).status_word(call).await {
            Ok(word) => {
                let over = CallStatus::read(&word) == CallStatus::Over;
                Ok(over.then(|| Cause::of_status(&word)))
            }
            Err(error) if error.is_not_found() => Ok(Some(Cause::Lost)),
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
