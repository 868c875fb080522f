//! The only source of randomness: back-off jitter, nonces, request ids, the order of hold music.
//!
//! It is seeded once, from the operating system in production and from a number in tests, so that a story replays
//! exactly. Nothing here guards a secret: signatures and tokens come from Twilio.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

/// A shared random number generator. Clones draw from the same sequence.
#[derive(Clone, Debug)]
pub struct Rng(Arc<Mutex<fastrand::Rng>>);

impl Rng {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// An unpredictable sequence, for production.
    #[must_use]
    pub fn unpredictable() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the seam the rule points to"
        )]
        Self(Arc::new(Mutex::new(fastrand::Rng::new())))
    }

    /// A number from zero up to, not including, `end`; zero when `end` is zero.
    #[must_use]
    pub fn below(&self, end: u64) -> u64 {
        self.draw(|rng| if end == 0 { 0 } else { rng.u64(..end) })
    }

    /// A number from 0.0 up to, not including, 1.0.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.draw(fastrand::Rng::f64)
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.draw(|rng| rng.fill(&mut bytes));
        bytes
    }

    /// A time-ordered id (UUID version 7) for a request or a claim.
    #[must_use]
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    fn draw<T>(&self, from: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        // A panic elsewhere cannot leave the generator in a wrong state: every state is a right one.
        from(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_story() {
        let (one, two) = (Rng::seeded(7), Rng::seeded(7));
        let draw = |rng: &Rng| (0..50).map(|_| rng.below(1_000)).collect::<Vec<_>>();
        assert_eq!(draw(&one), draw(&two));
        assert_ne!(draw(&one), draw(&Rng::seeded(8)));
    }

    #[test]
    fn below_zero_and_one_are_zero() {
        let rng = Rng::seeded(1);
        assert_eq!((rng.below(0), rng.below(1)), (0, 0));
    }

    #[test]
    fn ids_sort_by_time() {
        let rng = Rng::seeded(1);
        let early = rng.uuid(Timestamp::constant(1_800_000_000, 0));
        let late = rng.uuid(Timestamp::constant(1_800_000_001, 0));
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
