//! The parameters of an event, group by group: of a task with its workflow and queue, of a worker.
//!
//! Twilio: "Event callbacks" lists them; what real payloads carry beside that (`TaskVersion`, `TaskDateCreated`, …)
//! is sent too, because an application may have come to rely on it.

use jiff::Timestamp;

use crate::{
    emulator::{
        hooks::Fields,
        taskrouter::{Task, TaskStatus},
        world::World,
    },
    twilio::sid::{TaskSid, WorkerSid},
};

impl World {
    /// What is said of a task, or what was last said of one that is gone.
    pub(super) fn task_fields(&mut self, sid: TaskSid, now: Timestamp) -> Fields {
        let Some(task) = self.router.task(sid) else {
            let last = self.events.said.get(&sid).cloned();
            return last.unwrap_or_else(|| vec![("TaskSid".to_owned(), sid.to_string())]);
        };
        let fields = self.known_task(task, now);
        self.events.said.insert(sid, fields.clone());
        fields
    }

    fn known_task(&self, task: &Task, now: Timestamp) -> Fields {
        let age = now.duration_since(task.created).as_secs();
        let mut fields: Fields = Vec::new();
        let mut put = |name: &str, value: String| fields.push((name.to_owned(), value));
        put("TaskSid", task.sid.to_string());
        put("TaskAttributes", task.attributes.text.clone());
        put("TaskAge", age.to_string());
        put("TaskPriority", task.priority.to_string());
        put("TaskAssignmentStatus", task.status.name().to_owned());
        put("TaskVersion", task.version.to_string());
        put("TaskDateCreated", task.created.as_second().to_string());
        let reason = match task.status {
            TaskStatus::Canceled => Some("TaskCanceledReason"),
            TaskStatus::Completed => Some("TaskCompletedReason"),
            _ => None,
        };
        if let (Some(name), Some(reason)) = (reason, &task.reason) {
            put(name, reason.clone());
        }
        put("TaskChannelSid", task.channel.to_string());
        if let Some(channel) = self.router.channel(task.channel.as_str()) {
            put("TaskChannelUniqueName", channel.unique_name.clone());
        }
        put("WorkflowSid", task.workflow.to_string());
        if let Some(workflow) = self.router.workflow(task.workflow) {
            put("WorkflowName", workflow.name.clone());
        }
        put("TaskQueueSid", task.queue.to_string());
        if let Some(queue) = self.router.queue(task.queue) {
            put("TaskQueueName", queue.name.clone());
            put("TaskQueueTargetExpression", queue.target.clone());
        }
        fields
    }

    /// What is said of a worker.
    pub(super) fn worker_fields(&self, sid: WorkerSid) -> Fields {
        let mut fields: Fields = vec![("WorkerSid".to_owned(), sid.to_string())];
        let Some(worker) = self.router.worker(sid) else {
            return fields;
        };
        let mut put = |name: &str, value: String| fields.push((name.to_owned(), value));
        put("WorkerName", worker.name.clone());
        put("WorkerAttributes", worker.attributes.text.clone());
        put("WorkerActivitySid", worker.activity.to_string());
        if let Some(activity) = self.router.activity(worker.activity) {
            put("WorkerActivityName", activity.name.clone());
        }
        put("WorkerVersion", worker.version.to_string());
        fields
    }
}
