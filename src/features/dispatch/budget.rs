//! The deadline budget: what happens between an assignment and a joined call has to end before TaskRouter's patience
//! does.
//!
//! ```text
//!  reservation ├──────────────────────────────────────────────────────────┤ times out
//!              ├── ring ──┼─ 5 ─┼── listening ──┼── slack ──┤
//! ```
//!
//! A phone rings for `ring` seconds, and Twilio may add up to five (Twilio: "Call resource", `Timeout`). Then Twilio
//! listens, at most for the timeout of machine detection. The slack is for the prompt, the pressed key, and the way
//! there and back. If the sum is longer than the reservation stands, a worker answers for a caller who is gone.

use std::{fmt, time::Duration};

/// What Twilio may add to the time a phone rings.
pub const RING_GRACE: Duration = Duration::from_secs(5);

/// What takes how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How long a phone rings.
    pub ring: Duration,
    /// How long Twilio listens.
    pub listening: Duration,
    /// What is left for everything else.
    pub slack: Duration,
    /// How long a reservation stands.
    pub reservation: Duration,
}

impl Budget {
    /// From the moment a phone is dialed to the moment its worker must have been joined.
    #[must_use]
    pub fn sum(&self) -> Duration {
        self.ring + RING_GRACE + self.listening + self.slack
    }

    /// Whether it fits into a reservation that stands this long.
    #[must_use]
    pub fn fits(&self, reservation: Duration) -> bool {
        self.sum() <= reservation
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ring {} s + 5 s + listening {} s + slack {} s = {} s",
            self.ring.as_secs(),
            self.listening.as_secs(),
            self.slack.as_secs(),
            self.sum().as_secs(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_told() {
        let budget = Budget {
            ring: Duration::from_secs(30),
            listening: Duration::from_secs(10),
            slack: Duration::from_secs(5),
            reservation: Duration::from_mins(2),
        };
        let told = "ring 30 s + 5 s + listening 10 s + slack 5 s = 50 s";
        assert_eq!(budget.to_string(), told);
        assert!(budget.fits(Duration::from_secs(50)));
        assert!(!budget.fits(Duration::from_secs(49)));
    }
}
