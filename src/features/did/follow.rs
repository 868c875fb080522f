//! What TaskRouter tells of calls in which agents' numbers play a part.
//!
//! A call to an agent's number that a colleague took is marked as a failover, so that reports can tell the two apart; and
//! the agent who calls out from a shared number is remembered.

use serde_json::json;

use super::Did;
use crate::{
    error::{Error, upstream},
    events::RouterEvent,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::tasks::Task,
        sid::{TaskSid, WorkerSid},
    },
};

impl Did {
    /// Does what an event of TaskRouter calls for, if anything.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be delivered again.
    pub async fn router_event(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        if event.kind != "reservation.accepted" {
            return self.task_ended(event, by).await;
        }
        let (Some(task), Some(worker)) = (event.task, event.worker) else {
            return Ok(());
        };
        let caller = &event.caller;
        let elsewhere = caller
            .did
            .and_then(|it| it.owner)
            .is_some_and(|owner| owner != worker);
        let done = if elsewhere && !caller.was_parked {
            self.mark_failover(task, by).await
        } else if caller.is_outbound {
            self.remember(event, worker, by).await
        } else {
            Ok(())
        };
        done.map_err(upstream("following a call of an agent's number"))
    }

    /// Notes who calls out, if it is from a number that others use, too.
    async fn remember(
        &self,
        event: &RouterEvent,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let (Some(customer), Some(line)) = (&event.caller.outbound_to, &event.caller.from) else {
            return Ok(());
        };
        let (memory, shared) = (&self.0.memory, &self.0.settings.shared);
        if !memory.is_on() || !shared.contains(line) {
            return Ok(());
        }
        memory.called(customer, line, worker, event.at, by).await
    }

    /// Marks a task that went to another worker than the number's owner.
    async fn mark_failover(&self, task: TaskSid, by: Deadline) -> Result<(), TwilioError> {
        let marked = |found: &Task| {
            let mut attributes = found.attributes.clone();
            let did = attributes.get_mut("did")?.as_object_mut()?;
            let before = did.insert("routing".to_owned(), json!("failover"));
            (before != Some(json!("failover"))).then_some(attributes)
        };
        let tasks = self.0.twilio.tasks(by);
        tasks.change_attributes(task, marked).await
    }
}
