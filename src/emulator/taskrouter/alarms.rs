//! What is due when: in order of time, each thing at most once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::twilio::sid::{ReservationSid, TaskSid};

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// An offer ends.
    Offer(ReservationSid),
    /// A task has waited too long, for its target or at all, or has been there for too long.
    Task(TaskSid),
}

/// All that is due.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    queue: BTreeSet<(Timestamp, Due)>,
    set: BTreeMap<Due, Timestamp>,
}

impl Alarms {
    /// Sets, moves or ends an alarm.
    pub(super) fn set(&mut self, due: Due, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.set.insert(due, at),
            None => self.set.remove(&due),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.queue.remove(&(before, due));
        }
        if let Some(at) = at {
            self.queue.insert((at, due));
        }
    }

    /// When the next one rings.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes the next one that has rung by `now`.
    pub(super) fn ring(&mut self, now: Timestamp) -> Option<Due> {
        let (_, due) = *self.queue.first().filter(|(at, _)| *at <= now)?;
        self.set(due, None);
        Some(due)
    }
}
