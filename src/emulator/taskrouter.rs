//! TaskRouter: workers, tasks, and the reservations that bring them together.
//!
//! Pure state: every act is told what time it is, and what came of it stands in the list of [`Happening`]s, which
//! the journal, the core and the agents' browsers read each at their own pace. Nothing is chosen while an act runs;
//! [`TaskRouter::advance`] does that afterwards: it lets time-outs strike and offers waiting tasks.
//!
//! What it promises now: known workers, direct extensions, and otherwise any available worker of the workflow's queue
//! who has room (`choose`). What it does not yet: workflow filters and targets, escalation, queue order by
//! expression, several reservations for one task, instructions, assignment and event callbacks.

mod calls;
mod choose;
mod expression;
mod furniture;
mod happening;
mod life;
mod task;
mod worker;
mod workspace;

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

pub(crate) use self::{
    expression::Expression,
    happening::Happening,
    task::{Attributes, NewTask, Reservation, ReservationStatus, Task, TaskStatus},
    worker::{Worker, WorkerChannel},
    workspace::{Activity, TaskChannel, TaskQueue, Workflow, Workspace},
};
use super::rest::{Meter, Refusal};
use crate::{
    chance::Chance,
    twilio::sid::{ReservationSid, TaskSid, WorkerSid},
};

/// How long a finished task can still be seen (Twilio: "Task lifecycle").
const AFTERLIFE: SignedDuration = SignedDuration::from_mins(5);

/// How long a task may stay assigned or wrapping before it is deleted.
const LONGEST_WORK: SignedDuration = SignedDuration::from_hours(24);

/// One workspace and everything in it.
#[derive(Debug)]
pub(crate) struct TaskRouter {
    /// The workspace.
    pub(crate) workspace: Workspace,
    /// Whether lists show attributes. Twilio's pages say they do not, live accounts have been seen to; a careful
    /// application works either way.
    pub(crate) lists_show_attributes: bool,
    /// Whether the limit of three expression queries a second holds.
    pub(crate) limited: bool,
    activities: Vec<Activity>,
    channels: Vec<TaskChannel>,
    queues: Vec<TaskQueue>,
    workflows: Vec<Workflow>,
    workers: BTreeMap<WorkerSid, Worker>,
    tasks: BTreeMap<TaskSid, Task>,
    reservations: BTreeMap<ReservationSid, Reservation>,
    /// How many tasks there have been: keeps those made at one instant in order.
    made: u64,
    task_queries: Meter,
    worker_queries: Meter,
    happenings: Vec<Happening>,
    /// How many happenings [`TaskRouter::advance`] has told.
    told: usize,
    bell: watch::Sender<usize>,
}

impl Default for TaskRouter {
    /// The workspace that Flex makes: three activities, two channels, a queue for everyone. Its SIDs are always the
    /// same, so that a configuration can be written down.
    fn default() -> Self {
        let second = Duration::from_secs(1);
        let mut router = Self {
            workspace: Workspace::new(),
            lists_show_attributes: true,
            limited: true,
            activities: Vec::new(),
            channels: Vec::new(),
            queues: Vec::new(),
            workflows: Vec::new(),
            workers: BTreeMap::new(),
            tasks: BTreeMap::new(),
            reservations: BTreeMap::new(),
            made: 0,
            task_queries: Meter::new(3, second),
            worker_queries: Meter::new(3, second),
            happenings: Vec::new(),
            told: 0,
            bell: watch::Sender::new(0),
        };
        router.furnish(&Chance::seeded(0x7a5c));
        router
    }
}

impl TaskRouter {
    /// Lets time-outs strike and offers what waits, then tells everything that has happened since it last told.
    pub(crate) fn advance(&mut self, chance: &Chance, now: Timestamp) -> Vec<Happening> {
        self.tick(now);
        self.offer(chance, now);
        let news = self.happenings[self.told..].to_vec();
        if !news.is_empty() {
            self.told = self.happenings.len();
            self.bell.send_replace(self.told);
        }
        news
    }

    /// When the next time-out strikes, if nothing happens before.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        let offers = self.reservations.values();
        let offers = offers
            .filter(|it| it.status == ReservationStatus::Pending)
            .map(|it| it.expires);
        let waits = self.tasks.values().filter(|task| task.status.waits());
        offers.chain(waits.map(Task::expires)).min()
    }

    /// A bell that rings when something has happened; its value is how many things have.
    pub(crate) fn listen(&self) -> watch::Receiver<usize> {
        self.bell.subscribe()
    }

    /// What has happened after the first `seen` things.
    pub(crate) fn happenings(&self, seen: usize) -> &[Happening] {
        self.happenings.get(seen..).unwrap_or_default()
    }

    /// A task.
    pub(crate) fn task(&self, sid: TaskSid) -> Option<&Task> {
        self.tasks.get(&sid)
    }

    /// All tasks that still exist.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// A reservation.
    pub(crate) fn reservation(&self, sid: ReservationSid) -> Option<&Reservation> {
        self.reservations.get(&sid)
    }

    /// All reservations of tasks that still exist, in order of making.
    pub(crate) fn reservations(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations.values()
    }

    /// A worker.
    pub(crate) fn worker(&self, sid: WorkerSid) -> Option<&Worker> {
        self.workers.get(&sid)
    }

    /// All workers, in order of SID.
    pub(crate) fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values()
    }

    /// Counts one `EvaluateTaskAttributes` query.
    ///
    /// # Errors
    /// 20429 above three a second.
    pub(crate) fn meter_task_query(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let admitted = !self.limited || self.task_queries.admits(1, now);
        admitted.then_some(()).ok_or_else(Refusal::too_many)
    }

    /// Counts one `TargetWorkersExpression` query.
    ///
    /// # Errors
    /// 20429 above three a second.
    pub(crate) fn meter_worker_query(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let admitted = !self.limited || self.worker_queries.admits(1, now);
        admitted.then_some(()).ok_or_else(Refusal::too_many)
    }

    fn tell(&mut self, happening: Happening) {
        self.happenings.push(happening);
    }
}

#[cfg(test)]
mod tests;
