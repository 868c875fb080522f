//! How far a machine's clock is from a clock that it should agree with.
//!
//! Replicas on several machines share records that carry times, so a clock that is minutes off ends the waits of the
//! others' callers too early or too late. Twilio's own clock is the one that all of them hear: every answer carries it
//! in its `Date` header (RFC 9110, section 6.6.1), in whole seconds, read at some moment between the request and the
//! answer. So each answer gives an interval in which the difference of the two clocks lies, and the offset is left
//! alone for as long as it lies in all of them; a clock that is right is never touched.

use std::{
    ops::RangeInclusive,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};

/// How far outside its interval, in milliseconds, an offset is still taken to be right.
const SLACK: i64 = 1_000;

/// `Date` is in whole seconds, cut: the moment it was written lies up to this much later.
const RESOLUTION: i64 = 1_000;

/// The difference between a machine's clock and the one it follows.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// What is added to the machine's time, in milliseconds.
    offset: AtomicI64,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Whether the other clock was ever heard.
    heard: bool,
    /// What one answer said against all others before it.
    doubt: Option<RangeInclusive<i64>>,
}

impl Drift {
    pub(super) fn offset(&self) -> SignedDuration {
        SignedDuration::from_millis(self.offset.load(Ordering::Relaxed))
    }

    /// The other clock showed `date` at some moment between `sent` and `received` of the machine's time. Gives the new
    /// offset if that changes it.
    ///
    /// The first answer is believed at once, because what is written next carries a time. After that, two in a row
    /// must agree: one with a wrong date does not move a clock that all others confirm.
    pub(super) fn observe(
        &self,
        sent: Timestamp,
        received: Timestamp,
        date: Timestamp,
    ) -> Option<SignedDuration> {
        let between = |from: Timestamp, to: Timestamp| to.as_millisecond() - from.as_millisecond();
        let (least, most) = (between(received, date), between(sent, date) + RESOLUTION);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !std::mem::replace(&mut known.heard, true);
        let offset = self.offset.load(Ordering::Relaxed);
        if (least - SLACK..=most + SLACK).contains(&offset) {
            known.doubt = None;
            return None;
        }
        let doubt = known.doubt.replace(least..=most);
        let agrees = doubt
            .is_some_and(|doubt| least <= doubt.end() + SLACK && doubt.start() - SLACK <= most);
        if !first && !agrees {
            return None;
        }
        known.doubt = None;
        let offset = i64::midpoint(least, most);
        self.offset.store(offset, Ordering::Relaxed);
        Some(SignedDuration::from_millis(offset))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn at(millis: i64) -> Timestamp {
        HERE + SignedDuration::from_millis(millis)
    }

    /// An answer of a clock that is `ahead` of ours, written `half` after we asked and heard as much later.
    fn answer(drift: &Drift, sent: i64, half: i64, ahead: i64) -> Option<SignedDuration> {
        let date = at(sent + half + ahead);
        let date = Timestamp::from_second(date.as_second()).unwrap();
        drift.observe(at(sent), at(sent + 2 * half), date)
    }

    #[test]
    fn ten_minutes_ahead_are_noticed_at_the_first_answer() {
        let drift = Drift::default();
        let changed = answer(&drift, 0, 40, -600_000).unwrap();
        assert!((changed + SignedDuration::from_mins(10)).abs() < SignedDuration::from_secs(1));
        assert_eq!(drift.offset(), changed);
        assert_eq!(answer(&drift, 5_000, 40, -600_000), None, "it stays so");
    }

    #[test]
    fn one_wrong_date_moves_nothing_and_two_that_agree_do() {
        let drift = Drift::default();
        assert_eq!(answer(&drift, 0, 40, 0), None);
        assert_eq!(answer(&drift, 1_000, 40, 90_000), None, "once");
        assert_eq!(answer(&drift, 2_000, 40, 0), None, "and right again");
        assert_eq!(answer(&drift, 3_000, 40, 90_000), None);
        assert_eq!(answer(&drift, 4_000, 40, -50_000), None, "another");
        assert!(answer(&drift, 5_000, 40, -50_000).is_some(), "twice");
    }

    proptest! {
        #[test]
        fn a_clock_that_is_right_is_never_touched(
            answers in proptest::collection::vec((0_i64..10_000, 0_i64..4_000, -200_i64..200), 1..40),
        ) {
            let drift = Drift::default();
            let mut sent = 0;
            for (pause, half, off) in answers {
                sent += pause;
                prop_assert_eq!(answer(&drift, sent, half, off), None);
            }
            prop_assert_eq!(drift.offset(), SignedDuration::ZERO);
        }

        #[test]
        fn any_difference_is_found_to_within_the_time_of_an_answer(
            ahead in -100_000_000_i64..100_000_000, half in 0_i64..2_000, sent in 0_i64..1_000,
        ) {
            let drift = Drift::default();
            answer(&drift, sent, half, ahead);
            let error = drift.offset().as_millis() - i128::from(ahead);
            prop_assert!(error.abs() <= i128::from(half + RESOLUTION + SLACK), "{error}");
        }
    }
}
