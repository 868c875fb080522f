//! What befalls calls, tasks and workflows that nobody in the story decides: an operator deletes a workflow, a carrier
//! ends a call its own way, a plugin writes into a task's attributes.

use serde_json::Value;

use super::{CallStatus, Emulator, taskrouter::Attributes};
use crate::twilio::sid::{CallSid, TaskSid, WorkflowSid};

impl Emulator {
    /// Ends a call with a final status of the carrier's choice: `completed`, `busy`, `failed`, `no-answer` or
    /// `canceled`. Any other word counts as `failed`.
    pub fn end_call(&self, call: CallSid, status: &str) {
        let status = match status {
            "completed" => CallStatus::Completed,
            "busy" => CallStatus::Busy,
            "no-answer" => CallStatus::NoAnswer,
            "canceled" => CallStatus::Canceled,
            _ => CallStatus::Failed,
        };
        self.with(|world| world.set_status(call, status));
    }

    /// Deletes a workflow. Its tasks go on as they are.
    pub fn remove_workflow(&self, workflow: WorkflowSid) {
        self.with(|world| world.router.remove_workflow(workflow));
    }

    /// Writes one attribute of a task, as an agent's plugin may. False: there is no such task, or it would be too long.
    #[must_use]
    pub fn set_task_attribute(&self, task: TaskSid, name: &str, value: &Value) -> bool {
        self.with(|world| {
            let Some(now_there) = world.router.task(task) else {
                return false;
            };
            let mut attributes = now_there.attributes.value.clone();
            attributes[name] = value.clone();
            let Ok(attributes) = Attributes::of(attributes) else {
                return false;
            };
            let now = world.now();
            world.router.set_attributes(task, attributes, now);
            true
        })
    }
}
