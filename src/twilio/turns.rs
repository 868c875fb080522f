//! Turns for queries by expression.
//!
//! TaskRouter answers three queries a second of each kind for the whole account (Twilio changelog: "TaskRouter endpoint
//! rate limit correction"), and refuses the rest with 429. Left alone, every refused query would be asked again by
//! itself, which makes a storm out of four callers who hang up in the same moment. So each kind has one queue in this
//! process: a query is sent when its turn comes, and a refusal holds up all that wait, for as long as Twilio asks.
//!
//! Two a second are sent, so that one is left to other programs of the account. Replicas know nothing of each other:
//! after a refusal a process sends half as many, and slowly more again.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until, timeout};

use super::request::Request;
use crate::{clock::Clock, rng::Rng};

/// The pause between two queries.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest that it grows to.
const LONGEST: Duration = Duration::from_secs(4);

/// How long a refusal holds up the queue if Twilio does not say: it counts the queries of a second.
const REFUSED: Duration = Duration::from_secs(1);

/// The parameters that make a request a query by expression. Each kind is counted by itself.
const KINDS: [&str; 3] = [
    "EvaluateTaskAttributes",
    "TargetWorkersExpression",
    "EvaluateWorkerAttributes",
];

/// The queues of all kinds.
#[derive(Debug)]
pub(super) struct Turns([Queue; KINDS.len()]);

impl Turns {
    pub(super) fn new(clock: Clock) -> Self {
        Self(KINDS.map(|_| Queue::new(clock)))
    }

    /// The queue that a request has to wait in, if it is a query by expression. The link to a next page carries the
    /// expression, too.
    pub(super) fn of(&self, request: &Request) -> Option<&Queue> {
        let asks = |kind: &str| {
            request.query.iter().any(|(name, _)| *name == kind) || request.path.contains(kind)
        };
        KINDS
            .iter()
            .zip(&self.0)
            .find_map(|(kind, queue)| asks(kind).then_some(queue))
    }
}

/// The queue of one kind of query.
#[derive(Debug)]
pub(super) struct Queue {
    clock: Clock,
    /// Held by the one whose turn is next; the others wait for it in the order in which they came.
    first: tokio::sync::Mutex<()>,
    waiting: AtomicU32,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    next: Instant,
    pause: Duration,
}

impl Queue {
    fn new(clock: Clock) -> Self {
        Self {
            clock,
            first: tokio::sync::Mutex::default(),
            waiting: AtomicU32::new(0),
            pace: Mutex::new(Pace {
                next: Instant::now(),
                pause: clock.machine_time(PAUSE),
            }),
        }
    }

    /// Waits for a turn for at most this long; `false` if that is not enough, which is said at once where it is known.
    pub(super) async fn turn(&self, most: Duration) -> bool {
        let ahead = Waiting::enter(&self.waiting);
        let (next, pause) = self.pace(|pace| (pace.next, pace.pause));
        let wait = next.saturating_duration_since(Instant::now()) + pause * ahead.before;
        if wait > most {
            return false;
        }
        timeout(most, self.wait()).await.is_ok()
    }

    async fn wait(&self) {
        let _first = self.first.lock().await;
        loop {
            let next = self.pace(|pace| pace.next);
            if next <= Instant::now() {
                break;
            }
            // A refusal may put it off while we sleep.
            sleep_until(next).await;
        }
        self.pace(|pace| pace.next = Instant::now() + pace.pause);
    }

    /// A query was refused: none is sent for a while, and then fewer are.
    pub(super) fn refused(&self, retry_after: Option<Duration>, rng: &Rng) {
        let wait = self.clock.machine_time(retry_after.unwrap_or(REFUSED));
        let longest = self.clock.machine_time(LONGEST);
        self.pace(|pace| {
            // Replicas that were refused together do not come back together.
            let apart = pace.pause.mul_f64(rng.fraction());
            pace.next = pace.next.max(Instant::now() + wait + apart);
            pace.pause = (pace.pause * 2).min(longest);
        });
    }

    /// A query was answered.
    pub(super) fn answered(&self) {
        let shortest = self.clock.machine_time(PAUSE);
        self.pace(|pace| pace.pause = (pace.pause * 3 / 4).max(shortest));
    }

    fn pace<T>(&self, act: impl FnOnce(&mut Pace) -> T) -> T {
        act(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place in the queue, given up when it is dropped.
struct Waiting<'a> {
    all: &'a AtomicU32,
    before: u32,
}

impl<'a> Waiting<'a> {
    fn enter(all: &'a AtomicU32) -> Self {
        let before = all.fetch_add(1, Ordering::Relaxed);
        Self { all, before }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use jiff::Timestamp;

    use super::*;

    const PLENTY: Duration = Duration::from_mins(1);

    fn queue() -> Queue {
        Queue::new(Clock::starting_at(Timestamp::constant(1_800_000_000, 0)))
    }

    #[tokio::test(start_paused = true)]
    async fn two_a_second_go_in_the_order_in_which_they_came() {
        let (queue, start) = (queue(), Instant::now());
        let went = join_all((0..5).map(async |_| {
            assert!(queue.turn(PLENTY).await);
            start.elapsed().as_millis()
        }));
        assert_eq!(went.await, [0, 500, 1_000, 1_500, 2_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_cannot_be_served_in_time_is_told_at_once() {
        let (queue, start) = (queue(), Instant::now());
        let all = join_all((0..6).map(async |_| queue.turn(Duration::from_millis(1_200)).await));
        assert_eq!(all.await, [true, true, true, false, false, false]);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_up_everybody_for_as_long_as_twilio_asks() {
        let (queue, rng) = (queue(), Rng::seeded(1));
        assert!(queue.turn(PLENTY).await);
        let start = Instant::now();
        let ((), second) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                queue.refused(Some(Duration::from_secs(7)), &rng);
            },
            async {
                assert!(queue.turn(PLENTY).await);
                start.elapsed()
            }
        );
        assert!(second >= Duration::from_millis(7_100), "{second:?}");
        // From then on half as often, and with every answer a little more.
        assert!(queue.turn(PLENTY).await);
        assert_eq!(start.elapsed(), second + Duration::from_secs(1));
        (0..9).for_each(|_| queue.answered());
        assert!(queue.turn(PLENTY).await);
        let start = Instant::now();
        assert!(queue.turn(PLENTY).await);
        assert_eq!(start.elapsed(), PAUSE);
    }
}
