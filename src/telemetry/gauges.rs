//! How things stand now, as far as this process has seen it anyway.
//!
//! No gauge costs a request to Twilio, or work in a request of Twilio's: the reconcilers say what they saw in their last
//! pass, and the rest is known. So a gauge of theirs is as old as that pass. What it says is of the whole account, and
//! every replica says the same: take the largest of all replicas, not the sum.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    metrics::{gauge::Gauge, info::Info},
    registry::Registry,
};
use tokio::time::Instant;

use super::Named;

pub(super) const PARKED: Named = (
    "switchboard_parked_now",
    "Calls on hold now, of the whole account, as the reconciler last saw them (up to 25 s ago)",
);
pub(super) const OLDEST: Named = (
    "switchboard_parked_oldest_seconds",
    "For how long the longest parked of them has been on hold; 0 if there is none",
);
pub(super) const RINGING: Named = (
    "switchboard_worker_legs_ringing",
    "Legs to workers' phones that are dialled, ring or wait for a key, of the whole account, as the reconciler last \
     saw them (up to 20 s ago)",
);
pub(super) const TOLD: Named = (
    "switchboard_callers_told_to_wait",
    "Callers who were asked to stay on the line in the last 20 s because this process could not help them at once",
);
pub(super) const READY: Named = (
    "switchboard_ready",
    "1 while /ready says that requests may be sent here, else 0",
);
pub(super) const BUILD: Named = (
    "switchboard_build",
    "Always 1; the label says which version runs",
);

/// How long a caller counts as told to wait: they ask again after about ten seconds.
const WAITS: Duration = Duration::from_secs(20);

/// How many callers are kept in mind at most.
const MOST: usize = 10_000;

#[derive(Debug)]
pub(super) struct Gauges {
    parked: Gauge,
    oldest: Gauge<f64, AtomicU64>,
    ringing: Gauge,
    told: Gauge,
    ready: Gauge,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How long the oldest parked call had been on hold, and when that was so.
    oldest: Option<(Duration, Instant)>,
    told: HashMap<String, Instant>,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let gauges = Self {
            parked: Gauge::default(),
            oldest: Gauge::default(),
            ringing: Gauge::default(),
            told: Gauge::default(),
            ready: Gauge::default(),
            seen: Mutex::default(),
        };
        registry.register(PARKED.0, PARKED.1, gauges.parked.clone());
        registry.register(OLDEST.0, OLDEST.1, gauges.oldest.clone());
        registry.register(RINGING.0, RINGING.1, gauges.ringing.clone());
        registry.register(TOLD.0, TOLD.1, gauges.told.clone());
        registry.register(READY.0, READY.1, gauges.ready.clone());
        let version = ("version", env!("CARGO_PKG_VERSION"));
        registry.register(BUILD.0, BUILD.1, Info::new(vec![version]));
        gauges
    }

    pub(super) fn parked(&self, calls: usize, oldest: Option<Duration>) {
        self.parked.set(i64::try_from(calls).unwrap_or(i64::MAX));
        self.seen().oldest = oldest.map(|age| (age, Instant::now()));
    }

    pub(super) fn ringing(&self, legs: usize) {
        self.ringing.set(i64::try_from(legs).unwrap_or(i64::MAX));
    }

    pub(super) fn told(&self, call: &str) {
        let mut seen = self.seen();
        if seen.told.len() >= MOST {
            seen.told.retain(|_, at| at.elapsed() < WAITS);
        }
        if seen.told.len() < MOST {
            seen.told.insert(call.to_owned(), Instant::now());
        }
    }

    /// Brings what passes with time up to now.
    pub(super) fn refresh(&self, ready: bool) {
        self.ready.set(i64::from(ready));
        let mut seen = self.seen();
        seen.told.retain(|_, at| at.elapsed() < WAITS);
        self.told
            .set(i64::try_from(seen.told.len()).unwrap_or(i64::MAX));
        let age = seen.oldest.map(|(age, at)| age + at.elapsed());
        self.oldest.set(age.unwrap_or_default().as_secs_f64());
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
