//! Callers waiting in line: tasks that no worker has accepted yet, by queue.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Dated, Overview};
use crate::twilio::{deadline::Deadline, error::Error};

/// The queues that had tasks waiting at some moment.
#[derive(Clone, Debug)]
pub struct InLine {
    /// The moment.
    pub at: Timestamp,
    /// The queues, in order of name.
    pub queues: Vec<QueueNow>,
}

/// A queue that has tasks waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNow {
    /// Its name, if Twilio's list has one.
    pub name: Option<String>,
    /// How many tasks no worker has accepted yet.
    pub tasks: usize,
    /// The age of the oldest of them, in seconds.
    pub oldest: u64,
}

impl Dated for InLine {
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Overview {
    pub(super) async fn read_line(&self, by: Deadline) -> Result<InLine, Error> {
        let mut queues: BTreeMap<Option<String>, (usize, u64)> = BTreeMap::new();
        for task in self.0.twilio.waiting_tasks(by).await? {
            let (tasks, oldest) = queues.entry(task.task_queue_friendly_name).or_default();
            *tasks += 1;
            *oldest = task.age.max(*oldest);
        }
        let queue = |(name, (tasks, oldest))| QueueNow {
            name,
            tasks,
            oldest,
        };
        Ok(InLine {
            at: self.0.clock.now(),
            queues: queues.into_iter().map(queue).collect(),
        })
    }
}
