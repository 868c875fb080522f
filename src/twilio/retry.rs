//! Whether to ask Twilio again: a pure decision, tested as a table.
//!
//! The rule is that nothing is repeated that may already have happened, unless repeating it does no harm: a repeated
//! create is a second phone call to a person. 429 means that the request was not processed and is always safe to
//! repeat (Twilio: error 20429); so is a connection that was never made. Waits are full jitter, as in Twilio's own
//! Node library: random × min(cap, base × 2ⁿ). A wait never runs past the deadline.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// How often one request is sent at most.
const ATTEMPTS: u32 = 5;
const BASE: Duration = Duration::from_millis(100);
const CAP: Duration = Duration::from_secs(2);

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an HTTP status, and the wait Twilio asked for if it did.
    Answered(u16, Option<Duration>),
    /// Nothing was sent.
    Refused,
    /// It broke, or took too long, after Twilio may have acted.
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(status, _) => write!(f, "answered {status}"),
            Self::Refused => f.write_str("not sent"),
            Self::Unknown => f.write_str("no answer"),
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Take the outcome as it is.
    Stop,
    /// Ask again after a wait.
    After(Duration),
}

/// Decides about attempt number `attempt` (the first is 1), given a random `fraction` of 0.0 to 1.0.
#[must_use]
pub fn verdict(
    outcome: Outcome,
    repeatable: bool,
    attempt: u32,
    left: Duration,
    fraction: f64,
) -> Verdict {
    let again = match outcome {
        Outcome::Answered(429, _) | Outcome::Refused => true,
        Outcome::Answered(status, _) => status >= 500 && repeatable,
        Outcome::Unknown => repeatable,
    };
    if !again || attempt >= ATTEMPTS {
        return Verdict::Stop;
    }
    let ceiling = CAP.min(BASE.saturating_mul(1 << (attempt - 1).min(16)));
    let asked = if let Outcome::Answered(_, Some(wait)) = outcome {
        wait
    } else {
        Duration::ZERO
    };
    let wait = asked + ceiling.mul_f64(fraction.clamp(0.0, 1.0));
    if wait < left {
        Verdict::After(wait)
    } else {
        Verdict::Stop
    }
}

/// Keeps retries from multiplying an outage: each costs, each success earns a little back.
#[derive(Debug)]
pub struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 500;
    const COST: u32 = 5;

    /// A full budget: enough for a hundred retries in a row.
    #[must_use]
    pub fn full() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Pays for one retry; false when there is nothing left to pay with.
    #[must_use]
    pub fn spend(&self) -> bool {
        let pay = |left: u32| left.checked_sub(Self::COST);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay)
            .is_ok()
    }

    /// One request went well.
    pub fn earn(&self) {
        let add = |left: u32| (left < Self::FULL).then_some(left + 1);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLENTY: Duration = Duration::from_mins(1);

    #[test]
    fn the_table() {
        use Outcome::{Answered, Refused, Unknown};
        let rows = [
            // outcome, repeatable, asked again
            (Answered(200, None), true, false),
            (Answered(404, None), true, false),
            (Answered(412, None), true, false),
            (Answered(429, None), false, true),
            (Answered(500, None), false, false),
            (Answered(500, None), true, true),
            (Answered(503, None), false, false),
            (Answered(503, None), true, true),
            (Refused, false, true),
            (Unknown, false, false),
            (Unknown, true, true),
        ];
        for (outcome, repeatable, again) in rows {
            let verdict = verdict(outcome, repeatable, 1, PLENTY, 0.5);
            assert_eq!(
                verdict != Verdict::Stop,
                again,
                "{outcome:?} repeatable={repeatable}"
            );
        }
    }

    #[test]
    fn waits_grow_to_the_cap_and_honour_what_twilio_asks() {
        let wait =
            |attempt, asked| verdict(Outcome::Answered(429, asked), false, attempt, PLENTY, 1.0);
        assert_eq!(wait(1, None), Verdict::After(Duration::from_millis(100)));
        assert_eq!(wait(4, None), Verdict::After(Duration::from_millis(800)));
        assert_eq!(
            wait(1, Some(Duration::from_secs(1))),
            Verdict::After(Duration::from_millis(1_100))
        );
        assert_eq!(wait(ATTEMPTS, None), Verdict::Stop);
    }

    #[test]
    fn an_empty_budget_stops_retries_until_successes_refill_it() {
        let budget = Budget::full();
        let spent = (0..1_000).filter(|_| budget.spend()).count();
        assert_eq!(spent, 100);
        (0..5).for_each(|_| budget.earn());
        assert!(budget.spend());
        assert!(!budget.spend());
    }

    proptest! {
        #[test]
        fn a_wait_never_runs_past_the_deadline(
            status in 100u16..600, repeatable: bool, attempt in 1u32..9, left in 0u64..5_000, fraction in 0.0f64..=1.0,
        ) {
            let left = Duration::from_millis(left);
            if let Verdict::After(wait) = verdict(Outcome::Answered(status, None), repeatable, attempt, left, fraction) {
                prop_assert!(wait < left);
                prop_assert!(attempt < ATTEMPTS);
            }
        }

        #[test]
        fn what_may_have_happened_is_never_repeated_unless_harmless(status in 500u16..600, attempt in 1u32..9) {
            prop_assert_eq!(verdict(Outcome::Answered(status, None), false, attempt, PLENTY, 0.0), Verdict::Stop);
            prop_assert_eq!(verdict(Outcome::Unknown, false, attempt, PLENTY, 0.0), Verdict::Stop);
        }
    }
}
