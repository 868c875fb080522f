//! Workers and their channels (Twilio: "Worker resource", "Worker Channel resource").
//!
//! Attributes are replaced whole and never merged, so a process that changes one of them reads the worker, merges, and writes
//! with the revision it read: [`Worker::revision`] goes into `If-Match`, and a worker who was changed meanwhile is
//! refused (412, `is_outdated`) instead of losing what another process wrote.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::tasks::quoted;
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    page::lenient_u32,
    request::{Request, segment},
    sid::{ActivitySid, WorkerChannelSid, WorkerSid},
};

/// A worker.
#[derive(Clone, Deserialize)]
pub struct Worker {
    /// Their SID.
    pub sid: WorkerSid,
    /// Their name, unique in the workspace whatever its case.
    #[serde(default)]
    pub friendly_name: String,
    /// What they are doing now.
    #[serde(default)]
    pub activity_sid: Option<ActivitySid>,
    /// The name of what they are doing now.
    #[serde(default)]
    pub activity_name: String,
    /// Whether they are offered tasks.
    #[serde(default)]
    pub available: bool,
    /// Their attributes; empty when they are not a JSON object. Lists may leave them out, so only what was fetched by
    /// its SID may be merged and written back.
    #[serde(default, deserialize_with = "attributes")]
    pub attributes: Map<String, Value>,
    /// The revision, for a conditional write. Only an answer about one worker has it.
    #[serde(skip)]
    pub revision: Option<String>,
}

impl fmt::Debug for Worker {
    /// Leaves out name and attributes: they are full of names and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("sid", &self.sid)
            .field("activity_name", &self.activity_name)
            .field("available", &self.available)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// A worker to make.
#[derive(Clone)]
pub struct NewWorker<'a> {
    /// Their name: unique in the workspace whatever its case, 64 characters at most.
    pub name: &'a str,
    /// What they begin with; the workspace's default without it.
    pub activity: Option<ActivitySid>,
    /// Their attributes.
    pub attributes: &'a Map<String, Value>,
}

impl fmt::Debug for NewWorker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewWorker")
            .field("activity", &self.activity)
            .finish_non_exhaustive()
    }
}

/// What to change of a worker; what is not set stays.
#[derive(Clone, Default)]
pub struct WorkerChange {
    /// The activity they go to.
    pub activity: Option<ActivitySid>,
    /// All their attributes: what is missing here is lost.
    pub attributes: Option<Map<String, Value>>,
    /// Rejects what is offered to them now. Only together with an activity that is not available.
    pub reject_pending: bool,
}

impl fmt::Debug for WorkerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerChange")
            .field("activity", &self.activity)
            .field("with_attributes", &self.attributes.is_some())
            .field("reject_pending", &self.reject_pending)
            .finish()
    }
}

/// One worker's channel.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkerChannel {
    /// Its SID.
    pub sid: WorkerChannelSid,
    /// How many tasks the worker may have on it.
    #[serde(deserialize_with = "lenient_u32")]
    pub configured_capacity: u32,
    /// When it was changed last, as Twilio wrote it.
    #[serde(default)]
    pub date_updated: Option<String>,
    /// The task channel's unique name.
    pub task_channel_unique_name: String,
}

/// The workspace's workers.
#[derive(Clone, Copy, Debug)]
pub struct Workers<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The workspace's workers.
    #[must_use]
    pub fn workers(&self, by: Deadline) -> Workers<'_> {
        Workers { twilio: self, by }
    }
}

impl Workers<'_> {
    fn path(self) -> String {
        format!("/v1/Workspaces/{}/Workers", self.twilio.workspace())
    }

    /// Reads one worker, with the revision.
    ///
    /// # Errors
    /// `is_not_found` when there is no such worker.
    pub async fn fetch(self, worker: WorkerSid) -> Result<Worker, Error> {
        let request = Request::get(Product::TaskRouter, format!("{}/{worker}", self.path()));
        self.one(&request).await
    }

    /// Makes a worker. A name belongs to one worker only, so this is repeated after an unclear failure, and a refusal
    /// may mean that an earlier attempt, or another process at the same instant, has made them: look for the name.
    ///
    /// # Errors
    /// When TaskRouter refuses, among other reasons because the name is taken.
    pub async fn create(self, new: &NewWorker<'_>) -> Result<Worker, Error> {
        let attributes = Value::Object(new.attributes.clone());
        let request = Request::post(Product::TaskRouter, self.path())
            .form("FriendlyName", new.name)
            .form_if("ActivitySid", new.activity)
            .form("Attributes", attributes)
            .repeatable();
        self.one(&request).await
    }

    /// Changes a worker; with a revision, only if it is still that one. A change is repeated after an unclear failure,
    /// because it sets what it names: done twice it is done once, and with a revision the second is refused.
    ///
    /// # Errors
    /// `is_outdated` when the revision has moved on, if only because an answer to this very change was lost;
    /// `is_not_found` when there is no such worker.
    pub async fn update(
        self,
        worker: WorkerSid,
        change: &WorkerChange,
        revision: Option<&str>,
    ) -> Result<Worker, Error> {
        let attributes = change.attributes.clone().map(Value::Object);
        let reject = change.reject_pending.then_some(true);
        let path = format!("{}/{worker}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form_if("ActivitySid", change.activity)
            .form_if("Attributes", attributes)
            .form_if("RejectPendingReservations", reject)
            .if_match(revision)
            .repeatable();
        self.one(&request).await
    }

    /// Sends a request whose answer is one worker.
    async fn one(self, request: &Request) -> Result<Worker, Error> {
        let answer = self.twilio.send(request, self.by).await?;
        let mut worker: Worker = answer.read()?;
        worker.revision = answer.revision().map(str::to_owned);
        Ok(worker)
    }

    /// All workers. Lists may leave their attributes out; how often they may be asked for is not limited by number.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn all(self) -> Result<Vec<Worker>, Error> {
        let request = Request::get(Product::TaskRouter, self.path()).query("PageSize", 1_000);
        self.twilio.pages(request, "workers", self.by).all().await
    }

    /// The workers whose attribute `name` is one of these texts. Twilio allows three such questions a second.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn with_attribute_among(
        self,
        name: &str,
        values: &[String],
    ) -> Result<Vec<Worker>, Error> {
        let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
        let expression = format!("{name} IN [{}]", values.join(", "));
        let request = Request::get(Product::TaskRouter, self.path())
            .query("TargetWorkersExpression", expression);
        self.twilio.pages(request, "workers", self.by).all().await
    }

    /// The workers whose attribute `name` is a text that contains `part`. Twilio allows three such questions a second.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn with_attribute_containing(
        self,
        name: &str,
        part: &str,
    ) -> Result<Vec<Worker>, Error> {
        let expression = format!("{name} CONTAINS {}", quoted(part));
        let request = Request::get(Product::TaskRouter, self.path())
            .query("TargetWorkersExpression", expression);
        self.twilio.pages(request, "workers", self.by).all().await
    }

    /// The workers who are doing this now. Lists may leave out attributes.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn in_activity(self, activity: ActivitySid) -> Result<Vec<Worker>, Error> {
        let request = Request::get(Product::TaskRouter, self.path()).query("ActivitySid", activity);
        self.twilio.pages(request, "workers", self.by).all().await
    }

    /// A worker's channel, by the task channel's unique name.
    ///
    /// # Errors
    /// `is_not_found` when there is no such worker or channel.
    pub async fn channel(self, worker: WorkerSid, name: &str) -> Result<WorkerChannel, Error> {
        let path = format!("{}/{worker}/Channels/{}", self.path(), segment(name));
        let request = Request::get(Product::TaskRouter, path);
        self.twilio.send(&request, self.by).await?.read()
    }

    /// Sets how many tasks a worker may have on a channel. Setting it twice is harmless.
    ///
    /// # Errors
    /// `is_not_found` when the worker has no such channel.
    pub async fn set_capacity(
        self,
        worker: WorkerSid,
        channel: WorkerChannelSid,
        capacity: u32,
    ) -> Result<WorkerChannel, Error> {
        let path = format!("{}/{worker}/Channels/{channel}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form("Capacity", capacity)
            .repeatable();
        self.twilio.send(&request, self.by).await?.read()
    }
}

fn attributes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    Ok(crate::json::object(&text).unwrap_or_default())
}
