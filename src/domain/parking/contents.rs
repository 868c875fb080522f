//! The index's table of contents: the Sync map `Global.ParkedCalls`, with one item for each of the index's maps that
//! may hold a record.
//!
//! Without it, every reconciler would read all 64 maps every few seconds, also at night when nobody is parked. A map
//! is noted before the first record is written to it, and the note lives for three hours; it is renewed, at most once
//! an hour, by whoever writes to the map or finds a record in it. A process writes a note only if it has not seen a
//! fresh one, so in the steady state the table costs nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::ledger::SHARDS;
use crate::{
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error},
};

/// The unique name of the map.
const NAME: &str = "Global.ParkedCalls";

/// How long a note lives.
const LIFE: Duration = Duration::from_hours(3);

/// After how many seconds a note is renewed.
const RENEWED: i64 = 3_600;

/// What a note says.
#[derive(Serialize, Deserialize)]
struct Note {
    /// When it was written, in Unix seconds.
    #[serde(default)]
    noted: i64,
}

/// The table of contents.
#[derive(Clone, Debug)]
pub struct Contents {
    twilio: Twilio,
    clock: Clock,
    /// When each map was noted, as far as this process knows.
    noted: Arc<[AtomicI64; SHARDS as usize]>,
}

impl Contents {
    /// The table of an account.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock) -> Self {
        Self {
            twilio,
            clock,
            noted: Arc::new([const { AtomicI64::new(0) }; SHARDS as usize]),
        }
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
        // The published sample kept its parked calls in this map; what it may have left there has other keys.
        let items = self.twilio.map(NAME, by).all::<Note>().await?;
        let notes = items.iter().filter(|item| item.key.len() == 2);
        let notes = notes
            .filter_map(|item| Some((u8::from_str_radix(&item.key, 16).ok()?, item.data.noted)));
        let notes: Vec<(u8, i64)> = notes.filter(|(shard, _)| *shard < SHARDS).collect();
        for (shard, noted) in &notes {
            self.noted[usize::from(*shard)].fetch_max(*noted, Ordering::Relaxed);
        }
        Ok(notes.into_iter().map(|(shard, _)| shard).collect())
    }
}
