//! The parameters of an event, group by group: of a task with its workflow and queue, of a worker.
//!
//! Twilio: "Event callbacks" lists them; what real payloads carry beside that (`TaskVersion`, `TaskDateCreated`, …)
//! is sent too, because an application may have come to rely on it.

use jiff::Timestamp;

use crate::{
    emulator::{
        hooks::Fields,
        taskrouter::{Happening, Task, TaskStatus},
        world::World,
    },
    twilio::sid::{TaskChannelSid, TaskSid, WorkerSid},
};

impl World {
    /// What is said of a task, though it may be gone.
    pub(super) fn task_fields(&self, sid: TaskSid, now: Timestamp) -> Fields {
        let unknown = || vec![("TaskSid", sid.to_string())];
        let task = self.router.remembered_task(sid);
        task.map_or_else(unknown, |task| self.known_task(task, now))
    }

    /// What is said only of this kind of event: what a worker did before, how much room there was.
    pub(super) fn own_fields(&self, happening: Happening, now: Timestamp) -> Fields {
        let mut fields = Fields::new();
        let mut put = |name: &'static str, value: String| fields.push((name, value));
        match happening {
            Happening::Reservation { reservation, .. } => {
                put("ReservationSid", reservation.to_string());
            }
            Happening::WorkerActivity { from, since, .. } => {
                let time = now.duration_since(since);
                put("WorkerTimeInPreviousActivity", time.as_secs().to_string());
                put(
                    "WorkerTimeInPreviousActivityMs",
                    time.as_millis().to_string(),
                );
                put("WorkerPreviousActivitySid", from.to_string());
                if let Some(activity) = self.router.activity(from) {
                    put("WorkerPreviousActivityName", activity.name.clone());
                }
            }
            Happening::WorkerCapacity {
                worker,
                channel,
                from,
            } => {
                put("WorkerChannelPreviousCapacity", from.to_string());
                fields.extend(self.channel_fields(worker, channel));
            }
            Happening::WorkerChannelAvailability { worker, channel } => {
                fields.extend(self.channel_fields(worker, channel));
            }
            _ => {}
        }
        fields
    }

    fn channel_fields(&self, worker: WorkerSid, channel: TaskChannelSid) -> Fields {
        let found = self.router.worker(worker);
        let mut found = found.iter().flat_map(|worker| &worker.channels);
        let Some(it) = found.find(|it| it.channel == channel) else {
            return Fields::new();
        };
        let load = self.router.load(worker, channel);
        let free = (100 * it.capacity.saturating_sub(load)).checked_div(it.capacity);
        let name = self.router.channel(channel.as_str());
        let name = name.map_or_else(String::new, |it| it.unique_name.clone());
        [
            ("WorkerChannelAvailable", it.available.to_string()),
            (
                "WorkerChannelAvailableCapacity",
                free.unwrap_or(0).to_string(),
            ),
            ("WorkerChannelTaskCount", load.to_string()),
            ("TaskChannelSid", channel.to_string()),
            ("TaskChannelUniqueName", name),
        ]
        .into()
    }

    fn known_task(&self, task: &Task, now: Timestamp) -> Fields {
        let age = now.duration_since(task.created).as_secs();
        let mut fields: Fields = Vec::new();
        let mut put = |name: &'static str, value: String| fields.push((name, value));
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
        let mut fields: Fields = vec![("WorkerSid", sid.to_string())];
        let Some(worker) = self.router.remembered_worker(sid) else {
            return fields;
        };
        let mut put = |name: &'static str, value: String| fields.push((name, value));
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
