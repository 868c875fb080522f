//! What was read lately, and is believed for a while.
//!
//! Its age is measured on the [`Clock`], so that in a story of hours it goes out of date as it does in life; a cache
//! that expires by itself reads the machine's time.

use std::{fmt, hash::Hash, time::Duration};

use jiff::Timestamp;
use moka::sync::Cache;

use crate::clock::Clock;

/// How much is kept. Beyond that the least used is forgotten, and asked for again.
const MOST: u64 = 20_000;

/// What was read lately. Only ever used to ask less, never to conclude that something is not there.
pub(crate) struct Lately<K, V> {
    clock: Clock,
    believed: Duration,
    known: Cache<K, (V, Timestamp)>,
}

impl<K, V> fmt::Debug for Lately<K, V> {
    /// Not what is in it: keys are phone numbers here and there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lately({:?})", self.believed)
    }
}

impl<K, V> Lately<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Nothing yet, of what is `believed` for so long.
    pub(crate) fn new(clock: Clock, believed: Duration) -> Self {
        Self {
            clock,
            believed,
            known: Cache::new(MOST),
        }
    }

    /// What was read, unless that is too long ago.
    pub(crate) fn recall(&self, key: &K) -> Option<V> {
        let (value, since) = self.known.get(key)?;
        (self.clock.since(since) < self.believed).then_some(value)
    }

    /// Remembers what was read just now.
    pub(crate) fn keep(&self, key: K, value: V) {
        self.known.insert(key, (value, self.clock.now()));
    }

    /// Forgets what turned out to be otherwise.
    pub(crate) fn forget(&self, key: &K) {
        self.known.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_read_is_believed_for_so_long_and_no_longer() {
        let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
        let memory = Lately::new(clock, Duration::from_mins(1));
        memory.keep("ann", 1);
        clock.sleep(Duration::from_secs(59)).await;
        assert_eq!(memory.recall(&"ann"), Some(1));
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(memory.recall(&"ann"), None);
        memory.keep("ann", 2);
        assert_eq!(memory.recall(&"ann"), Some(2));
        memory.forget(&"ann");
        assert_eq!(memory.recall(&"ann"), None);
    }
}
