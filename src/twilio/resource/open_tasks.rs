//! Tasks that workers are offered, have or write up, with the names of their channels and queues (Twilio: "Task
//! resource").

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, request::Request, sid::TaskSid,
};

/// A task that some worker has to do with.
#[derive(Clone, Debug, Deserialize)]
pub struct OpenTask {
    /// Its SID.
    pub sid: TaskSid,
    /// `reserved`, `assigned` or `wrapping`; anything else once it is asked for by its SID.
    pub assignment_status: String,
    /// For how many seconds it has been there.
    #[serde(default)]
    pub age: u64,
    /// What kind of work it is, such as `voice`.
    #[serde(default)]
    pub task_channel_unique_name: Option<String>,
    /// The queue it came from.
    #[serde(default)]
    pub task_queue_friendly_name: Option<String>,
    /// Its attributes; nothing where a list leaves them out.
    #[serde(default, deserialize_with = "attributes")]
    pub attributes: Option<Map<String, Value>>,
}

impl Twilio {
    /// Every task that some worker has to do with. Lists may leave out attributes.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn open_tasks(&self, by: Deadline) -> Result<Vec<OpenTask>, Error> {
        self.tasks_that_are(&["reserved", "assigned", "wrapping"], by)
            .await
    }

    /// Every task that no worker has accepted yet: it waits, or is being offered. Lists may leave out attributes.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn waiting_tasks(&self, by: Deadline) -> Result<Vec<OpenTask>, Error> {
        self.tasks_that_are(&["pending", "reserved"], by).await
    }

    async fn tasks_that_are(
        &self,
        statuses: &[&'static str],
        by: Deadline,
    ) -> Result<Vec<OpenTask>, Error> {
        let path = format!("/v1/Workspaces/{}/Tasks", self.workspace());
        let request = statuses.iter().fold(
            Request::get(Product::TaskRouter, path).query("PageSize", 1_000),
            |request, status| request.query("AssignmentStatus", *status),
        );
        self.pages(request, "tasks", by).all().await
    }

    /// One task, whatever its status; nothing if it is gone.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn open_task(&self, task: TaskSid, by: Deadline) -> Result<Option<OpenTask>, Error> {
        let path = format!("/v1/Workspaces/{}/Tasks/{task}", self.workspace());
        match self
            .send(&Request::get(Product::TaskRouter, path), by)
            .await
        {
            Err(error) if error.is_not_found() => Ok(None),
            other => other?.read().map(Some),
        }
    }
}

fn attributes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Map<String, Value>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| crate::json::object(&text).unwrap_or_default()))
}
