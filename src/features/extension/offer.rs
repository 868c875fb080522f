//! An agent who declines a call is not offered it again.
//!
//! TaskRouter offers a declined call to the next who fits, and where only one fits, to the same again, at once; before
//! the caller could be led elsewhere, the agent's browser would ring a second time. So the agent's own attributes say
//! which call was offered to them last, and our workflow asks for `worker.extensionOffered != task.call_sid`. Worker
//! attributes may change while an offer stands: the sample's plugin changes `isAcdReady` in that moment.

use std::time::Duration;

use serde_json::{Value, json};

use super::Extension;
use crate::{
    features::dispatch::Assignment,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::workers::WorkerChange,
        sid::{CallSid, WorkerSid},
    },
};

/// The worker attribute with the call that was offered last.
const OFFERED: &str = "extensionOffered";

/// How often another change of the same worker may be quicker.
const TRIES: u32 = 5;

/// How long it is tried; an agent who declines needs longer.
const WITHIN: Duration = Duration::from_secs(10);

impl Extension {
    /// Which call is offered by this assignment, if it is one to an extension.
    #[must_use]
    pub fn offered(&self, assignment: &Assignment) -> Option<CallSid> {
        let attributes = &assignment.task_attributes;
        let owner = attributes.get("extension")?.get("owner")?.as_str()?;
        let call = attributes.get("call_sid").and_then(Value::as_str)?;
        (owner.parse() == Ok(assignment.worker)).then_some(())?;
        call.parse().ok()
    }

    /// Notes which call is offered to a worker. Should it fail, the worker may be offered the call twice.
    pub async fn note_offer(&self, worker: WorkerSid, call: CallSid) {
        let by = Deadline::after(WITHIN);
        if let Err(error) = self.try_note_offer(worker, call, by).await {
            tracing::warn!(worker.sid = %worker, %error, "what was offered to a worker could not be noted");
        }
    }

    async fn try_note_offer(
        &self,
        worker: WorkerSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        for _ in 0..TRIES {
            let found = self.0.twilio.workers(by).fetch(worker).await?;
            if found.attributes.get(OFFERED) == Some(&json!(call)) {
                return Ok(());
            }
            let mut attributes = found.attributes;
            attributes.insert(OFFERED.to_owned(), json!(call));
            let change = WorkerChange {
                attributes: Some(attributes),
                ..WorkerChange::default()
            };
            let workers = self.0.twilio.workers(by);
            let revision = found.revision.as_deref();
            match workers.update(worker, &change, revision).await {
                Err(error) if error.is_outdated() => {}
                other => return other.map(|_| ()),
            }
        }
        Err(TwilioError::Late)
    }
}
