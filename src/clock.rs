//! The only file that reads time.
//!
//! Everything asks a [`Clock`], so the same code runs against the real world, against paused tokio time (a day of
//! calls in milliseconds, the same every time) and in compressed time for the demo. Code that waits uses
//! [`Clock::sleep`] when the wait belongs to the story (music, ringing, a reconciler's period) and `tokio::time`
//! when it belongs to the machine (a network timeout).
//!
//! What a clock shows may be corrected by another that is heard of ([`Clock::correctable`]): the server follows
//! Twilio's, so that a machine whose own clock is wrong neither ends a caller's wait early nor shows a wrong time.

mod drift;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::drift::Drift;

/// A source of the current time. Cheap to copy; every part of the program holds one.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    kind: Kind,
    drift: Option<&'static Drift>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    System,
    /// Story time = `epoch` + (tokio time since `start`) × `pace`.
    Story {
        epoch: Timestamp,
        start: Instant,
        pace: u32,
    },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self {
            kind: Kind::System,
            drift: None,
        }
    }

    /// A clock that reads `epoch` now and follows tokio time from here, so that paused tests move it.
    #[must_use]
    pub fn starting_at(epoch: Timestamp) -> Self {
        Self::paced(epoch, 1)
    }

    /// Like [`Clock::starting_at`], but `pace` seconds of the story pass in one second of tokio time. A pace of
    /// zero counts as one.
    #[must_use]
    pub fn paced(epoch: Timestamp, pace: u32) -> Self {
        let start = Instant::now();
        let pace = pace.max(1);
        Self {
            kind: Kind::Story { epoch, start, pace },
            drift: None,
        }
    }

    /// The same clock, to be corrected by [`Clock::observe`] on any of its copies.
    ///
    /// Its correction lives as long as the process, for which there is one such clock.
    #[must_use]
    pub fn correctable(self) -> Self {
        Self {
            drift: Some(Box::leak(Box::default())),
            ..self
        }
    }

    /// Hears another clock, which showed `date`, in whole seconds, at some moment between `sent` and `received` (both
    /// as [`Clock::uncorrected`] shows them). If this clock is found to be wrong, gives how far it is ahead of the
    /// other one; from then on it shows the other one's time.
    #[must_use]
    pub fn observe(
        &self,
        sent: Timestamp,
        received: Timestamp,
        date: Timestamp,
    ) -> Option<SignedDuration> {
        let offset = self.drift?.observe(sent, received, date)?;
        Some(-offset)
    }

    /// How far this clock alone is ahead of the one that corrects it.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        self.drift.map_or(SignedDuration::ZERO, |it| -it.offset())
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let own = self.uncorrected();
        match self.drift {
            Some(drift) => own.saturating_add(drift.offset()).unwrap_or(own),
            None => own,
        }
    }

    /// What time it is by this clock alone.
    #[must_use]
    pub fn uncorrected(&self) -> Timestamp {
        match self.kind {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the seam the rule points to"
            )]
            Kind::System => Timestamp::now(),
            Kind::Story { epoch, start, pace } => {
                let passed = start.elapsed().saturating_mul(pace);
                let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
                epoch.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Waits for `story` to pass on this clock.
    pub async fn sleep(&self, story: Duration) {
        tokio::time::sleep(self.machine_time(story)).await;
    }

    /// How long `story` takes on the machine.
    #[must_use]
    pub fn machine_time(&self, story: Duration) -> Duration {
        match self.kind {
            Kind::System => story,
            Kind::Story { pace, .. } => story / pace,
        }
    }

    /// How long ago `then` was; zero when it lies ahead (clocks of two machines may disagree a little).
    #[must_use]
    pub fn since(&self, then: Timestamp) -> Duration {
        Duration::try_from(self.now().duration_since(then)).unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Timestamp = Timestamp::constant(1_800_000_000, 0);

    #[tokio::test(start_paused = true)]
    async fn story_time_follows_paused_tokio_time() {
        let clock = Clock::starting_at(EPOCH);
        clock.sleep(Duration::from_hours(10)).await;
        assert_eq!(clock.since(EPOCH), Duration::from_hours(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_paced_clock_compresses_waits() {
        let clock = Clock::paced(EPOCH, 20);
        let start = Instant::now();
        clock.sleep(Duration::from_secs(40)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert_eq!(clock.since(EPOCH), Duration::from_secs(40));
    }

    #[tokio::test(start_paused = true)]
    async fn the_future_is_not_a_negative_age() {
        let clock = Clock::starting_at(EPOCH);
        assert_eq!(clock.since(Timestamp::MAX), Duration::ZERO);
    }
}
