//! How many requests are worked on at a time, and how many may still be arriving.
//!
//! Each face has a `Lane` of its own, so that a crowd at one door never keeps a caller from the hold document. A place
//! in it is taken only when a request has arrived as a whole and has proved who sent it: whatever a stranger does, the
//! places are Twilio's and the agents'. If none is free, a request waits for a part of the time it has left, and is then
//! told to come back: load is shed instead of making callers wait.
//!
//! A request whose body does not come along with its headers is held among a few that are `Arriving`. When there are
//! too many of those, the one that has dawdled for longest is turned away: a genuine sender is done within
//! milliseconds, so a crowd of strangers who send a byte now and then only turn each other away.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::problem::Problem;
use crate::twilio::deadline::Deadline;

/// How many requests of one face may be arriving at a time. Each may hold 64 KiB of body.
const ARRIVING: usize = 128;

/// Which part of the time that is left a request waits for a place.
const SHARE: u32 = 4;

/// The places of one face. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    places: Arc<Semaphore>,
    arriving: Arc<Mutex<Queue>>,
}

/// A place, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

/// Those that are arriving, in the order in which they came.
#[derive(Debug, Default)]
struct Queue {
    next: u64,
    all: BTreeMap<u64, CancellationToken>,
}

/// A request whose body is still on its way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Arriving {
    queue: Arc<Mutex<Queue>>,
    number: u64,
    turned_away: CancellationToken,
}

impl Lane {
    /// A lane with so many places.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            arriving: Arc::default(),
        }
    }

    /// A place, if one is free.
    pub(crate) fn place_now(&self) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.ok().map(Place)
    }

    /// A place, perhaps after a wait that leaves most of the time until the deadline for the work.
    ///
    /// # Errors
    /// When none becomes free.
    pub(crate) async fn place(&self, by: Deadline) -> Result<Place, Problem> {
        let free = Arc::clone(&self.places).acquire_owned();
        match timeout(by.left() / SHARE, free).await {
            Ok(Ok(place)) => Ok(Place(place)),
            Ok(Err(_)) | Err(_) => Err(Problem::too_many()),
        }
    }

    /// Among those that are arriving; if they are too many, the first of them is turned away.
    pub(crate) fn arrive(&self) -> Arriving {
        let turned_away = CancellationToken::new();
        let mut queue = lock(&self.arriving);
        let number = queue.next;
        queue.next += 1;
        queue.all.insert(number, turned_away.clone());
        if queue.all.len() > ARRIVING
            && let Some((_, first)) = queue.all.pop_first()
        {
            first.cancel();
        }
        Arriving {
            queue: Arc::clone(&self.arriving),
            number,
            turned_away,
        }
    }
}

impl Arriving {
    /// Comes back when it has to make room for another.
    pub(crate) async fn turned_away(&self) {
        self.turned_away.cancelled().await;
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        lock(&self.queue).all.remove(&self.number);
    }
}

fn lock(queue: &Mutex<Queue>) -> std::sync::MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::web::problem::Kind;
    use futures_util::FutureExt;

    #[tokio::test(start_paused = true)]
    async fn a_full_lane_is_waited_for_and_then_left() {
        let lane = Lane::new(1);
        let by = || Deadline::after(Duration::from_secs(4));
        let first = lane.place(by()).await.unwrap();
        let start = tokio::time::Instant::now();
        let refused = lane.place(by()).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Overloaded);
        assert_eq!(start.elapsed(), Duration::from_secs(1));

        let waiting = tokio::spawn({
            let lane = lane.clone();
            async move { lane.place(by()).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(first);
        assert!(waiting.await.unwrap(), "a place that becomes free is taken");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_dawdles_longest_is_turned_away_first() {
        let lane = Lane::new(1);
        let mut crowd: Vec<_> = (0..ARRIVING).map(|_| lane.arrive()).collect();
        let away = |one: &Arriving| one.turned_away().now_or_never().is_some();
        assert!(!crowd.iter().any(away));
        // Those that have arrived make room themselves.
        drop(crowd.remove(5));
        crowd.push(lane.arrive());
        assert!(!crowd.iter().any(away));
        let last = lane.arrive();
        assert!(away(&crowd[0]) && !crowd[1..].iter().any(away) && !away(&last));
    }
}
