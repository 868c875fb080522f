//! The index of all parked calls: where their records are, and the only way to move one.
//!
//! Sync takes 20 writes a second on one map, fewer for larger items (2 a second from 10 KiB), so one map for all
//! parked calls, as the published sample has it (`Global.ParkedCalls`), ends at a few parks a second. The index is
//! [`SHARDS`] maps, `Global.ParkedCalls.00` to `Global.ParkedCalls.3f`. A record is found again from its call's SID
//! alone: the last two hexadecimal digits, modulo 64, name the map, and the SID is the key. A hundred parks a second
//! with two or three writes each are four to five writes a second on one map. Which of the maps may hold anything is
//! noted in one more, the table of contents ([`super::contents`]).
//!
//! This process remembers what it last saw of a record, which saves a read; a remembered record is only ever used to
//! try a compare-and-set, which fails if the memory is old, never to conclude that there is nothing to do.

use std::time::Duration;

use moka::sync::Cache;

use super::{
    contents::Contents,
    record::{ParkedCall, Phase},
};
use crate::{
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error, resource::sync::Item, sid::CallSid},
};

/// How many maps the index is.
pub const SHARDS: u8 = 64;

/// How long the record of a claimed call is kept beyond the time the claim needs to take effect.
const CLAIM_KEPT: Duration = Duration::from_mins(3);

/// How long the record of a call that is done with is kept, for webhooks that come late.
const CLOSED_KEPT: Duration = Duration::from_mins(5);

/// How long the record of a call that ended waits at most for its wrap-up task to be made.
const END_KEPT: Duration = Duration::from_hours(24);

/// A record as it was at one revision.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record.
    pub record: ParkedCall,
    revision: String,
}

/// Why a record was not moved.
#[derive(Debug)]
pub enum NotMoved {
    /// Somebody else moved it; this is how it stands now.
    Moved(Option<Box<Entry>>),
    /// Sync did not say. The move may have been made.
    Unclear(Error),
}

/// The index.
#[derive(Clone, Debug)]
pub struct Ledger {
    twilio: Twilio,
    contents: Contents,
    memory: Cache<CallSid, Entry>,
    /// How long a claim's record must live for the claim to be seen through.
    claim_life: Duration,
}

/// The map that holds a call's record.
#[must_use]
pub fn shard_of(call: CallSid) -> u8 {
    let digits = &call.as_str()[32..];
    u8::from_str_radix(digits, 16).unwrap_or_default() % SHARDS
}

/// The unique name of one of the index's maps.
#[must_use]
pub fn shard_name(shard: u8) -> String {
    format!("Global.ParkedCalls.{shard:02x}")
}

impl Ledger {
    /// The index of an account. `claim_life` is how long a claim may need to take effect.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock, claim_life: Duration) -> Self {
        Self {
            contents: Contents::new(twilio.clone(), clock),
            twilio,
            memory: Cache::new(10_000),
            claim_life,
        }
    }

    fn map(&self, call: CallSid, by: Deadline) -> crate::twilio::resource::sync::Map<'_> {
        self.twilio.map(shard_name(shard_of(call)), by)
    }

    /// How long Sync keeps a record in its phase. A call on hold is kept for as long as it lasts.
    fn ttl(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Parking | Phase::Parked => Duration::ZERO,
            Phase::PickUp | Phase::Return | Phase::Overflow => self.claim_life + CLAIM_KEPT,
            Phase::Ended => END_KEPT,
            Phase::Closed => CLOSED_KEPT,
        }
    }

    fn remember(&self, record: ParkedCall, revision: String) -> Entry {
        let entry = Entry { record, revision };
        self.memory.insert(entry.record.call_sid, entry.clone());
        entry
    }

    /// Reads a record from Sync.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read(&self, call: CallSid, by: Deadline) -> Result<Option<Entry>, Error> {
        let item: Option<Item<ParkedCall>> = self.map(call, by).read(call.as_str()).await?;
        if item.is_none() {
            self.memory.invalidate(&call);
        }
        Ok(item.map(|item| self.remember(item.data, item.revision)))
    }

    /// What this process last saw of a record, else what Sync says. Good for trying a move, not for doing nothing.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn recall(&self, call: CallSid, by: Deadline) -> Result<Option<Entry>, Error> {
        match self.remembered(call) {
            Some(entry) => Ok(Some(entry)),
            None => self.read(call, by).await,
        }
    }

    /// Whether a call has no record unless it was parked in the last minute: nothing is known of it here, and its map
    /// held nothing when the table of contents was last read.
    #[must_use]
    pub fn is_unknown(&self, call: CallSid) -> bool {
        self.contents.was_unused(shard_of(call)) && self.remembered(call).is_none()
    }

    /// What this process last saw of a record, if anything.
    #[must_use]
    pub fn remembered(&self, call: CallSid) -> Option<Entry> {
        self.memory.get(&call)
    }

    /// Notes what this process has seen happen to a record since it was written, without writing it.
    pub fn note(&self, mut entry: Entry, phase: Phase) {
        entry.record.phase = phase;
        self.memory.insert(entry.record.call_sid, entry);
    }

    /// Writes the first record of a call.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when there is one already.
    pub async fn insert(&self, record: ParkedCall, by: Deadline) -> Result<Entry, NotMoved> {
        let call = record.call_sid;
        let noted = self.contents.note(shard_of(call), by).await;
        noted.map_err(NotMoved::Unclear)?;
        let created = self
            .map(call, by)
            .create(call.as_str(), &record, self.ttl(record.phase))
            .await;
        match created {
            Ok(item) => Ok(self.remember(record, item.revision)),
            Err(error) if error.nothing_happened() && !error.is_conflict() => {
                Err(NotMoved::Unclear(error))
            }
            Err(error) => self.was_it_us(record, error, by).await,
        }
    }

    /// Moves a record, if nobody else has moved it since `from`.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when somebody has.
    pub async fn replace(
        &self,
        from: &Entry,
        to: ParkedCall,
        by: Deadline,
    ) -> Result<Entry, NotMoved> {
        let call = to.call_sid;
        let map = self.map(call, by);
        let updated = map
            .update(call.as_str(), &to, Some(&from.revision), self.ttl(to.phase))
            .await;
        match updated {
            Ok(item) => Ok(self.remember(to, item.revision)),
            Err(error) if error.is_not_found() => {
                self.memory.invalidate(&call);
                Err(NotMoved::Moved(None))
            }
            Err(error) if error.nothing_happened() && !error.is_outdated() => {
                Err(NotMoved::Unclear(error))
            }
            Err(error) => self.was_it_us(to, error, by).await,
        }
    }

    /// After a write whose fate is unclear or that came too late: looks whether it was our own.
    async fn was_it_us(
        &self,
        wanted: ParkedCall,
        error: Error,
        by: Deadline,
    ) -> Result<Entry, NotMoved> {
        match self.read(wanted.call_sid, by).await {
            Ok(Some(now)) if now.record.mark == wanted.mark => Ok(now),
            Ok(now) if error.is_outdated() || error.is_conflict() => {
                Err(NotMoved::Moved(now.map(Box::new)))
            }
            Ok(_) | Err(_) => Err(NotMoved::Unclear(error)),
        }
    }

    /// Takes a record away, if nobody has moved it since. Someone else's move wins.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn remove(&self, entry: &Entry, by: Deadline) -> Result<(), Error> {
        let call = entry.record.call_sid;
        self.memory.invalidate(&call);
        match self
            .map(call, by)
            .delete(call.as_str(), Some(&entry.revision))
            .await
        {
            Err(error) if !error.is_outdated() => Err(error),
            _ => Ok(()),
        }
    }

    /// The maps of the index that may hold a record.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn contents(&self, by: Deadline) -> Result<Vec<u8>, Error> {
        self.contents.shards(by).await
    }

    /// All records of one of the index's maps.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn shard(&self, shard: u8, by: Deadline) -> Result<Vec<Entry>, Error> {
        let items: Vec<Item<ParkedCall>> = self.twilio.map(shard_name(shard), by).all().await?;
        if !items.is_empty() {
            // A call may be parked for longer than a note lives.
            self.contents.note(shard, by).await?;
        }
        Ok(items
            .into_iter()
            .map(|item| Entry {
                record: item.data,
                revision: item.revision,
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_again_from_its_call_alone() {
        let call: CallSid = "CA000000000000000000000000000000ff".parse().unwrap();
        assert_eq!(shard_name(shard_of(call)), "Global.ParkedCalls.3f");
    }

    #[test]
    fn calls_spread_evenly_over_the_shards() {
        let mut counts = [0_u32; SHARDS as usize];
        for last in 0..=255 {
            let mut bytes = [7; 16];
            bytes[15] = last;
            counts[usize::from(shard_of(CallSid::from_bytes(bytes)))] += 1;
        }
        assert!(counts.iter().all(|&count| count == 4));
    }
}
