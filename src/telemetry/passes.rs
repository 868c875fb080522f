//! How each reconciler of this process is doing: when it last completed a pass, and whether its loop moves at all.
//!
//! The two are told apart, because they call for different things. A pass that takes long or fails, because Twilio is
//! slow or a record cannot be handled, is the same in every replica: it is logged and counted. A loop that nothing
//! moves any more (no pass completed, no answer or time-out of a request taken up) is this process's own trouble, and a
//! fresh process would do better.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::Instant;

/// After how many of its intervals without a pass a reconciler is late.
const INTERVALS: u32 = 3;

/// The reconcilers that run in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Passes(Arc<Mutex<Vec<Reconciler>>>);

/// One reconciler of this process, as it reports about itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reconciler(Arc<Loop>);

#[derive(Debug)]
struct Loop {
    name: &'static str,
    every: Duration,
    start: Instant,
    /// Milliseconds after `start`.
    passed: AtomicU64,
    moved: AtomicU64,
    last_pass: Gauge,
}

/// A reconciler that has not completed a pass for three of its intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// The reconciler's name.
    pub name: &'static str,
    /// Whether its loop does not move at all.
    pub stuck: bool,
}

impl Passes {
    /// A reconciler starts, and runs a pass `every` so often (in machine time). One of the same name is replaced.
    pub(super) fn start(
        &self,
        name: &'static str,
        every: Duration,
        last_pass: Gauge,
    ) -> Reconciler {
        let started = Reconciler(Arc::new(Loop {
            name,
            every,
            start: Instant::now(),
            passed: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            last_pass,
        }));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.0.name != name);
        all.push(started.clone());
        started
    }

    /// Those that are late.
    pub(super) fn late(&self) -> Vec<Late> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Reconciler::late).collect()
    }
}

impl Reconciler {
    /// A pass is completed, at this time.
    pub fn passed(&self, now: Timestamp) {
        self.moved();
        self.0.passed.store(self.0.age(), Ordering::Relaxed);
        self.0.last_pass.set(now.as_second());
    }

    /// Its loop has done something.
    pub fn moved(&self) {
        self.0.moved.store(self.0.age(), Ordering::Relaxed);
    }

    fn late(&self) -> Option<Late> {
        let late = |since: &AtomicU64| {
            let since = Duration::from_millis(since.load(Ordering::Relaxed));
            self.0.start.elapsed().saturating_sub(since) > self.0.every * INTERVALS
        };
        late(&self.0.passed).then(|| Late {
            name: self.0.name,
            stuck: late(&self.0.moved),
        })
    }
}

impl Loop {
    fn age(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
