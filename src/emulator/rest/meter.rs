//! A rate limit over a sliding window.
//!
//! Sync counts the writes of a map over ten seconds (Twilio: "Sync limits"), TaskRouter the expression queries of a
//! second; both are this meter with other numbers. A refused request costs nothing, as Twilio says of its 429.

use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// How much was spent lately, and how much may be.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    window: SignedDuration,
    budget: u64,
    spent: u64,
    recent: VecDeque<(Timestamp, u64)>,
}

impl Meter {
    /// A meter that lets `budget` pass in any span of `window`.
    pub(crate) fn new(budget: u64, window: Duration) -> Self {
        Self {
            window: SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX),
            budget,
            spent: 0,
            recent: VecDeque::new(),
        }
    }

    /// Whether something that costs `cost` may happen at `now`; if so, it is counted.
    pub(crate) fn admits(&mut self, cost: u64, now: Timestamp) -> bool {
        while let Some(&(then, old)) = self.recent.front() {
            if now.duration_since(then) < self.window {
                break;
            }
            self.spent -= old;
            self.recent.pop_front();
        }
        if self.spent + cost > self.budget {
            return false;
        }
        self.spent += cost;
        self.recent.push_back((now, cost));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_comes_back_when_the_window_has_passed() {
        let mut meter = Meter::new(3, Duration::from_secs(1));
        let start = Timestamp::constant(1_800_000_000, 0);
        assert!((0..3).all(|_| meter.admits(1, start)));
        let soon = start + SignedDuration::from_millis(999);
        assert!(!meter.admits(1, soon));
        assert!(meter.admits(3, start + SignedDuration::from_secs(1)));
    }
}
