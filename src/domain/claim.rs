//! Doing something to a caller once: two webhooks, or two replicas, may learn of the same thing at the same instant, and
//! a caller who is sent somewhere twice hears it begin twice.
//!
//! Whoever is about to act writes down first that they are ([`Claims::take`]). Who finds that written leaves it alone,
//! unless it is a while ago: whoever asks again then sees that it was not done after all.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    parking::record::millis,
    store::{self, NotMoved, Store},
};
use crate::{
    chance::Chance,
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error as TwilioError},
};

/// How long acting may take; until then nobody else acts.
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
pub(super) struct Claims {
    store: Store<Claim>,
    clock: Clock,
    chance: Chance,
}

impl Claims {
    /// The claims of this name.
    pub(super) fn new(twilio: Twilio, name: &'static str, clock: Clock, chance: Chance) -> Self {
        Self {
            store: Store::new(twilio, name, 1, |_| KEPT),
            clock,
            chance,
        }
    }

    /// Reads all claims; gives how many there are.
    pub(super) async fn count(&self, by: Deadline) -> Result<usize, TwilioError> {
        self.store.count(by).await
    }

    /// Writes down that we act on whatever has this SID. `false`: somebody else does.
    pub(super) async fn take(&self, about: &str, by: Deadline) -> Result<bool, TwilioError> {
        let now = self.clock.now();
        let claim = Claim {
            about: about.to_owned(),
            taken: millis::whole(now),
            mark: self.chance.uuid(now).simple().to_string(),
        };
        let known = match self.store.insert(claim.clone(), by).await {
            Ok(_) => return Ok(true),
            Err(NotMoved::Moved(Some(known))) => known,
            Err(NotMoved::Moved(None)) => return Ok(false),
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
}
