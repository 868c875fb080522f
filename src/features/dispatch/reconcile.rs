//! The reconciler of dispatch: ends what a crash, a lost webhook or a silent Twilio cut short.
//!
//! Every replica looks every [`EVERY`]. Each mend (`dispatch/mend.rs`) is the same compare-and-set that a webhook would do, so they never
//! collide. What moved a moment ago is the work of a request in progress and is left alone.

use std::{collections::HashSet, time::Duration};

use super::{
    Dispatch,
    record::{Leg, Phase},
};
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
        store::Entry,
    },
    twilio::{deadline::Deadline, error::Error, sid::CallSid},
};

/// How often every replica looks.
pub const EVERY: Duration = Duration::from_secs(20);

/// How many passes make a round: once in a round, a minute, it is asked who is in cool-down and which talks go on.
const ROUND: u32 = 3;

/// How long the reconciler waits for one answer or one mend.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a pass may be unable to look at.
const COOLING: &str = "workers in cool-down";

impl Reconcile for Dispatch {
    const NAME: &'static str = "dispatch";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &[
        "legs-found",
        "legs-given-up",
        "legs-withdrawn",
        "talks-ended",
        "debts-paid",
        "callers-told",
        "workers-found",
        "workers-returned",
    ];
    const ROUTINE: &'static [&'static str] = &["workers-returned"];

    fn is_on(&self) -> bool {
        self.0.settings.is_on() || self.0.settings.nobody.is_some()
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, number: u32, report: &Report<'_>) {
        self.reconcile(number.is_multiple_of(ROUND), report).await;
    }
}

impl Dispatch {
    /// Reads every record, for the doctor, which names those that cannot be read; gives how many can.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, Error> {
        let (legs, phones) = (self.0.legs.count(by).await?, self.0.phones.count(by).await?);
        let (rests, told) = (
            self.0.rests.count(by).await?,
            self.0.tellings.count(by).await?,
        );
        Ok(legs + phones + rests + told)
    }

    /// One pass over all legs and all cool-downs; `all`: and over all talks and all workers in cool-down.
    async fn reconcile(&self, all: bool, report: &Report<'_>) {
        if self.0.settings.is_on() {
            self.reconcile_legs(all, report).await;
        }
        match self.tell_whoever_waits(Deadline::after(PATIENCE)).await {
            Ok(told) => report.count("callers-told", told),
            Err(error) => {
                report.list_failed("callers who wait where no agent works", &error);
            }
        }
    }

    async fn reconcile_legs(&self, all: bool, report: &Report<'_>) {
        let legs = self.unsettled(report).await;
        let live = if all {
            self.live(&legs, report).await
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
            if let Err(error) = self.mend(leg, &live, report, by).await {
                report.record_failed("a leg to a worker's phone", &leg.reservation_sid, &error);
            }
        }
        if let Err(error) = self.bring_back(all, report).await {
            report.list_failed(COOLING, &error);
        }
    }

    /// The legs that are not done with.
    async fn unsettled(&self, report: &Report<'_>) -> Vec<Entry<Leg>> {
        let mut legs = vec![];
        let failed = report.failures();
        for map in self.0.legs.maps() {
            match self.0.legs.all(map, Deadline::after(PATIENCE)).await {
                Ok(found) => legs.extend(found),
                Err(error) => report.list_failed("the legs to workers' phones", &error),
            }
        }
        if report.failures() == failed {
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
    async fn live(&self, legs: &[Entry<Leg>], report: &Report<'_>) -> HashSet<CallSid> {
        if !legs.iter().any(|leg| leg.phase == Phase::Joining) {
            return HashSet::new();
        }
        let settings = &self.0.settings;
        // Legs of ours show the line's number, unless they show their callers': then they are among all others.
        let shown = settings.caller_id();
        let shown = shown.filter(|_| !settings.show_caller);
        let calls = self.0.twilio.calls(Deadline::after(PATIENCE));
        match calls.in_progress_from(shown).all().await {
            Ok(calls) => calls.into_iter().map(|call| call.sid).collect(),
            Err(error) => {
                report.list_failed("the list of live calls", &error);
                HashSet::new()
            }
        }
    }

    async fn bring_back(&self, all: bool, report: &Report<'_>) -> Result<(), Error> {
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
                    Ok(came) => report.count("workers-returned", u32::from(came)),
                    // They went somewhere in this very moment: the next pass sees where.
                    Err(error) if error.is_outdated() => {}
                    Err(error) => {
                        let worker = entry.record.worker_sid;
                        report.record_failed(COOLING, &worker, &error);
                    }
                }
            }
        }
        for stray in cooling {
            self.adopt_stray(stray, Deadline::after(PATIENCE)).await?;
            report.mended("workers-found");
        }
        Ok(())
    }
}
