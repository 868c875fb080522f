//! How many connections are held, and which one goes when there is no place for another.
//!
//! A connection that waits for nothing of ours (it has asked for nothing yet, dribbles its request, keeps itself open
//! for the next one, or does not take its answer) costs a place and a file. When places run out, those that have been
//! so for longest are cut, so that idle strangers never keep a request from coming in. One with a request in work
//! always stays: how many of those there are is limited by the lanes.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How many connections are held at most.
const CONNECTIONS: usize = 4_096;

/// Which part of the places is made free at a time: looking for the idle ones costs a look at all.
const PART: usize = 64;

/// What even the tightest system has room for.
const FEWEST: usize = 64;

/// How long a place is waited for before more are cut.
const AGAIN: Duration = Duration::from_millis(10);

/// How many connections this process may hold: at most three quarters of the files that the system lets it open, for
/// each question to Twilio needs one, too.
pub(super) fn limit() -> usize {
    let files = open_files().unwrap_or(usize::MAX);
    let limit = CONNECTIONS.min(files / 4 * 3).max(FEWEST);
    if limit < CONNECTIONS {
        tracing::warn!(
            limit,
            files,
            "fewer connections are held than could be: raise the limit of open files (ulimit -n, LimitNOFILE) to 8192"
        );
    }
    limit
}

/// How many files this process may have open, where the system says so.
fn open_files() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|it| it.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The places for connections.
#[derive(Debug)]
pub(super) struct Places {
    start: Instant,
    free: Arc<Semaphore>,
    held: Arc<Held>,
    at_a_time: usize,
}

#[derive(Debug, Default)]
struct Held {
    next: AtomicU64,
    all: Mutex<HashMap<u64, Arc<Phase>>>,
}

/// One place, until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _free: OwnedSemaphorePermit,
    held: Arc<Held>,
    number: u64,
    phase: Arc<Phase>,
}

/// How far a connection's requests are; shared by its socket and its service.
#[derive(Debug)]
pub(super) struct Phase {
    start: Instant,
    /// Odd while a request is being worked on.
    steps: AtomicU64,
    /// How often something was read, and how often that was when the last request began.
    reads: AtomicU64,
    reads_before: AtomicU64,
    /// Since when it has been waiting for the other side, in milliseconds after `start`.
    waits_since: AtomicU64,
    needed: Notify,
}

/// One request is being worked on, until this is dropped.
#[derive(Debug)]
pub(super) struct Working {
    phase: Arc<Phase>,
    sent_ahead: bool,
}

impl Places {
    pub(super) fn new(places: usize) -> Self {
        Self {
            start: Instant::now(),
            free: Arc::new(Semaphore::new(places)),
            held: Arc::default(),
            at_a_time: (places / PART).max(1),
        }
    }

    /// A place for another connection; if there is none, idle ones are cut.
    pub(super) async fn take(&self) -> Place {
        loop {
            if let Ok(free) = Arc::clone(&self.free).try_acquire_owned() {
                return self.place(free);
            }
            self.make_room();
            let free = Arc::clone(&self.free).acquire_owned();
            if let Ok(Ok(free)) = timeout(AGAIN, free).await {
                return self.place(free);
            }
        }
    }

    fn place(&self, free: OwnedSemaphorePermit) -> Place {
        let number = self.held.next.fetch_add(1, Ordering::Relaxed);
        let phase = Arc::new(Phase::new(self.start));
        let held = Arc::clone(&self.held);
        lock(&held.all).insert(number, Arc::clone(&phase));
        Place {
            _free: free,
            held,
            number,
            phase,
        }
    }

    /// Cuts some of the connections that have waited for the other side for longest.
    pub(super) fn make_room(&self) {
        let all = lock(&self.held.all);
        let mut idle: Vec<_> = all
            .values()
            .filter_map(|phase| Some((phase.idle_since()?, phase)))
            .collect();
        if idle.len() > self.at_a_time {
            idle.select_nth_unstable_by_key(self.at_a_time, |(since, _)| *since);
            idle.truncate(self.at_a_time);
        }
        for (_, phase) in idle {
            phase.needed.notify_one();
        }
    }
}

impl Place {
    /// How far the requests of the connection in this place are.
    pub(super) fn phase(&self) -> Arc<Phase> {
        Arc::clone(&self.phase)
    }

    /// Comes back when the connection must go, because others need its place.
    pub(super) async fn is_needed(&self) {
        loop {
            self.phase.needed.notified().await;
            // A request may have come in meanwhile.
            if !self.phase.is_working() {
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.held.all).remove(&self.number);
    }
}

impl Phase {
    fn new(start: Instant) -> Self {
        let phase = Self {
            start,
            steps: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            reads_before: AtomicU64::new(0),
            waits_since: AtomicU64::new(0),
            needed: Notify::new(),
        };
        phase.waits();
        phase
    }

    /// Work begins.
    pub(super) fn begin(self: &Arc<Self>) -> Working {
        let first = self.steps.fetch_add(1, Ordering::Relaxed) == 0;
        let reads = self.reads.load(Ordering::Relaxed);
        let before = self.reads_before.swap(reads, Ordering::Relaxed);
        Working {
            phase: Arc::clone(self),
            sent_ahead: !first && before == reads,
        }
    }

    /// Something was read.
    pub(super) fn has_read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests have come.
    pub(super) fn begun(&self) -> u64 {
        self.steps.load(Ordering::Relaxed).div_ceil(2)
    }

    pub(super) fn is_working(&self) -> bool {
        self.steps.load(Ordering::Relaxed) % 2 == 1
    }

    fn waits(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.waits_since.store(now, Ordering::Relaxed);
    }

    fn idle_since(&self) -> Option<u64> {
        (!self.is_working()).then(|| self.waits_since.load(Ordering::Relaxed))
    }
}

impl Working {
    /// Whether the request was sent before the answer to the one before could be read (HTTP pipelining). Neither
    /// Twilio nor a proxy does that; one connection of those who do could keep us busy for long.
    pub(super) fn was_sent_ahead(&self) -> bool {
        self.sent_ahead
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.phase.waits();
        self.phase.steps.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
