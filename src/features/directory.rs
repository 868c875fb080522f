//! Who has which extension, and which number: asked while a caller waits, and perhaps by hundreds of callers a minute.
//!
//! TaskRouter answers three questions by expression a second, for the whole account (Twilio changelog: "TaskRouter
//! endpoint rate limit correction"); asked once for each caller, it would refuse the fourth. A list of all workers has
//! no such limit, so one list answers everybody for `BELIEVED`:
//!
//! - a worker who is found in it is read once more before anything is built on them, because an extension or an activity may
//!   have changed since;
//! - no worker is said not to exist by a list that is older than `FRESH`: a new worker's extension works at once;
//! - of all who ask while it is read, one reads it and the others wait for it.
//!
//! Twilio's pages say that lists leave attributes out, live accounts have been seen to show them. Where they are left
//! out, each question is asked by expression after all, two a second at most, and who asks more waits. A question is a
//! URL, and URLs stand in logs: one for a phone number names its last digits only, and the workers it finds are read.

pub mod lookup;

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::Clock,
    context::Context,
    twilio::{Twilio, deadline::Deadline, error::Error, resource::workers::Worker, sid::WorkerSid},
};

/// How long a list is believed about whom it names.
const BELIEVED: Duration = Duration::from_mins(1);

/// How long it is believed about whom it does not name.
const FRESH: Duration = Duration::from_secs(2);

/// A value with at least so many digits is a phone number.
const PHONE_DIGITS: usize = 8;

/// How much of a phone number a URL may show.
const SHOWN_DIGITS: usize = 4;

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// Exactly one worker, as they are now.
    One(Box<Worker>),
    Nobody,
    /// More than one: never guessed between.
    Several(Vec<WorkerSid>),
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
    /// A directory that knows no worker yet.
    #[must_use]
    pub fn new(context: &Context) -> Self {
        let Context { twilio, clock, .. } = context.clone();
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
                    // It went to another worker, or to none, after the list was read.
                    None if most.is_zero() => return Ok(Found::Nobody),
                    None => Duration::ZERO,
                },
                _ if most == BELIEVED => FRESH,
                [] => return Ok(Found::Nobody),
                ref several => {
                    let several = several.iter().map(|worker| worker.sid).collect();
                    return Ok(Found::Several(several));
                }
            };
        }
    }

    /// The worker of this name, whatever its case, by a list that is read now.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked in time.
    pub async fn named(&self, name: &str, by: Deadline) -> Result<Option<WorkerSid>, Error> {
        let (list, wanted) = (self.list(Duration::ZERO, by).await?, name.to_lowercase());
        let mut workers = list.workers.iter();
        let found = workers.find(|worker| worker.friendly_name.to_lowercase() == wanted);
        Ok(found.map(|worker| worker.sid))
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
        let listed = match number_end(values) {
            Some(end) => workers.with_attribute_containing(attribute, end).await?,
            None => workers.with_attribute_among(attribute, values).await?,
        };
        let confirmed = listed
            .iter()
            .map(|it| self.confirmed(it, attribute, values, by));
        let mut found: Vec<_> = try_join_all(confirmed)
            .await?
            .into_iter()
            .flatten()
            .collect();
        Ok(match (found.pop(), found.is_empty()) {
            (None, _) => Found::Nobody,
            (Some(worker), true) => Found::One(worker),
            (Some(last), false) => {
                let sids = found.iter().map(|worker| worker.sid);
                Found::Several(sids.chain([last.sid]).collect())
            }
        })
    }
}

/// How the number ends that these are ways to write; `None` if they are no phone number.
fn number_end(values: &[String]) -> Option<&str> {
    let is_phone = |value: &String| {
        let digits = value.bytes().filter(u8::is_ascii_digit);
        digits.count() >= PHONE_DIGITS
    };
    let end = |value: &String| value.len().checked_sub(SHOWN_DIGITS);
    let first = values.first().filter(|value| is_phone(value))?;
    let end = first.get(end(first)?..)?;
    values
        .iter()
        .all(|value| value.ends_with(end))
        .then_some(end)
}
