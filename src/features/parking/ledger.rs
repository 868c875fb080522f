//! The index of all parked calls: where their records are, and the only way to move one.
//!
//! The published sample has one map for all parked calls (`Global.ParkedCalls`), which Sync's limits end at a few parks
//! a second. The index is a [`Store`] of [`SHARDS`] maps, `Global.ParkedCalls.00` to `Global.ParkedCalls.3f`, whose keys
//! are the calls' SIDs: a hundred parks a second with two or three writes each are four to five writes a second on one
//! map. Which of the maps may hold anything is noted in one more, the table of contents ([`super::contents`]).
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
    durable::store::{self, Store},
    twilio::{Twilio, deadline::Deadline, error::Error, sid::CallSid},
};

/// How many maps the index is.
pub const SHARDS: u8 = 64;

/// What the index's maps are called, before their numbers.
const NAME: &str = "Global.ParkedCalls";

/// How long the record of a claimed call is kept beyond the time the claim needs to take effect.
const CLAIM_KEPT: Duration = Duration::from_mins(3);

/// How long the record of a call that is done with is kept, for webhooks that come late.
const CLOSED_KEPT: Duration = Duration::from_mins(5);

/// How long the record of a call that ended waits at most for its wrap-up task to be made.
const END_KEPT: Duration = Duration::from_hours(24);

/// A record as it was at one revision.
pub type Entry = store::Entry<ParkedCall>;

/// Why a record was not moved.
pub type NotMoved = store::NotMoved<ParkedCall>;

impl store::Record for ParkedCall {
    fn key(&self) -> &str {
        self.call_sid.as_str()
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

/// The index.
#[derive(Debug)]
pub struct Ledger {
    records: Store<ParkedCall>,
    contents: Contents,
    memory: Cache<CallSid, Entry>,
}

/// The unique name of one of the index's maps.
#[must_use]
pub fn shard_name(shard: u8) -> String {
    store::map_name(NAME, shard)
}

/// How long Sync keeps a record in its phase. A call on hold is kept for as long as it lasts.
fn life(phase: Phase, claim_life: Duration) -> Duration {
    match phase {
        Phase::Parking | Phase::Parked => Duration::ZERO,
        Phase::PickUp | Phase::Return | Phase::Overflow => claim_life + CLAIM_KEPT,
        Phase::Ended => END_KEPT,
        Phase::Closed => CLOSED_KEPT,
    }
}

impl Ledger {
    /// The index of an account. `claim_life` is how long a claim may need to take effect.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock, claim_life: Duration) -> Self {
        let life = move |record: &ParkedCall| life(record.phase, claim_life);
        Self {
            contents: Contents::new(twilio.clone(), clock),
            records: Store::new(twilio, NAME, SHARDS, life),
            memory: Cache::new(10_000),
        }
    }

    /// Reads a record from Sync.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read(&self, call: CallSid, by: Deadline) -> Result<Option<Entry>, Error> {
        let found = self.records.read(call.as_str(), by).await?;
        self.saw(call, found.as_ref());
        Ok(found)
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
        let shard = self.records.place(call.as_str());
        self.contents.was_unused(shard) && self.remembered(call).is_none()
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
        let shard = self.records.place(call.as_str());
        let noted = self.contents.note(shard, by).await;
        noted.map_err(NotMoved::Unclear)?;
        self.came_of(call, self.records.insert(record, by).await)
    }

    /// Moves a record, unless another process has moved it since `from`.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when another process has.
    pub async fn replace(
        &self,
        from: &Entry,
        to: ParkedCall,
        by: Deadline,
    ) -> Result<Entry, NotMoved> {
        let call = to.call_sid;
        self.came_of(call, self.records.replace(from, to, by).await)
    }

    /// Takes a record away, unless another process has moved it since: that move wins.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn remove(&self, entry: &Entry, by: Deadline) -> Result<(), Error> {
        self.memory.invalidate(&entry.record.call_sid);
        self.records.remove(entry, by).await
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
        let entries = self.records.all(shard, by).await?;
        if !entries.is_empty() {
            // A call may be parked for longer than a note lives.
            self.contents.note(shard, by).await?;
        }
        Ok(entries)
    }

    /// Remembers what a write showed. One whose fate is unclear showed nothing: what was known before is as good a
    /// beginning for the next try as any.
    fn came_of(&self, call: CallSid, outcome: Result<Entry, NotMoved>) -> Result<Entry, NotMoved> {
        match &outcome {
            Ok(entry) => self.saw(call, Some(entry)),
            Err(NotMoved::Moved(now)) => self.saw(call, now.as_deref()),
            Err(NotMoved::Unclear(_)) => {}
        }
        outcome
    }

    fn saw(&self, call: CallSid, entry: Option<&Entry>) {
        match entry {
            Some(entry) => self.memory.insert(call, entry.clone()),
            None => self.memory.invalidate(&call),
        }
    }
}
