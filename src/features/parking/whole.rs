//! All parked calls of the account, for the reconciler, the board and the command line.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Parking, record::ParkedCall};
use crate::twilio::{deadline::Deadline, error::Error};

/// How many maps of the index are read side by side.
const LANES: usize = 8;

impl Parking {
    /// The calls on hold, also those that are being put there or come back by themselves; the longest parked first.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn all(&self, by: Deadline) -> Result<Vec<ParkedCall>, Error> {
        let shards = self.0.ledger.contents(by).await?;
        let read = |shard| self.0.ledger.shard(shard, by);
        let maps = stream::iter(shards).map(read).buffer_unordered(LANES);
        let maps: Vec<_> = maps.try_collect().await?;
        let records = maps.into_iter().flatten().map(|entry| entry.record);
        let mut held: Vec<_> = records.filter(ParkedCall::is_held).collect();
        held.sort_by_key(|it| (it.date_created, it.call_sid));
        Ok(held)
    }
}
