//! TaskRouter: workers, tasks, and the reservations that bring them together.
//!
//! Pure state: every act is told what time it is, and what came of it stands in the list of [`Happening`]s, which
//! the journal, the core and the agents' browsers read each at their own pace. Nothing is chosen while an act runs;
//! [`TaskRouter::advance`] does that afterwards: it lets time-outs strike and offers waiting tasks.
//!
//! It plays workflows with their filters, targets, time-outs and `skip_if` (`route`), queues with their order and
//! several reservations for one task (`choose`, `offer`), known workers and routing targets, and tells every event
//! that can come of those ([`Happening`]). It does not play activities that a queue prescribes, transfers between
//! workers, or statistics.
//!
//! An act costs what it changes: who is free is kept (`floor`), tasks are listed where they wait, what is due is kept
//! in order of time (`alarms`). So the same engine carries a day of a large contact center in seconds.

mod alarms;
mod buried;
mod calls;
mod choose;
mod claims;
mod configuration;
mod floor;
mod furniture;
mod happening;
mod life;
mod offer;
mod route;
mod sample;
mod task;
mod worker;
mod workspace;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use self::{
    alarms::Alarms,
    buried::Buried,
    floor::Floor,
    task::{List, Rank},
};
pub(crate) use self::{
    happening::Happening,
    task::{Attributes, NewTask, Reservation, ReservationStatus, Task, TaskOrder, TaskStatus},
    worker::{Worker, WorkerChannel},
    workspace::{Activity, TaskChannel, TaskQueue, Workflow, Workspace},
};
use super::rest::{Meter, Refusal};
use crate::{
    rng::Rng,
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
    /// Who is free for what.
    floor: Floor,
    /// The tasks that are to be offered, each in one list.
    waiting: BTreeMap<List, BTreeSet<(Rank, TaskSid)>>,
    /// Those of them that are to be offered to anybody, not only to who has been freed.
    fresh: BTreeSet<TaskSid>,
    /// What the router must be woken for.
    alarms: Alarms,
    /// When tasks can no longer be seen; no task is woken for it.
    graves: Alarms,
    buried: Buried,
    /// How many tasks there have been: keeps those made at one instant in order.
    made: u64,
    task_queries: Meter,
    worker_queries: Meter,
    happenings: Vec<Happening>,
    /// How many happenings [`TaskRouter::advance`] has told.
    told: usize,
    /// Whether what has been told is forgotten.
    pub(crate) forgets: bool,
    /// How many happenings are forgotten.
    forgotten: usize,
    /// Rung when something has happened. Waiting tasks are woken in the order they came, which a `watch` channel leaves to
    /// dice of its own.
    bell: Arc<Notify>,
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
            floor: Floor::default(),
            waiting: BTreeMap::new(),
            fresh: BTreeSet::new(),
            alarms: Alarms::default(),
            graves: Alarms::default(),
            buried: Buried::default(),
            made: 0,
            task_queries: Meter::new(3, second),
            worker_queries: Meter::new(3, second),
            happenings: Vec::new(),
            told: 0,
            forgets: false,
            forgotten: 0,
            bell: Arc::default(),
        };
        router.furnish(&Rng::seeded(0x3b8e_d19f_62c7_a055));
        router
    }
}

impl TaskRouter {
    /// Lets time-outs strike and offers what waits, then tells everything that has happened since it last told.
    pub(crate) fn advance(&mut self, rng: &Rng, now: Timestamp) -> Vec<Happening> {
        self.tick(now);
        self.offer(rng, now);
        let news = self.happenings(self.told).to_vec();
        if !news.is_empty() {
            self.told += news.len();
            self.bell.notify_waiters();
        }
        if self.forgets {
            self.forgotten = self.told;
            self.happenings.clear();
        }
        self.buried.told();
        news
    }

    /// When the next time-out strikes, if nothing happens before.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        self.alarms.next()
    }

    /// A bell that rings when something has happened.
    pub(crate) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// How many things have happened.
    pub(crate) fn told(&self) -> usize {
        self.told
    }

    /// What has happened after the first `seen` things, as far as it is not forgotten.
    pub(crate) fn happenings(&self, seen: usize) -> &[Happening] {
        let seen = seen.saturating_sub(self.forgotten);
        self.happenings.get(seen..).unwrap_or_default()
    }

    /// A task.
    pub(crate) fn task(&self, sid: TaskSid) -> Option<&Task> {
        self.tasks.get(&sid)
    }

    /// A task, even if it was deleted just now: what was told of it last can still be said.
    pub(crate) fn remembered_task(&self, sid: TaskSid) -> Option<&Task> {
        self.task(sid).or_else(|| self.buried.task(sid))
    }

    /// A worker, even if they were deleted just now.
    pub(crate) fn remembered_worker(&self, sid: WorkerSid) -> Option<&Worker> {
        self.worker(sid).or_else(|| self.buried.worker(sid))
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
