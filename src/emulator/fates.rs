//! What befalls tasks and workflows that no one in the story decides: an operator deletes a workflow, a plugin writes
//! into a task's attributes.

use serde_json::Value;

use super::{Emulator, taskrouter::Attributes};
use crate::twilio::sid::{TaskSid, WorkflowSid};

impl Emulator {
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
