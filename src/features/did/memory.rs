//! Who called whom last from a number that agents share, so that a call back reaches the same agent.
//!
//! One record for each pair of customer and shared number, under a digest of both, because keys stand in URLs and numbers
//! do not. It is written when TaskRouter says that an agent has taken the task of a call out, and Sync forgets it when
//! the configured time is up. Events may come late and in any order: the later call counts.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    durable::{
        store::{self, NotMoved, Store},
        time::millis,
    },
    rng::Rng,
    twilio::{
        Twilio, deadline::Deadline, error::Error as TwilioError, party::E164, sid::WorkerSid,
    },
};

/// The maps that the records are spread over.
const MAPS: u8 = 4;

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LastCaller {
    pair: String,
    worker_sid: WorkerSid,
    #[serde(with = "millis")]
    called: Timestamp,
    mark: String,
}

impl store::Record for LastCaller {
    fn key(&self) -> &str {
        &self.pair
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

/// Who called whom last.
pub(super) struct Memory {
    store: Store<LastCaller>,
    clock: Clock,
    rng: Rng,
    /// For how long.
    kept: Duration,
}

impl Memory {
    pub(super) fn new(twilio: Twilio, clock: Clock, rng: Rng, kept: Duration) -> Self {
        Self {
            store: Store::new(twilio, "Global.DidCallers", MAPS, move |_| kept),
            clock,
            rng,
            kept,
        }
    }

    /// Whether anything is remembered at all.
    pub(super) fn is_on(&self) -> bool {
        !self.kept.is_zero()
    }

    /// Notes that `worker` has called `customer` from `line`.
    pub(super) async fn called(
        &self,
        customer: &E164,
        line: &E164,
        worker: WorkerSid,
        at: Option<Timestamp>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let now = self.clock.now();
        let last = LastCaller {
            pair: pair(customer, line),
            worker_sid: worker,
            called: millis::whole(at.unwrap_or(now)),
            mark: self.rng.uuid(now).simple().to_string(),
        };
        let known = match self.store.insert(last.clone(), by).await {
            Err(NotMoved::Moved(Some(known))) => known,
            Err(NotMoved::Unclear(error)) if error.is_conflict() => {
                return self.replaces_unreadable(last, error, by).await;
            }
            Err(NotMoved::Unclear(error)) => return Err(error),
            Ok(_) | Err(NotMoved::Moved(None)) => return Ok(()),
        };
        let later = |known: &LastCaller| (known.called < last.called).then(|| last.clone());
        self.store.change_from(*known, by, later).await.map(|_| ())
    }

    /// What cannot be read says nothing about who called: this call counts.
    async fn replaces_unreadable(
        &self,
        last: LastCaller,
        error: TwilioError,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let Some(old) = self.store.unreadable(&last.pair, by).await? else {
            return Err(error);
        };
        match self.store.overwrite(&old, last, by).await {
            Ok(_) | Err(NotMoved::Moved(_)) => Ok(()),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    /// Reads all records; gives how many there are.
    pub(super) async fn count(&self, by: Deadline) -> Result<usize, TwilioError> {
        self.store.count(by).await
    }

    /// Who called `customer` from `line` last. A record that cannot be read is none: the caller goes to any free agent.
    pub(super) async fn who_called(
        &self,
        customer: &E164,
        line: &E164,
        by: Deadline,
    ) -> Result<Option<WorkerSid>, TwilioError> {
        if !self.is_on() {
            return Ok(None);
        }
        let known = match self.store.read(&pair(customer, line), by).await {
            Err(TwilioError::Garbled { .. }) => None,
            known => known?,
        };
        // Sync forgets a record only some time after it should.
        let known = known.filter(|known| self.clock.since(known.called) <= self.kept);
        Ok(known.map(|known| known.worker_sid))
    }
}

fn pair(customer: &E164, line: &E164) -> String {
    store::veiled(&format!("{customer} {line}"))
}
