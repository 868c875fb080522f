//! What calls and conferences tell TaskRouter, beside how tasks live.

use jiff::Timestamp;
use serde_json::Value;

use super::{Attributes, NewTask, TaskRouter};
use crate::{
    emulator::rest::Refusal,
    rng::Rng,
    twilio::sid::{CallSid, TaskSid, WorkflowSid},
};

impl TaskRouter {
    /// Makes the task of a call that `<Enqueue workflowSid>` puts into a queue. `attributes` are those of the call
    /// with the `<Task>` laid over them.
    ///
    /// # Errors
    /// 14222, Twilio's code for an `<Enqueue>` that could not make its task: unknown workflow, or attributes that are too long.
    pub(crate) fn enqueue(
        &mut self,
        call: CallSid,
        workflow: WorkflowSid,
        attributes: &Value,
        priority: u64,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<TaskSid, Refusal> {
        let new = NewTask {
            workflow,
            channel: "voice".to_owned(),
            attributes: Attributes::of(attributes.clone()).map_err(not_enqueued)?,
            priority,
            call: Some(call),
            target: None,
            ignore_capacity: false,
            timeout: 86_400,
            virtual_start: None,
        };
        self.create_task(new, rng, now).map_err(not_enqueued)
    }
}

fn not_enqueued(why: Refusal) -> Refusal {
    Refusal::new(400, 14222, why.message)
}
