//! What has been deleted, for as long as something may still be said of it.
//!
//! An event names the attributes of what it is about; when a deletion is told, its task is gone. So it is kept from
//! the act to the end of the telling after it.

use std::collections::BTreeMap;

use super::{Task, Worker};
use crate::twilio::sid::{TaskSid, WorkerSid};

/// What has been deleted lately.
#[derive(Debug, Default)]
pub(super) struct Buried {
    untold: Grave,
    told: Grave,
}

#[derive(Debug, Default)]
struct Grave {
    tasks: BTreeMap<TaskSid, Task>,
    workers: BTreeMap<WorkerSid, Worker>,
}

impl Buried {
    pub(super) fn bury(&mut self, task: Task) {
        self.untold.tasks.insert(task.sid, task);
    }

    pub(super) fn bury_worker(&mut self, worker: Worker) {
        self.untold.workers.insert(worker.sid, worker);
    }

    /// Everything has been told now; who was told may still ask.
    pub(super) fn told(&mut self) {
        self.told = std::mem::take(&mut self.untold);
    }

    pub(super) fn task(&self, sid: TaskSid) -> Option<&Task> {
        let graves = [&self.untold, &self.told];
        graves.into_iter().find_map(|grave| grave.tasks.get(&sid))
    }

    pub(super) fn worker(&self, sid: WorkerSid) -> Option<&Worker> {
        let graves = [&self.untold, &self.told];
        graves.into_iter().find_map(|grave| grave.workers.get(&sid))
    }
}
