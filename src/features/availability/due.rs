//! Whom to look at, and when: the one thing this process remembers about its duties.
//!
//! A worker is there once, however many events name them, so a storm of events is one look. Forgetting it all, as a
//! crash does, is made good by the reconciler.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::twilio::sid::WorkerSid;

/// Workers to be looked at.
#[derive(Debug, Default)]
pub(super) struct Due {
    times: Mutex<HashMap<WorkerSid, Timestamp>>,
    bell: Notify,
}

impl Due {
    fn times(&self) -> MutexGuard<'_, HashMap<WorkerSid, Timestamp>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a worker, or brings their time forward.
    pub(super) fn add(&self, worker: WorkerSid, at: Timestamp) {
        let mut times = self.times();
        let time = times.entry(worker).or_insert(at);
        *time = at.min(*time);
        drop(times);
        self.bell.notify_one();
    }

    /// Whether a worker is waiting to be looked at by now.
    pub(super) fn is_due(&self, worker: WorkerSid, now: Timestamp) -> bool {
        self.times().get(&worker).is_some_and(|at| *at <= now)
    }

    /// Takes up to `most` workers whose time has come, the most overdue first, and who are not `busy`.
    pub(super) fn take(
        &self,
        now: Timestamp,
        most: usize,
        busy: &HashSet<WorkerSid>,
    ) -> Vec<WorkerSid> {
        let mut times = self.times();
        let mut due: Vec<_> = times
            .iter()
            .filter(|(worker, at)| **at <= now && !busy.contains(worker))
            .map(|(worker, at)| (*at, *worker))
            .collect();
        due.sort_unstable();
        due.truncate(most);
        for (_, worker) in &due {
            times.remove(worker);
        }
        due.into_iter().map(|(_, worker)| worker).collect()
    }

    /// When the next worker's time comes who is not `busy`.
    pub(super) fn next(&self, busy: &HashSet<WorkerSid>) -> Option<Timestamp> {
        let times = self.times();
        let waiting = times.iter().filter(|(worker, _)| !busy.contains(worker));
        waiting.map(|(_, at)| *at).min()
    }

    /// Waits until a worker is added; at once if that was so since the last time.
    pub(super) async fn rings(&self) {
        self.bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_looked_at_once_and_at_the_earliest_time_that_was_said() {
        let time = |second: i64| Timestamp::constant(1_800_000_000 + second, 0);
        let [ann, bob] = [1, 2].map(|n| WorkerSid::from_bytes([n; 16]));
        let (due, nobody) = (Due::default(), HashSet::new());
        for second in [9, 3, 7] {
            due.add(ann, time(second));
        }
        due.add(bob, time(5));
        assert_eq!(due.next(&nobody), Some(time(3)));
        assert!(due.take(time(2), 9, &nobody).is_empty(), "no worker yet");
        assert_eq!(due.next(&HashSet::from([ann])), Some(time(5)));
        assert_eq!(
            due.take(time(9), 1, &nobody),
            [ann],
            "the most overdue first"
        );
        assert_eq!(due.take(time(9), 9, &nobody), [bob]);
        assert_eq!(due.next(&nobody), None);
    }
}
