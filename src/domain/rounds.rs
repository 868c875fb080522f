//! What runs every reconciler: the rhythm of its passes, and a guard around each.
//!
//! A replica looks soon after it starts, because one that starts after a crash has something to mend, and then again and
//! again. The pauses differ a little by chance, so that replicas that start together drift apart.
//!
//! A pass that panics is logged, counted, and comes again after the usual pause, like one whose requests fail: what it
//! could not handle may be gone by then, and all the other reconcilers, and all that this one does before that point,
//! go on.

use std::{panic::AssertUnwindSafe, pin::Pin, time::Duration};

use futures_util::FutureExt;

use crate::{
    chance::Chance,
    clock::Clock,
    telemetry::{Metrics, Reconciler, panic_text},
};

/// The kind under which panics are counted.
const PANICKED: &str = "panics";

/// Runs one reconciler.
#[derive(Clone, Copy, Debug)]
pub struct Runner<'a> {
    metrics: &'a Metrics,
    name: &'static str,
}

impl<'a> Runner<'a> {
    /// A runner for the reconciler of this name.
    #[must_use]
    pub fn new(metrics: &'a Metrics, name: &'static str) -> Self {
        Self { metrics, name }
    }

    /// Runs passes for ever, `every` so often; each is told how many were before it.
    pub async fn run<F>(
        &self,
        (clock, chance): (&Clock, &Chance),
        every: Duration,
        mut pass: impl FnMut(u32) -> F,
    ) where
        F: Future<Output = ()>,
    {
        let reconciler = self
            .metrics
            .reconciler(self.name, clock.machine_time(every), clock.now());
        let mut number = 0_u32;
        loop {
            let pause = if number == 0 { every / 5 } else { every };
            clock
                .sleep(pause.mul_f64(0.9 + 0.2 * chance.fraction()))
                .await;
            let pass = Box::pin(async { pass(number).await });
            if self.guarded(moving(&reconciler, pass)).await.is_some() {
                reconciler.passed(clock.now());
            }
            number = number.wrapping_add(1);
        }
    }

    /// Runs a part of a reconciler. If it panics, that is logged and counted, and the answer is `None`.
    pub async fn guarded<T>(&self, part: impl Future<Output = T>) -> Option<T> {
        match AssertUnwindSafe(part).catch_unwind().await {
            Ok(done) => Some(done),
            Err(panic) => {
                let cause = panic_text(panic.as_ref());
                tracing::error!(
                    reconciler = self.name,
                    cause,
                    "a reconciler panicked; it goes on after its interval"
                );
                self.metrics.mended(self.name, PANICKED, 1);
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
