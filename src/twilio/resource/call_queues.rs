//! The queues in which calls wait (Twilio: "Queue resource", "Member resource"). TaskRouter keeps one for each workflow
//! and names it by the workflow's SID (Twilio: "Queueing Twilio calls with TaskRouter").

use jiff::Timestamp;
use serde::Deserialize;

use super::calls::rfc_2822;
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{CallSid, QueueSid, WorkflowSid},
};

/// A queue of calls.
#[derive(Clone, Debug, Deserialize)]
pub struct CallQueue {
    /// Its SID.
    pub sid: QueueSid,
    /// Its name: a workflow's SID, if TaskRouter keeps it.
    #[serde(default)]
    pub friendly_name: String,
}

/// A call that waits in a queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// The call.
    pub call_sid: CallSid,
    /// Since when it waits.
    #[serde(default, deserialize_with = "rfc_2822")]
    pub date_enqueued: Option<Timestamp>,
}

/// The account's queues of calls.
#[derive(Clone, Copy, Debug)]
pub struct CallQueues<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's queues of calls.
    #[must_use]
    pub fn call_queues(&self, by: Deadline) -> CallQueues<'_> {
        CallQueues { twilio: self, by }
    }
}

impl CallQueues<'_> {
    fn path(self, rest: &str) -> String {
        let account = self.twilio.account();
        format!("/2010-04-01/Accounts/{account}/Queues{rest}.json")
    }

    /// The queue that TaskRouter keeps for a workflow; none if no call has ever waited for it.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn of_workflow(self, workflow: WorkflowSid) -> Result<Option<QueueSid>, Error> {
        // There is no filter by name (Twilio: "Queue resource").
        let request = Request::get(Product::Api, self.path("")).query("PageSize", 1_000);
        let queues: Vec<CallQueue> = self.twilio.pages(request, "queues", self.by).all().await?;
        let mut queues = queues.into_iter();
        let found = queues.find(|queue| queue.friendly_name == workflow.as_str());
        Ok(found.map(|queue| queue.sid))
    }

    /// What a queue is called.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn name(self, queue: QueueSid) -> Result<String, Error> {
        let request = Request::get(Product::Api, self.path(&format!("/{queue}")));
        let queue: CallQueue = self.twilio.send(&request, self.by).await?.read()?;
        Ok(queue.friendly_name)
    }

    /// Who waits in a queue.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn members(self, queue: QueueSid) -> Result<Vec<Member>, Error> {
        let path = self.path(&format!("/{queue}/Members"));
        let request = Request::get(Product::Api, path).query("PageSize", 1_000);
        let pages = self.twilio.pages(request, "queue_members", self.by);
        match pages.all().await {
            Err(error) if error.is_not_found() => Ok(vec![]),
            other => other,
        }
    }

    /// Whether a call waits in a queue.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn has(self, queue: QueueSid, call: CallSid) -> Result<bool, Error> {
        let path = self.path(&format!("/{queue}/Members/{call}"));
        match self
            .twilio
            .send(&Request::get(Product::Api, path), self.by)
            .await
        {
            Err(error) if error.is_not_found() => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// Takes a call out of a queue and puts it on the document at a URL. `false`: it does not wait there any more. Of
    /// several who try at once, one succeeds; so this is repeated after an unclear failure.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn take_out(self, queue: QueueSid, call: CallSid, url: &str) -> Result<bool, Error> {
        let path = self.path(&format!("/{queue}/Members/{call}"));
        let request = Request::post(Product::Api, path)
            .form("Url", url)
            .form("Method", "POST")
            .repeatable();
        match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() => Ok(false),
            other => other.map(|_| true),
        }
    }
}
