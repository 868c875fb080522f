//! What a reconciler cannot look at, told twice: when it begins, and when it is over.
//!
//! A Sync that fails for ten minutes fails hundreds of requests. Each of them as a warning hides the one line an operator
//! needs at night, so the first failure of a kind is a warning, those that follow are counted and told at debug level,
//! and the first pass that succeeds again says how long it lasted and how many there were.
//!
//! A failure is of a list (a map of records, a list of live calls) or of one record. While a list cannot be read, the
//! records on it are not looked at, so nothing is said to be over in such a pass.

use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use crate::{clock::Clock, twilio::error::Error};

/// The outages of one reconciler.
#[derive(Debug)]
pub struct Outages {
    clock: Clock,
    reconciler: &'static str,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What cannot be looked at, by what it is.
    open: BTreeMap<&'static str, Outage>,
    /// Whether a list failed in this pass.
    list_failed: bool,
}

#[derive(Debug)]
struct Outage {
    since: Timestamp,
    failures: u32,
    list: bool,
    told: bool,
    /// Whether it failed in this pass.
    now: bool,
}

/// What is told when outages are over.
#[derive(Debug, PartialEq, Eq)]
struct Over {
    what: Vec<&'static str>,
    lasted: Duration,
    failures: u32,
}

impl Outages {
    /// No outage so far. `reconciler` is the word that its log lines carry.
    #[must_use]
    pub fn new(clock: Clock, reconciler: &'static str) -> Self {
        Self {
            clock,
            reconciler,
            state: Mutex::default(),
        }
    }

    /// A list could not be read.
    pub fn list_failed(&self, what: &'static str, error: &Error) {
        let first = self.failed(what, true);
        let reconciler = self.reconciler;
        if first {
            tracing::warn!(
                reconciler, what, %error,
                "{reconciler}: cannot look at {what}; this is said once until it works again"
            );
        } else {
            tracing::debug!(reconciler, what, %error, "{reconciler}: still cannot look at {what}");
        }
    }

    /// One record, found by `sid`, could not be looked at.
    pub fn record_failed(
        &self,
        what: &'static str,
        sid: &(impl Display + ?Sized),
        error: &(impl Display + ?Sized),
    ) {
        let first = self.failed(what, false);
        let reconciler = self.reconciler;
        if first {
            tracing::warn!(
                reconciler, what, record.sid = %sid, %error,
                "{reconciler}: cannot look at {what}; this is said once until it works again"
            );
        } else {
            tracing::debug!(reconciler, what, record.sid = %sid, %error, "{reconciler}: still cannot look at {what}");
        }
    }

    /// A pass is over.
    pub fn passed(&self) {
        let Some(Over {
            what,
            lasted,
            failures,
        }) = self.over()
        else {
            return;
        };
        let (reconciler, what) = (self.reconciler, what.join(", "));
        tracing::info!(
            reconciler,
            what,
            lasted_seconds = lasted.as_secs(),
            failures,
            "{reconciler}: can look at {what} again, after {} s and {failures} failures",
            lasted.as_secs(),
        );
    }

    /// Notes a failure; whether to warn of it: it is the first of its kind, and no list is out of reach already, whose
    /// records then fail with it.
    fn failed(&self, what: &'static str, list: bool) -> bool {
        let mut state = self.lock();
        state.list_failed |= list;
        let follows = !list && state.open.values().any(|it| it.list);
        let now = self.clock.now();
        let outage = state.open.entry(what).or_insert_with(|| Outage {
            since: now,
            failures: 0,
            list,
            told: false,
            now: true,
        });
        outage.failures += 1;
        outage.now = true;
        let warns = !outage.told && !follows;
        outage.told |= warns;
        warns
    }

    /// What did not fail in this pass any more.
    fn over(&self) -> Option<Over> {
        let mut state = self.lock();
        let blind = std::mem::take(&mut state.list_failed);
        let mut over = Over {
            what: vec![],
            lasted: Duration::ZERO,
            failures: 0,
        };
        state.open.retain(|what, outage| {
            let stays = std::mem::take(&mut outage.now) || blind;
            if !stays {
                if outage.told {
                    over.what.push(what);
                }
                over.lasted = over.lasted.max(self.clock.since(outage.since));
                over.failures += outage.failures;
            }
            stays
        });
        (!over.what.is_empty()).then_some(over)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "the index";
    const RECORD: &str = "a call";

    fn outages() -> Outages {
        let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
        Outages::new(clock, "parking")
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_begins_once_and_ends_once_with_how_long_and_how_many() {
        let outages = outages();
        assert!(outages.failed(LIST, true));
        for _ in 0..3 {
            assert!(!outages.failed(LIST, true));
        }
        assert_eq!(outages.over(), None);
        outages.clock.sleep(Duration::from_secs(25)).await;
        assert!(!outages.failed(LIST, true));
        assert_eq!(outages.over(), None);
        outages.clock.sleep(Duration::from_secs(25)).await;
        let over = Over {
            what: vec![LIST],
            lasted: Duration::from_secs(50),
            failures: 5,
        };
        assert_eq!(outages.over(), Some(over));
        assert_eq!(outages.over(), None);
        assert!(outages.failed(LIST, true), "the next one is told again");
    }

    #[tokio::test(start_paused = true)]
    async fn records_that_fail_with_their_list_are_counted_and_not_told() {
        let outages = outages();
        assert!(outages.failed(LIST, true));
        assert!(!outages.failed(RECORD, false));
        assert_eq!(outages.over(), None);
        let over = outages.over().unwrap();
        assert_eq!((over.what, over.failures), (vec![LIST], 2));
        assert!(outages.failed(RECORD, false), "a record on its own is told");
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_fails_for_good_hides_no_outage_and_a_blind_pass_ends_none() {
        let outages = outages();
        assert!(outages.failed(RECORD, false));
        assert!(outages.failed(LIST, true));
        assert_eq!(outages.over(), None);
        // The record was not looked at in this pass, because its list could not be read.
        assert!(!outages.failed(LIST, true));
        assert_eq!(outages.over(), None);
        assert!(!outages.failed(RECORD, false));
        assert_eq!(outages.over().map(|over| over.what), Some(vec![LIST]));
        assert!(outages.failed(LIST, true));
    }
}
