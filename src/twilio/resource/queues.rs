//! Task queues (Twilio: "`TaskQueue` resource").

use serde::Deserialize;

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{TaskQueueSid, WorkerSid},
};

/// A task queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Queue {
    /// Its SID.
    pub sid: TaskQueueSid,
    /// Its name, as people know it.
    #[serde(default)]
    pub friendly_name: String,
    /// The expression that says who works in it.
    #[serde(default)]
    pub target_workers: String,
}

/// The workspace's task queues.
#[derive(Clone, Copy, Debug)]
pub struct Queues<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The workspace's task queues.
    #[must_use]
    pub fn queues(&self, by: Deadline) -> Queues<'_> {
        Queues { twilio: self, by }
    }
}

impl Queues<'_> {
    /// All queues.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn all(self) -> Result<Vec<Queue>, Error> {
        let request = Request::get(Product::TaskRouter, self.path()).query("PageSize", 1_000);
        self.twilio
            .pages(request, "task_queues", self.by)
            .all()
            .await
    }

    fn path(self) -> String {
        format!("/v1/Workspaces/{}/TaskQueues", self.twilio.workspace())
    }

    /// The queues that a worker belongs to (Twilio: "`TaskQueue` resource", filter `WorkerSid`).
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn of_worker(self, worker: WorkerSid) -> Result<Vec<TaskQueueSid>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("WorkerSid", worker)
            .query("PageSize", 1_000);
        let pages = self.twilio.pages(request, "task_queues", self.by);
        let found: Vec<Queue> = pages.all().await?;
        Ok(found.into_iter().map(|queue| queue.sid).collect())
    }

    /// The name of a queue, as people know it.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked, or has no such queue.
    pub async fn name(self, queue: TaskQueueSid) -> Result<String, Error> {
        let path = format!("{}/{queue}", self.path());
        let request = Request::get(Product::TaskRouter, path);
        let answer = self.twilio.send(&request, self.by).await?;
        Ok(answer.read::<Queue>()?.friendly_name)
    }
}
