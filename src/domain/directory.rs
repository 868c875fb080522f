//! Who has which extension, and which number: asked while a caller waits, and perhaps by hundreds of callers a minute.
//!
//! TaskRouter answers three questions by expression a second, for the whole account (Twilio changelog: "TaskRouter
//! endpoint rate limit correction"); asked once for each caller, it would refuse the fourth. A list of all workers has
//! no such limit, so one list answers everybody for `BELIEVED`:
//!
//! - whoever is found in it is read once more before anything is built on them, because an extension or an activity may
//!   have changed since;
//! - nobody is said not to exist by a list that is older than `FRESH`: a new worker's extension works at once;
//! - of all who ask while it is read, one reads it and the others wait for it.
//!
//! Twilio's pages say that lists leave attributes out, live accounts have been seen to show them. Where they are left
//! out, each question is asked by expression after all, two a second at most, and who asks more waits.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error, resource::workers::Worker},
};

/// How long a list is believed about whom it names.
const BELIEVED: Duration = Duration::from_mins(1);

/// How long it is believed about whom it does not name.
const FRESH: Duration = Duration::from_secs(2);

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// Exactly one worker, as they are now.
    One(Box<Worker>),
    /// Nobody.
    Nobody,
    /// More than one: never guessed between.
    Several,
}

/// All workers, as far as they are known. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    twilio: Twilio,
    clock: Clock,
    list: Mutex<Option<Arc<List>>>,
}

struct List {
    read: Timestamp,
    workers: Vec<Worker>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Directory")
    }
}

impl List {
    /// Whether it shows what workers are looked for by.
    fn shows_attributes(&self) -> bool {
        let mut workers = self.workers.iter();
        workers.any(|worker| !worker.attributes.is_empty())
    }

    fn with<'l>(&'l self, attribute: &str, values: &[String]) -> Vec<&'l Worker> {
        let workers = self.workers.iter();
        workers.filter(|it| has(it, attribute, values)).collect()
    }
}

fn has(worker: &Worker, attribute: &str, values: &[String]) -> bool {
    let value = worker.attributes.get(attribute).and_then(|it| it.as_str());
    value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
}

impl Directory {
    /// A directory that knows nobody yet.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            twilio,
            clock,
            list: Mutex::new(None),
        }))
    }

    /// The worker whose attribute is one of these values, which are ways to write the same thing.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked in time.
    pub async fn find(
        &self,
        attribute: &str,
        values: &[String],
        by: Deadline,
    ) -> Result<Found, Error> {
        let mut most = BELIEVED;
        loop {
            let list = self.list(most, by).await?;
            if !list.workers.is_empty() && !list.shows_attributes() {
                return self.ask(attribute, values, by).await;
            }
            most = match *list.with(attribute, values) {
                [worker] => match self.confirmed(worker, attribute, values, by).await? {
                    Some(worker) => return Ok(Found::One(worker)),
                    // It went to somebody else, or to nobody, after the list was read.
                    None if most.is_zero() => return Ok(Found::Nobody),
                    None => Duration::ZERO,
                },
                _ if most == BELIEVED => FRESH,
                [] => return Ok(Found::Nobody),
                _ => return Ok(Found::Several),
            };
        }
    }

    /// The worker as they are now, if it is still they.
    async fn confirmed(
        &self,
        listed: &Worker,
        attribute: &str,
        values: &[String],
        by: Deadline,
    ) -> Result<Option<Box<Worker>>, Error> {
        match self.0.twilio.workers(by).fetch(listed.sid).await {
            Ok(worker) if has(&worker, attribute, values) => Ok(Some(Box::new(worker))),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The list, read again if it is older than `most`.
    async fn list(&self, most: Duration, by: Deadline) -> Result<Arc<List>, Error> {
        let locked = timeout(by.left(), self.0.list.lock()).await;
        let mut known = locked.map_err(|_| Error::Late)?;
        let recent = |list: &&Arc<List>| self.0.clock.since(list.read) < most;
        if let Some(list) = known.as_ref().filter(recent) {
            return Ok(Arc::clone(list));
        }
        let read = self.0.clock.now();
        let workers = self.0.twilio.workers(by).all().await?;
        let list = Arc::new(List { read, workers });
        *known = Some(Arc::clone(&list));
        Ok(list)
    }

    /// Asks by expression, when it is our turn; the client sees to that.
    async fn ask(&self, attribute: &str, values: &[String], by: Deadline) -> Result<Found, Error> {
        let workers = self.0.twilio.workers(by);
        let mut found = workers.with_attribute_among(attribute, values).await?;
        Ok(match (found.pop(), found.is_empty()) {
            (None, _) => Found::Nobody,
            (Some(worker), true) => {
                let workers = self.0.twilio.workers(by);
                Found::One(Box::new(workers.fetch(worker.sid).await?))
            }
            (Some(_), false) => Found::Several,
        })
    }
}
