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

#[derive(Deserialize)]
struct Queue {
    friendly_name: String,
}

#[derive(Deserialize)]
struct Named {
    sid: TaskQueueSid,
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
    /// The queues that a worker belongs to (Twilio: "`TaskQueue` resource", filter `WorkerSid`).
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn of_worker(self, worker: WorkerSid) -> Result<Vec<TaskQueueSid>, Error> {
        let workspace = self.twilio.workspace();
        let path = format!("/v1/Workspaces/{workspace}/TaskQueues");
        let request = Request::get(Product::TaskRouter, path)
            .query("WorkerSid", worker)
            .query("PageSize", 1_000);
        let pages = self.twilio.pages(request, "task_queues", self.by);
        let found: Vec<Named> = pages.all().await?;
        Ok(found.into_iter().map(|queue| queue.sid).collect())
    }

    /// The name of a queue, as people know it.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked, or has no such queue.
    pub async fn name(self, queue: TaskQueueSid) -> Result<String, Error> {
        let workspace = self.twilio.workspace();
        let path = format!("/v1/Workspaces/{workspace}/TaskQueues/{queue}");
        let request = Request::get(Product::TaskRouter, path);
        let answer = self.twilio.send(&request, self.by).await?;
        Ok(answer.read::<Queue>()?.friendly_name)
    }
}
