//! Who gets a task: those of its target's workers who are available and have room, by the target's order or else the
//! longest idle first.
//!
//! A task that was made for one worker (`RoutingTarget`) or whose target knows one (`known_worker_sid`) waits for that
//! worker alone. A worker who refused may be asked again, as Twilio does; only within one round of a queue that asks
//! several workers at once is everybody asked once.

use super::{
    ReservationStatus, Task, TaskRouter,
    configuration::{Known, Target},
};
use crate::{expression::Pair, twilio::sid::WorkerSid};

impl TaskRouter {
    /// Whom a task is offered to now. Unless it is `fresh`, only those who have been freed are looked at.
    pub(super) fn pick(&self, task: &Task, fresh: bool) -> Vec<WorkerSid> {
        let target = task.way.target();
        let queue = target.and_then(|target| self.queue(target.queue));
        let (Some(target), Some(queue)) = (target, queue) else {
            return Vec::new();
        };
        if task.is_aimed() {
            let aimed = self.aimed(task, target).into_iter();
            let free = |it: &WorkerSid| task.ignore_capacity || self.is_free(*it, task);
            return aimed.filter(free).collect();
        }
        let room = queue.max_reserved.saturating_sub(self.asked(task));
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let suited = self.candidates(task, target, fresh);
        let suited = suited.filter(|it| self.suits(*it, task, target));
        if target.order.is_empty() {
            return suited.take(room).collect();
        }
        let mut suited: Vec<_> = suited.collect();
        let pair = |worker: &WorkerSid| Pair {
            task: &task.attributes.value,
            worker: self.floor.facts(*worker),
        };
        suited.sort_by(|left, right| target.order.compare(&pair(left), &pair(right)));
        suited.truncate(room);
        suited
    }

    /// How many workers have been asked and have not answered.
    pub(super) fn asked(&self, task: &Task) -> u64 {
        let claims = task.way.claims.iter().skip(task.way.round);
        let claims = claims.filter_map(|sid| self.reservations.get(sid));
        let open = claims.filter(|it| it.status == ReservationStatus::Pending);
        open.count() as u64
    }

    /// The one worker whom a task waits for, if there is one.
    pub(super) fn aimed(&self, task: &Task, target: &Target) -> Option<WorkerSid> {
        if task.is_aimed() {
            let sid = task.target.as_deref()?.parse().ok()?;
            return self.worker(sid).map(|worker| worker.sid);
        }
        self.known(task, target.known.as_ref()?)
    }

    fn known(&self, task: &Task, known: &Known) -> Option<WorkerSid> {
        let scope = Pair {
            task: &task.attributes.value,
            worker: &serde_json::Value::Null,
        };
        match known {
            Known::Sid(path) => {
                let sid = path.value(&scope).as_str()?.parse().ok()?;
                self.worker(sid).map(|worker| worker.sid)
            }
            Known::Name(path) => {
                let name = path.value(&scope).as_str()?;
                let mut workers = self.workers.values();
                let found = workers.find(|worker| worker.name == name);
                found.map(|worker| worker.sid)
            }
        }
    }

    /// Who may come into question, the longest idle first.
    fn candidates<'a>(
        &'a self,
        task: &'a Task,
        target: &Target,
        fresh: bool,
    ) -> Box<dyn Iterator<Item = WorkerSid> + 'a> {
        if target.known.is_some() {
            let known = self.aimed(task, target).into_iter();
            return Box::new(known.filter(|it| self.is_free(*it, task)));
        }
        if fresh {
            return Box::new(self.floor.ready(task.channel));
        }
        let freed = self.floor.freed.iter();
        let free = freed.flat_map(|worker| self.floor.free_for(*worker));
        let free = free.filter(|(channel, _)| *channel == task.channel);
        let mut free: Vec<_> = free.map(|(_, idle)| *idle).collect();
        free.sort_unstable();
        Box::new(free.into_iter().map(|(.., worker)| worker))
    }

    fn suits(&self, worker: WorkerSid, task: &Task, target: &Target) -> bool {
        let pair = Pair {
            task: &task.attributes.value,
            worker: self.floor.facts(worker),
        };
        let round = task.way.claims.iter().skip(task.way.round);
        let mut round = round.filter_map(|sid| self.reservations.get(sid));
        self.belongs(worker, target.queue)
            && target.expression.as_ref().is_none_or(|it| it.holds(&pair))
            && !round.any(|claim| claim.worker == worker)
    }

    fn is_free(&self, worker: WorkerSid, task: &Task) -> bool {
        let mut free = self.floor.free_for(worker).iter();
        free.any(|(channel, _)| *channel == task.channel)
    }
}
