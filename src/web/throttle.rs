//! A warning that anybody on the internet can cause, told at most once a minute.
//!
//! Unsigned requests come by the thousand from scanners, and by the hundred from Twilio when `PUBLIC_URL` or the auth
//! token is wrong. The first is told with a hint, those that follow are counted, and the next line says how many there
//! were.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a line is enough.
const QUIET: Duration = Duration::from_mins(1);

/// Lets one line through a minute. Clones share what was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    last: Option<Instant>,
    suppressed: u64,
}

impl Throttle {
    /// Whether to tell it now, and if so how many were not told since the last one.
    pub(crate) fn admit(&self) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.last.is_some_and(|last| last.elapsed() < QUIET) {
            told.suppressed += 1;
            return None;
        }
        told.last = Some(Instant::now());
        Some(std::mem::take(&mut told.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_a_minute_is_told_with_a_count_of_the_others() {
        let throttle = Throttle::default();
        assert_eq!(throttle.admit(), Some(0));
        for _ in 0..7 {
            assert_eq!(throttle.clone().admit(), None);
        }
        tokio::time::sleep(QUIET).await;
        assert_eq!(throttle.admit(), Some(7));
        assert_eq!(throttle.admit(), None);
    }
}
