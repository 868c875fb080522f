//! The rhythm of every reconciler.
//!
//! A replica looks soon after it starts, because one that starts after a crash has something to mend, and then again and
//! again. The pauses differ a little by chance, so that replicas that start together drift apart.

use std::time::Duration;

use crate::{chance::Chance, clock::Clock};

/// The passes of one reconciler.
pub(super) struct Rounds<'a> {
    clock: &'a Clock,
    chance: &'a Chance,
    every: Duration,
    passed: u32,
}

impl<'a> Rounds<'a> {
    /// Passes that lie `every` apart; the first comes after a fifth of that.
    pub(super) fn new(clock: &'a Clock, chance: &'a Chance, every: Duration) -> Self {
        Self {
            clock,
            chance,
            every,
            passed: 0,
        }
    }

    /// Waits for the next pass; gives how many were before it.
    pub(super) async fn next(&mut self) -> u32 {
        let wait = if self.passed == 0 {
            self.every / 5
        } else {
            self.every
        };
        let jitter = wait.mul_f64(0.9 + 0.2 * self.chance.fraction());
        self.clock.sleep(jitter).await;
        let pass = self.passed;
        self.passed = pass.wrapping_add(1);
        pass
    }
}
