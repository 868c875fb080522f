//! Who waits for whom: the lists of tasks that are to be offered, and the round that offers them.
//!
//! A round looks only at what may have changed since the last one: tasks that have just come to a target or back from
//! a worker are offered to anybody; those that were tried before only to workers who have been freed since. All of
//! them take their turns in one order, the most urgent first, so that an old task never loses its worker to a new one.

use std::{
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

use jiff::Timestamp;

use super::{
    Task, TaskRouter, TaskStatus,
    alarms::Due,
    task::{List, Rank},
};
use crate::{
    rng::Rng,
    twilio::sid::{TaskSid, WorkerSid},
};

/// One task's turn, and the list it was taken from if it is not there for the first time.
type Turn = (Rank, TaskSid, Option<List>);

impl TaskRouter {
    /// Offers what can be offered.
    pub(super) fn offer(&mut self, rng: &Rng, now: Timestamp) {
        self.refresh();
        let mut turns = BTreeSet::new();
        self.call_fresh(&mut turns);
        let freed: Vec<_> = self.floor.freed.iter().copied().collect();
        for list in freed.into_iter().flat_map(|worker| self.lists_of(worker)) {
            turns.extend(self.next_in(list, None));
        }
        while let Some((rank, sid, list)) = turns.pop_first() {
            self.offer_one(sid, list.is_none(), rng, now);
            self.call_fresh(&mut turns);
            if let Some(list) = list.filter(|list| self.has_takers(*list)) {
                turns.extend(self.next_in(list, Some((rank, sid))));
            }
        }
        self.floor.freed.clear();
    }

    /// Tasks that have come to a target, or back to it, are offered to anybody.
    fn call_fresh(&mut self, turns: &mut BTreeSet<Turn>) {
        while let Some(sid) = self.fresh.pop_first() {
            let listed = self.tasks.get(&sid).and_then(|task| task.way.listed);
            turns.extend(listed.map(|(_, rank)| (rank, sid, None)));
        }
    }

    fn offer_one(&mut self, sid: TaskSid, fresh: bool, rng: &Rng, now: Timestamp) {
        let task = self.tasks.get(&sid);
        let Some(task) = task.filter(|task| task.way.listed.is_some()) else {
            return;
        };
        let picked = self.pick(task, fresh);
        let skips = task.way.target().is_some_and(|target| {
            let skip_if = target.skip_if.as_ref();
            let skip_if = skip_if.filter(|_| task.way.arrived && picked.is_empty());
            skip_if.is_some_and(|it| self.skips(it, target.queue, &task.attributes.value))
        });
        if let Some(task) = self.tasks.get_mut(&sid) {
            task.way.arrived = false;
        }
        for worker in picked {
            self.reserve(sid, worker, rng, now);
        }
        if skips {
            self.go_on(sid, true, now);
        }
    }

    /// The lists from which a worker may take something.
    fn lists_of(&self, worker: WorkerSid) -> Vec<List> {
        let queues = self.floor.queues(worker).iter();
        let lists = queues.flat_map(|queue| {
            let channels = self.floor.free_for(worker).iter();
            channels.map(|(channel, _)| List::Queue(*queue, *channel))
        });
        lists.chain([List::Worker(worker)]).collect()
    }

    /// Whether a worker who was freed may still take something from a list.
    fn has_takers(&self, list: List) -> bool {
        let may = |worker: WorkerSid| {
            let mut free = self.floor.free_for(worker).iter();
            match list {
                List::Queue(queue, channel) => {
                    free.any(|(it, _)| *it == channel) && self.floor.queues(worker).contains(&queue)
                }
                List::Worker(aimed) => aimed == worker && free.next().is_some(),
            }
        };
        self.floor.freed.iter().any(|worker| may(*worker))
    }

    fn next_in(&self, list: List, after: Option<(Rank, TaskSid)>) -> Option<Turn> {
        let all = self.waiting.get(&list)?;
        let next = match after {
            None => all.first(),
            Some(after) => all.range((Excluded(after), Unbounded)).next(),
        };
        next.map(|(rank, sid)| (*rank, *sid, Some(list)))
    }

    /// Sets a task's alarm, and lists it where its status, its target and its rank now want it.
    pub(super) fn settle(&mut self, sid: TaskSid) {
        let Some(task) = self.tasks.get(&sid) else {
            return;
        };
        let listed = self.listing(task);
        let end = match task.status {
            TaskStatus::Pending => task
                .way
                .ends()
                .map_or(task.expires(), |ends| ends.min(task.expires())),
            _ => task.expires(),
        };
        let (soon, later) = match task.forgotten() {
            None => (Some(end), None),
            later => (None, later),
        };
        self.alarms.set(Due::Task(sid), soon);
        self.graves.set(Due::Task(sid), later);
        self.list(sid, listed);
    }

    /// Lists a task there only.
    pub(super) fn list(&mut self, sid: TaskSid, listed: Option<(List, Rank)>) {
        let Some(task) = self.tasks.get_mut(&sid) else {
            return;
        };
        let before = std::mem::replace(&mut task.way.listed, listed);
        if before == listed {
            return;
        }
        if let Some((list, rank)) = before
            && let Some(all) = self.waiting.get_mut(&list)
        {
            all.remove(&(rank, sid));
        }
        if let Some((list, rank)) = listed {
            self.waiting.entry(list).or_default().insert((rank, sid));
        }
    }

    /// Where a task is to be listed, if another worker may be asked.
    fn listing(&self, task: &Task) -> Option<(List, Rank)> {
        let target = task.way.target()?;
        let queue = self.queue(target.queue)?;
        let wanted = match task.status {
            TaskStatus::Pending => true,
            TaskStatus::Reserved => self.asked(task) < queue.max_reserved && !task.is_aimed(),
            _ => false,
        };
        let aimed = self.aimed(task, target);
        let list = aimed.map_or(List::Queue(target.queue, task.channel), List::Worker);
        wanted.then(|| (list, task.rank(queue.order)))
    }
}
