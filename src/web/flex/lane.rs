//! The lane of requests whose token is not proved yet: a few ask Twilio at a time, the rest wait for their turn.
//!
//! Anybody can make up tokens, and each is a question to Twilio. While that crowd waits it must keep no agent out whose
//! token is remembered, nor, for long, an agent who has just signed in. So the newest asks next: a crowd that came
//! earlier does not stand in front of an agent who comes now. When too many wait, the one that has waited longest is sent
//! away, whose browser asks again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// How many ask Twilio at a time.
const ASKING: usize = 64;

/// How many wait.
const WAITING: usize = 512;

/// The lane. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(super) struct Lane(Arc<Mutex<Queue>>);

#[derive(Debug)]
struct Queue {
    free: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to ask; dropping it passes it on.
#[derive(Debug)]
pub(super) struct Turn(Lane);

impl Lane {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Queue {
            free: ASKING,
            waiting: VecDeque::new(),
        })))
    }

    /// Waits for a turn; `None`: too many are waiting.
    pub(super) async fn turn(&self) -> Option<Turn> {
        let turn = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Turn(self.clone()));
            }
            if queue.waiting.len() >= WAITING {
                queue.waiting.retain(|waiting| !waiting.is_closed());
            }
            if queue.waiting.len() >= WAITING {
                queue.waiting.pop_front();
            }
            let (sender, turn) = oneshot::channel();
            queue.waiting.push_back(sender);
            turn
        };
        turn.await.ok()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.0.queue();
            let next = loop {
                match queue.waiting.pop_back() {
                    Some(gone) if gone.is_closed() => {}
                    next => break next,
                }
            };
            if next.is_none() {
                queue.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // Should they have left in this moment, the turn comes back, is dropped, and goes to the next.
            let _ = next.send(Turn(self.0.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_newest_is_next_the_oldest_is_sent_away_and_no_turn_is_lost() {
        let lane = Lane::new();
        let mut asking = Vec::new();
        for _ in 0..ASKING {
            asking.push(lane.turn().await.unwrap());
        }
        let spawn = || {
            tokio::spawn({
                let lane = lane.clone();
                async move { lane.turn().await }
            })
        };
        let mut waiting = Vec::new();
        for _ in 0..=WAITING {
            waiting.push(spawn());
            tokio::task::yield_now().await;
        }
        assert!(waiting.remove(0).await.unwrap().is_none(), "one too many");
        asking.pop();
        let newest = waiting.pop().unwrap();
        let newest = timeout(Duration::from_secs(1), newest).await;
        let newest = newest.expect("the newest is next").unwrap();
        assert!(newest.is_some());
        // All who wait leave, and then all who ask: everything is free again.
        for left in waiting {
            left.abort();
            assert!(left.await.is_err());
        }
        drop((newest, asking));
        assert_eq!(lane.queue().free, ASKING);
        assert!(lane.queue().waiting.is_empty());
    }
}
