//! Task queues (Twilio: "`TaskQueue` resource").

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, request::Request, sid::TaskQueueSid,
};

#[derive(Deserialize)]
struct Queue {
    friendly_name: String,
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
