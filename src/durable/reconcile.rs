//! The loop that finishes what a crash, a lost webhook or a silent Twilio cut short: one trait, one runner.
//!
//! A replica runs a pass soon after it starts, because a replica that starts after a crash has something to mend, and
//! then again and again. The pauses differ a little by chance, so that replicas that start together drift apart.
//!
//! A pass that panics is logged, counted, and comes again after the usual pause, like one whose requests fail: what it
//! could not handle may be gone by then, and all the other reconcilers, and all that this one does before that point,
//! go on.

use std::{
    collections::BTreeMap,
    fmt::Display,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;

use super::outage::Outages;
use crate::{
    clock::Clock,
    context::Context,
    rng::Rng,
    telemetry::{Metrics, Reconciler, panic_text},
    twilio::error::Error,
};

/// The kind under which panics are counted.
const PANICKED: &str = "panics";

/// The kind under which everything is counted that could not be looked at.
const FAILED: &str = "failed";

/// A feature's reconciler.
pub trait Reconcile: Sync {
    /// Its name in metrics and log lines.
    const NAME: &'static str;

    /// How often every replica runs a pass.
    const EVERY: Duration;

    /// What a pass may mend, as the kinds of `switchboard_mended_total`. Each exists from the start, at 0.
    const KINDS: &'static [&'static str];

    /// The kinds that are the reconciler's everyday work and no fault: they are counted, and not logged.
    const ROUTINE: &'static [&'static str] = &[];

    /// Whether there is anything to look at, by the configuration.
    fn is_on(&self) -> bool {
        true
    }

    /// What it cannot look at.
    fn outages(&self) -> &Outages;

    /// Runs one pass. `number` passes ran before it in this process.
    fn pass(&self, number: u32, report: &Report<'_>) -> impl Future<Output = ()> + Send;
}

/// What one pass has mended, and what it could not look at.
#[derive(Debug)]
pub struct Report<'a> {
    outages: &'a Outages,
    kinds: &'static [&'static str],
    counts: Mutex<BTreeMap<&'static str, u32>>,
}

impl<'a> Report<'a> {
    /// The empty report of a pass of this reconciler.
    #[must_use]
    pub fn of<R: Reconcile>(reconciler: &'a R) -> Self {
        Self {
            outages: reconciler.outages(),
            kinds: R::KINDS,
            counts: Mutex::default(),
        }
    }

    /// Something was mended, `count` times.
    pub fn count(&self, kind: &'static str, count: u32) {
        debug_assert!(
            self.kinds.contains(&kind),
            "`{kind}` is not in the list of kinds"
        );
        *self.lock().entry(kind).or_default() += count;
    }

    /// Something was mended.
    pub fn mended(&self, kind: &'static str) {
        self.count(kind, 1);
    }

    /// A list could not be read: a map of records, or a list of Twilio's.
    pub fn list_failed(&self, what: &'static str, error: &Error) {
        *self.lock().entry(FAILED).or_default() += 1;
        self.outages.list_failed(what, error);
    }

    /// One record, found by `sid`, could not be looked at.
    pub fn record_failed(
        &self,
        what: &'static str,
        sid: &(impl Display + ?Sized),
        error: &(impl Display + ?Sized),
    ) {
        *self.lock().entry(FAILED).or_default() += 1;
        self.outages.record_failed(what, sid, error);
    }

    /// How much could not be looked at so far.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.lock().get(FAILED).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs reconcilers for ever.
#[derive(Clone, Debug)]
pub struct Runner {
    metrics: Metrics,
    clock: Clock,
    rng: Rng,
}

impl Runner {
    /// A runner for the reconcilers of this process.
    #[must_use]
    pub fn new(context: &Context) -> Self {
        Self {
            metrics: context.metrics.clone(),
            clock: context.clock,
            rng: context.rng.clone(),
        }
    }

    /// Runs passes for ever; returns at once if the reconciler is off.
    pub async fn run<R: Reconcile>(&self, reconciler: &R) {
        if !reconciler.is_on() {
            return;
        }
        let clock = &self.clock;
        let state = self
            .metrics
            .reconciler(R::NAME, clock.machine_time(R::EVERY), clock.now());
        let mut number = 0_u32;
        loop {
            let pause = if number == 0 { R::EVERY / 5 } else { R::EVERY };
            let pause = pause.mul_f64(0.9 + 0.2 * self.rng.fraction());
            clock.sleep(pause).await;
            let pass = Box::pin(self.pass(reconciler, number));
            if self.guarded(R::NAME, moving(&state, pass)).await.is_some() {
                state.passed(clock.now());
            }
            number = number.wrapping_add(1);
        }
    }

    /// Runs one pass, and counts and logs what it has mended.
    async fn pass<R: Reconcile>(&self, reconciler: &R, number: u32) {
        let report = Report::of(reconciler);
        reconciler.pass(number, &report).await;
        let counts = std::mem::take(&mut *report.lock());
        for kind in R::KINDS.iter().copied().chain([FAILED]) {
            let count = counts.get(kind).copied().unwrap_or_default();
            self.metrics.mended(R::NAME, kind, count);
            // What failed is logged by the outages.
            if count > 0 && kind != FAILED && !R::ROUTINE.contains(&kind) {
                tracing::info!(
                    reconciler = R::NAME,
                    kind,
                    count,
                    "the reconciler has mended something"
                );
            }
        }
        reconciler.outages().passed();
    }

    /// Runs a part of a reconciler. If it panics, that is logged and counted, and the answer is `None`.
    pub async fn guarded<T>(&self, name: &'static str, part: impl Future<Output = T>) -> Option<T> {
        match AssertUnwindSafe(part).catch_unwind().await {
            Ok(done) => Some(done),
            Err(panic) => {
                let cause = panic_text(panic.as_ref());
                tracing::error!(
                    reconciler = name,
                    cause,
                    "a reconciler panicked; it goes on after its interval"
                );
                self.metrics.mended(name, PANICKED, 1);
                None
            }
        }
    }
}

/// Notes each time that something moves a pass: an answer, a time-out, a pause that is over.
async fn moving(reconciler: &Reconciler, mut pass: Pin<Box<impl Future<Output = ()>>>) {
    std::future::poll_fn(|context| {
        reconciler.moved();
        pass.as_mut().poll(context)
    })
    .await;
}
