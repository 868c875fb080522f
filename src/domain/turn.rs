//! Taking turns with questions by expression.
//!
//! TaskRouter answers three of them a second for the whole account (Twilio changelog: "TaskRouter endpoint rate limit
//! correction"), and refuses the fourth. Whoever asks waits for their turn; two a second are asked, one is left to others.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{sync::Mutex, time::timeout};

use crate::clock::Clock;

/// The pause between two questions.
const BETWEEN: Duration = Duration::from_millis(500);

/// The turns of one kind of question in this process.
pub(super) struct Turns {
    clock: Clock,
    next: Mutex<Timestamp>,
}

impl Turns {
    /// Turns of which the first is at once.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            next: Mutex::new(clock.now()),
            clock,
        }
    }

    /// Waits for a turn for at most this long, in time of the machine; `false` if that was not enough.
    pub(super) async fn wait(&self, most: Duration) -> bool {
        let turn = async {
            let mut next = self.next.lock().await;
            let wait = next.duration_since(self.clock.now());
            self.clock.sleep(wait.try_into().unwrap_or_default()).await;
            *next = self.clock.now() + BETWEEN;
        };
        timeout(most, turn).await.is_ok()
    }
}
