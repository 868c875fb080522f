//! Whose phone a number is, and the making of a worker for one.
//!
//! The number is looked for in the attribute `contact_uri`, compared whole, in the list of all workers that the
//! directory keeps: a question to TaskRouter would put the number into a URL. Whom it led to is remembered for a while
//! and read again each time. The name that we give our own workers holds the number and can exist once only: of two
//! requests at one instant one makes the worker, and the other is refused and finds them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Error, Intake, upstream};
use crate::{
    features::directory::Found,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::E164,
        resource::workers::{NewWorker, Worker, Workers},
        sid::WorkerSid,
    },
};

/// The attribute that says where a worker is called (Twilio: "Worker attributes"); Flex and the dispatch use it too.
pub(super) const CONTACT: &str = "contact_uri";

/// How long to leave a busy TaskRouter alone.
const BUSY: Duration = Duration::from_millis(500);

/// Who has a phone.
#[derive(Debug)]
pub(super) enum Owner {
    /// One worker, as they are now, with their revision.
    One(Box<Worker>),
    Nobody,
    /// More than one: never guessed between.
    Several(Vec<WorkerSid>),
}

fn has_phone(worker: &Worker, phone: &E164) -> bool {
    worker.attributes.get(CONTACT).and_then(Value::as_str) == Some(phone.as_str())
}

fn name_for(phone: &E164) -> String {
    format!("Phone {phone}")
}

impl Intake {
    fn workers(&self, by: Deadline) -> Workers<'_> {
        self.0.twilio.workers(by)
    }

    /// Whose phone this is.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub(super) async fn owner(&self, phone: &E164, by: Deadline) -> Result<Owner, Error> {
        self.look_up(phone, by)
            .await
            .map_err(upstream("looking the phone up"))
    }

    async fn look_up(&self, phone: &E164, by: Deadline) -> Result<Owner, TwilioError> {
        if let Some(worker) = self.0.phones.recall(phone)
            && let Some(worker) = self.still(worker, phone, by).await?
        {
            return Ok(Owner::One(worker));
        }
        self.0.phones.forget(phone);
        Ok(match self.search(phone, by).await? {
            Found::Nobody => Owner::Nobody,
            Found::One(worker) => {
                self.0.phones.keep(phone.clone(), worker.sid);
                Owner::One(worker)
            }
            Found::Several(workers) => Owner::Several(workers),
        })
    }

    /// The workers who say that this is their phone.
    async fn search(&self, phone: &E164, by: Deadline) -> Result<Found, TwilioError> {
        let wanted = [phone.to_string()];
        loop {
            let asked = self.0.directory.find(CONTACT, &wanted, by).await;
            let busy = match asked {
                Err(error) if error.status() == Some(429) => error,
                asked => return asked,
            };
            if by.left() < 3 * BUSY {
                return Err(busy);
            }
            tokio::time::sleep(BUSY).await;
        }
    }

    /// A worker found by name, read again: lists may be old, and lack attributes and revision.
    async fn known(
        &self,
        worker: WorkerSid,
        phone: &E164,
        by: Deadline,
    ) -> Result<Owner, TwilioError> {
        let Some(found) = self.still(worker, phone, by).await? else {
            return Ok(Owner::Nobody);
        };
        self.0.phones.keep(phone.clone(), worker);
        Ok(Owner::One(found))
    }

    /// A worker, if this is still their phone.
    async fn still(
        &self,
        worker: WorkerSid,
        phone: &E164,
        by: Deadline,
    ) -> Result<Option<Box<Worker>>, TwilioError> {
        match self.workers(by).fetch(worker).await {
            Ok(worker) if has_phone(&worker, phone) => Ok(Some(Box::new(worker))),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the worker of a phone that no worker has, off line; or finds them, if another request was making them.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name we would give them is another phone's, [`Error::Upstream`].
    pub(super) async fn enrol(&self, phone: &E164, by: Deadline) -> Result<Box<Worker>, Error> {
        let activity = self.activity(&self.0.settings.off_activity, false, by);
        let (activity, name) = (activity.await?, name_for(phone));
        let mut attributes = Map::new();
        attributes.insert(CONTACT.to_owned(), json!(phone.as_str()));
        let new = NewWorker {
            name: &name,
            activity: Some(activity),
            attributes: &attributes,
        };
        let doing = upstream("making a worker");
        let refusal = match self.workers(by).create(&new).await {
            Ok(worker) => {
                self.0.phones.keep(phone.clone(), worker.sid);
                tracing::info!(worker.sid = %worker.sid, "a phone was enrolled");
                return Ok(Box::new(worker));
            }
            // Also an earlier attempt of our own whose answer was lost.
            Err(error) if matches!(error.status(), Some(400 | 409)) => error,
            Err(error) => return Err(doing(error)),
        };
        let named = self.0.directory.named(&name, by).await.map_err(&doing)?;
        let Some(named) = named else {
            return Err(doing(refusal));
        };
        match self.known(named, phone, by).await.map_err(&doing)? {
            Owner::One(worker) => Ok(worker),
            // A supervisor has given the worker of this phone another one.
            _ => Err(Error::Conflict("this phone belongs to another worker")),
        }
    }
}
