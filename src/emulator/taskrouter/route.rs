//! A task's way through its workflow: from target to target, by time-out or `skip_if`, until a worker accepts it or
//! the workflow ends.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Happening, TaskRouter,
    configuration::{Configuration, Stop},
};
use crate::twilio::sid::{TaskQueueSid, TaskSid};

/// Why a task is canceled that no worker took on its whole way.
const ENDED: &str = "Workflow timed out";

impl TaskRouter {
    /// Sends a task on its way, from the beginning.
    pub(super) fn set_out(&mut self, sid: TaskSid, route: Arc<Configuration>, now: Timestamp) {
        let Some(task) = self.tasks.get_mut(&sid) else {
            return;
        };
        let stop = route.first(&task.attributes.value);
        task.way.route = route;
        let workflow = task.workflow;
        self.tell(Happening::WorkflowEntered {
            task: sid,
            workflow,
        });
        self.enter(sid, stop, now, now);
    }

    /// Sends a task on, because its time at its target is up or because it `skipped` it.
    pub(super) fn go_on(&mut self, sid: TaskSid, skipped: bool, now: Timestamp) {
        let Some(task) = self.tasks.get(&sid) else {
            return;
        };
        let (way, workflow, queue) = (&task.way, task.workflow, task.queue);
        let next = way.stop.and_then(|stop| {
            let attributes = &task.attributes.value;
            way.route.after(stop, attributes, skipped)
        });
        let began = if skipped {
            way.began
        } else {
            way.ends().unwrap_or(now)
        };
        self.tell(if skipped {
            Happening::WorkflowSkipped {
                task: sid,
                workflow,
            }
        } else {
            Happening::QueueTimeout { task: sid, queue }
        });
        self.enter(sid, next, began, now);
    }

    /// Brings a task to a stop, or to the end of its way.
    fn enter(&mut self, sid: TaskSid, stop: Option<Stop>, began: Timestamp, now: Timestamp) {
        let Some(task) = self.tasks.get_mut(&sid) else {
            return;
        };
        let (workflow, before) = (task.workflow, task.way.stop.map(|_| task.queue));
        task.way.stop = stop;
        task.way.began = began;
        task.way.arrived = true;
        let target = stop.and_then(|stop| task.way.route.target(stop));
        let Some((queue, priority)) = target.map(|it| (it.queue, it.priority)) else {
            self.tell(Happening::WorkflowTimeout {
                task: sid,
                workflow,
            });
            // Only a task that waits is on its way.
            let _ = self.cancel(sid, Some(ENDED), now);
            return;
        };
        task.queue = queue;
        task.priority = priority.unwrap_or(task.priority);
        self.tell(Happening::TargetMatched {
            task: sid,
            workflow,
            queue,
        });
        self.note_queue(sid, before, now);
        self.settle(sid);
        self.fresh.insert(sid);
    }

    /// A task has come to its queue from another, or is new, or has stayed in it.
    fn note_queue(&mut self, sid: TaskSid, before: Option<TaskQueueSid>, now: Timestamp) {
        let Some(task) = self.tasks.get_mut(&sid) else {
            return;
        };
        let to = task.queue;
        if before == Some(to) {
            return;
        }
        task.queue_entered = now;
        if let Some(from) = before {
            self.tell(Happening::QueueMoved {
                task: sid,
                from,
                to,
            });
        }
        self.tell(Happening::QueueEntered {
            task: sid,
            queue: to,
        });
    }
}
