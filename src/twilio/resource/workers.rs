//! Workers and their channels (Twilio: "Worker resource", "Worker Channel resource").

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::tasks::quoted;
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    page::lenient_u32,
    request::Request,
    sid::{WorkerChannelSid, WorkerSid},
};

/// A worker.
#[derive(Clone, Debug, Deserialize)]
pub struct Worker {
    /// Their SID.
    pub sid: WorkerSid,
    /// What they are doing now.
    #[serde(default)]
    pub activity_name: String,
    /// Their attributes; empty when they are not a JSON object.
    #[serde(default, deserialize_with = "attributes")]
    pub attributes: Map<String, Value>,
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

    /// Reads one worker.
    ///
    /// # Errors
    /// `is_not_found` when there is no such worker.
    pub async fn fetch(self, worker: WorkerSid) -> Result<Worker, Error> {
        let request = Request::get(Product::TaskRouter, format!("{}/{worker}", self.path()));
        self.twilio.send(&request, self.by).await?.read()
    }

    /// The workers whose attribute `name` is the text `value`. Twilio allows three such questions a second.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn with_attribute(self, name: &str, value: &str) -> Result<Vec<Worker>, Error> {
        let expression = format!("{name} == {}", quoted(value));
        let request = Request::get(Product::TaskRouter, self.path())
            .query("TargetWorkersExpression", expression);
        self.twilio.pages(request, "workers", self.by).all().await
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
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
