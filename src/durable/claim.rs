//! Doing something to a caller once: two webhooks, or two replicas, may learn of the same thing at the same instant, and
//! a caller who is sent somewhere twice hears it begin twice.
//!
//! A process that is about to act writes that down first (`Claims::take`). Another that finds it leaves the act alone,
//! unless it is a while ago: a process that asks again then sees that it was not done after all.
//!
//! A claim that cannot be read, as after a rollback, counts as taken in the moment in which it is found: the process that wrote it
//! may be acting. It is written anew, so that it ends like any other.

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
    twilio::{Twilio, deadline::Deadline, error::Error as TwilioError},
};

/// How long acting may take; until then no other process acts.
const ACTING: Duration = Duration::from_secs(15);

/// How long a claim is kept: longer than Twilio repeats itself.
const KEPT: Duration = Duration::from_hours(1);

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    about: String,
    #[serde(with = "millis")]
    taken: Timestamp,
    mark: String,
}

impl store::Record for Claim {
    fn key(&self) -> &str {
        &self.about
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

/// Claims of one kind, in one Sync map.
pub(crate) struct Claims {
    store: Store<Claim>,
    clock: Clock,
    rng: Rng,
}

impl Claims {
    /// The claims of this name.
    pub(crate) fn new(twilio: Twilio, name: &'static str, clock: Clock, rng: Rng) -> Self {
        Self {
            store: Store::new(twilio, name, 1, |_| KEPT),
            clock,
            rng,
        }
    }

    /// Reads all claims; gives how many there are.
    pub(crate) async fn count(&self, by: Deadline) -> Result<usize, TwilioError> {
        self.store.count(by).await
    }

    /// Writes down that we act on what has this SID. `false`: another process does.
    pub(crate) async fn take(&self, about: &str, by: Deadline) -> Result<bool, TwilioError> {
        let now = self.clock.now();
        let claim = Claim {
            about: about.to_owned(),
            taken: millis::whole(now),
            mark: self.rng.uuid(now).simple().to_string(),
        };
        let known = match self.store.insert(claim.clone(), by).await {
            Ok(_) => return Ok(true),
            Err(NotMoved::Moved(Some(known))) => known,
            Err(NotMoved::Moved(None)) => return Ok(false),
            Err(NotMoved::Unclear(error)) if error.is_conflict() => {
                return self.renew(claim, error, by).await;
            }
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        if self.clock.since(known.record.taken) < ACTING {
            return Ok(false);
        }
        match self.store.replace(&known, claim, by).await {
            Ok(_) => Ok(true),
            Err(NotMoved::Moved(_)) => Ok(false),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    /// There is a claim that could not be read. `false`, unless Sync cannot be asked: another process has it.
    async fn renew(
        &self,
        claim: Claim,
        error: TwilioError,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let Some(old) = self.store.unreadable(&claim.about, by).await? else {
            return Err(error);
        };
        match self.store.overwrite(&old, claim, by).await {
            Ok(_) | Err(NotMoved::Moved(_)) => Ok(false),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }
}
