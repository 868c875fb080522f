//! The index's table of contents: the Sync map `Global.ParkedCalls`, with one item for each of the index's maps that
//! may hold a record.
//!
//! Without it, every reconciler would read all 64 maps every few seconds, also at night when no call is parked. A map
//! is noted before the first record is written to it, and the note lives for half an hour; it is renewed, at most every
//! ten minutes, by every process that writes to the map or finds a record in it. A process writes a note only if it has not seen a
//! fresh one, so in the steady state the table costs nothing.
//!
//! The reconciler reads it every few seconds, so a process also knows which maps hold nothing: most calls of most
//! centers are never parked, and their end need not be asked about.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ledger::SHARDS;
use crate::{
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error},
};

/// The unique name of the map.
const NAME: &str = "Global.ParkedCalls";

/// How long a note lives, as Sync is told, and in seconds.
const LIFE: Duration = Duration::from_mins(30);
const NOTED: i64 = 30 * 60;

/// For how many seconds what was read of the table is believed: a little more than two passes of the reconciler.
const BELIEVED: i64 = 60;

/// After how many seconds a note is renewed.
const RENEWED: i64 = 600;

/// What a note says. That it is there is what counts; if its time cannot be read, it is an old one.
#[derive(Serialize)]
struct Note {
    /// When it was written, in Unix seconds.
    noted: i64,
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let note = Value::deserialize(deserializer)?;
        let noted = note["noted"].as_i64().unwrap_or_default();
        Ok(Self { noted })
    }
}

/// The table of contents.
#[derive(Clone, Debug)]
pub struct Contents {
    twilio: Twilio,
    clock: Clock,
    /// When each map was noted, as far as this process knows.
    noted: Arc<[AtomicI64; SHARDS as usize]>,
    last: Arc<LastRead>,
}

/// What the table said when this process last read it.
#[derive(Debug, Default)]
struct LastRead {
    /// When, in Unix seconds.
    at: AtomicI64,
    /// A bit for each of the 64 maps.
    used: AtomicU64,
}

impl Contents {
    /// The table of an account.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock) -> Self {
        Self {
            twilio,
            clock,
            noted: Arc::new([const { AtomicI64::new(0) }; SHARDS as usize]),
            last: Arc::default(),
        }
    }

    /// Whether one of the index's maps held nothing when the table was last read, less than a minute ago, and this
    /// process has written nothing to it since. Another may have.
    #[must_use]
    pub fn was_unused(&self, shard: u8) -> bool {
        let now = self.clock.now().as_second();
        let ours = self.noted[usize::from(shard % SHARDS)].load(Ordering::Relaxed);
        now - self.last.at.load(Ordering::Acquire) < BELIEVED
            && self.last.used.load(Ordering::Acquire) & (1 << (shard % SHARDS)) == 0
            && now - ours > NOTED
    }

    /// Makes sure that one of the index's maps is in the table.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn note(&self, shard: u8, by: Deadline) -> Result<(), Error> {
        let now = self.clock.now().as_second();
        let noted = &self.noted[usize::from(shard % SHARDS)];
        if now - noted.load(Ordering::Relaxed) < RENEWED {
            return Ok(());
        }
        let (map, key) = (self.twilio.map(NAME, by), format!("{shard:02x}"));
        match map.create(&key, &Note { noted: now }, LIFE).await {
            Err(error) if error.is_conflict() => {
                map.update(&key, &Note { noted: now }, None, LIFE).await?
            }
            other => other?,
        };
        noted.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// The maps that may hold a record.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn shards(&self, by: Deadline) -> Result<Vec<u8>, Error> {
        let now = self.clock.now().as_second();
        // The published sample kept its parked calls in this map; what it may have left there has other keys.
        let items = self.twilio.map(NAME, by).all::<Note>().await?;
        let notes = items.iter().filter(|item| item.key.len() == 2);
        let notes = notes
            .filter_map(|item| Some((u8::from_str_radix(&item.key, 16).ok()?, item.data.noted)));
        let notes: Vec<(u8, i64)> = notes.filter(|(shard, _)| *shard < SHARDS).collect();
        for (shard, noted) in &notes {
            self.noted[usize::from(*shard)].fetch_max(*noted, Ordering::Relaxed);
        }
        let used = notes.iter().fold(0, |used, (shard, _)| used | 1 << shard);
        self.last.used.store(used, Ordering::Release);
        self.last.at.store(now, Ordering::Release);
        Ok(notes.into_iter().map(|(shard, _)| shard).collect())
    }
}
