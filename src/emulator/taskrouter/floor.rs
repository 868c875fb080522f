//! Who is on the floor: which queues each worker belongs to, how much they have to do, and who is free for more.
//!
//! It is kept beside the workers so that an act costs what it changes, whatever else there is. Code that changes a
//! worker touches them ([`Floor::touch`]); before the next offer they are looked at again. Only the load, which
//! changes with every offer, is kept at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::TaskRouter;
use crate::expression::Expression;
use crate::twilio::sid::{ReservationSid, TaskChannelSid, TaskQueueSid, WorkerSid};

/// A worker's place among the idle: who was never offered anything first, then who was longest ago.
pub(super) type Idle = (Option<Timestamp>, Timestamp, WorkerSid);

/// What is kept of everybody.
#[derive(Debug, Default)]
pub(super) struct Floor {
    seats: BTreeMap<WorkerSid, Seat>,
    /// To be looked at again.
    touched: BTreeSet<WorkerSid>,
    /// May take what they could not take before.
    pub(super) freed: BTreeSet<WorkerSid>,
    /// Who is available and has room, the longest idle first.
    ready: BTreeMap<TaskChannelSid, BTreeSet<Idle>>,
    members: BTreeMap<TaskQueueSid, BTreeSet<WorkerSid>>,
}

/// What is kept of a worker.
#[derive(Debug)]
struct Seat {
    facts: Value,
    queues: Vec<TaskQueueSid>,
    ready: Vec<(TaskChannelSid, Idle)>,
    /// The reservations that take up their capacity.
    held: BTreeSet<ReservationSid>,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            facts: Value::Null,
            queues: Vec::new(),
            ready: Vec::new(),
            held: BTreeSet::new(),
        }
    }
}

impl Floor {
    /// A worker is to be looked at again.
    pub(super) fn touch(&mut self, worker: WorkerSid) {
        self.touched.insert(worker);
    }

    /// They all are.
    pub(super) fn touch_all(&mut self, workers: impl Iterator<Item = WorkerSid>) {
        self.touched.extend(workers);
    }

    /// A reservation takes up a worker's capacity, or does not any more.
    pub(super) fn hold(&mut self, worker: WorkerSid, reservation: ReservationSid, held: bool) {
        let seat = self.seats.entry(worker).or_default();
        if held {
            seat.held.insert(reservation);
        } else if seat.held.remove(&reservation) {
            self.freed.insert(worker);
        }
    }

    /// The reservations that take up a worker's capacity.
    pub(super) fn held(&self, worker: WorkerSid) -> impl Iterator<Item = ReservationSid> + '_ {
        let seat = self.seats.get(&worker).into_iter();
        seat.flat_map(|seat| seat.held.iter().copied())
    }

    /// What expressions may ask of a worker.
    pub(super) fn facts(&self, worker: WorkerSid) -> &Value {
        self.seats.get(&worker).map_or(&Value::Null, |it| &it.facts)
    }

    /// The queues a worker belongs to, or may belong to when they have less to do.
    pub(super) fn queues(&self, worker: WorkerSid) -> &[TaskQueueSid] {
        self.seats.get(&worker).map_or(&[], |it| &it.queues)
    }

    /// Who belongs to a queue, or may.
    pub(super) fn members(&self, queue: TaskQueueSid) -> impl Iterator<Item = WorkerSid> + '_ {
        let members = self.members.get(&queue).into_iter().flatten();
        members.copied()
    }

    /// Who is free for a kind of work, the longest idle first.
    pub(super) fn ready(&self, channel: TaskChannelSid) -> impl Iterator<Item = WorkerSid> + '_ {
        let ready = self.ready.get(&channel).into_iter().flatten();
        ready.map(|(.., worker)| *worker)
    }

    /// The kinds of work a worker is free for, and their place among the idle.
    pub(super) fn free_for(&self, worker: WorkerSid) -> &[(TaskChannelSid, Idle)] {
        self.seats.get(&worker).map_or(&[], |it| &it.ready)
    }

    fn take_facts(&mut self, worker: WorkerSid) -> Value {
        let seat = self.seats.get_mut(&worker);
        seat.map_or(Value::Null, |seat| seat.facts.take())
    }

    fn set_facts(&mut self, worker: WorkerSid, facts: Value) {
        self.seats.entry(worker).or_default().facts = facts;
    }

    fn set_ready(&mut self, worker: WorkerSid, ready: Vec<(TaskChannelSid, Idle)>) {
        let seat = self.seats.entry(worker).or_default();
        if seat.ready == ready {
            return;
        }
        for (channel, idle) in std::mem::replace(&mut seat.ready, ready.clone()) {
            if let Some(all) = self.ready.get_mut(&channel) {
                all.remove(&idle);
            }
        }
        for (channel, idle) in ready {
            self.ready.entry(channel).or_default().insert(idle);
        }
    }

    fn set_queues(&mut self, worker: WorkerSid, queues: Vec<TaskQueueSid>) {
        let seat = self.seats.entry(worker).or_default();
        if seat.queues == queues {
            return;
        }
        for queue in std::mem::replace(&mut seat.queues, queues.clone()) {
            if let Some(all) = self.members.get_mut(&queue) {
                all.remove(&worker);
            }
        }
        for queue in queues {
            self.members.entry(queue).or_default().insert(worker);
        }
    }
}

impl TaskRouter {
    /// Looks again at everybody who was touched.
    pub(super) fn refresh(&mut self) {
        while let Some(sid) = self.floor.touched.pop_first() {
            let Some(worker) = self.workers.get(&sid) else {
                self.floor.set_ready(sid, Vec::new());
                self.floor.set_queues(sid, Vec::new());
                self.floor.seats.remove(&sid);
                self.floor.freed.remove(&sid);
                continue;
            };
            let facts = self.worker_facts(worker);
            let queues = self.queues.iter();
            let queues = queues.filter(|queue| queue.by_load || queue.workers.holds(&facts));
            let queues = queues.map(|queue| queue.sid).collect();
            self.floor.set_queues(sid, queues);
            self.floor.set_facts(sid, facts);
            self.reindex(sid);
            self.floor.freed.insert(sid);
        }
    }

    /// Notes what a worker is free for, and what expressions see of it.
    pub(super) fn reindex(&mut self, sid: WorkerSid) {
        let Some(worker) = self.workers.get(&sid) else {
            return;
        };
        let available = self.is_available(worker);
        let idle = (worker.last_offer, worker.active_since, sid);
        let channels = worker.channels.iter();
        let free = channels.filter(|it| available && self.has_room(worker, it.channel));
        let free = free.map(|it| (it.channel, idle)).collect();
        let mut facts = self.floor.take_facts(sid);
        if let Some(facts) = facts.as_object_mut() {
            self.note_channels(worker, facts);
        }
        self.floor.set_ready(sid, free);
        self.floor.set_facts(sid, facts);
    }

    /// Whether a worker belongs to a queue, as things stand.
    pub(crate) fn belongs(&self, worker: WorkerSid, queue: TaskQueueSid) -> bool {
        self.floor.queues(worker).contains(&queue)
            && self.queue(queue).is_some_and(|queue| {
                !queue.by_load || queue.workers.holds(self.floor.facts(worker))
            })
    }

    /// Whether a target's `skip_if` holds: it may ask for the task, and how many of the queue's workers are
    /// available, are not, or do something (Twilio: "Skipping based on worker availability").
    pub(super) fn skips(&self, skip_if: &Expression, queue: TaskQueueSid, task: &Value) -> bool {
        let mut scope = json!({ "task": task });
        if skip_if.asks_for(&["workers"]) {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            counts.extend([("available", 0), ("unavailable", 0)]);
            counts.extend(self.activities.iter().map(|it| (it.sid.as_str(), 0)));
            let members = self.floor.members(queue);
            let members = members.filter(|worker| self.belongs(*worker, queue));
            for worker in members.filter_map(|sid| self.workers.get(&sid)) {
                let available = self.is_available(worker);
                let word = if available {
                    "available"
                } else {
                    "unavailable"
                };
                for name in [word, worker.activity.as_str()] {
                    counts.entry(name).and_modify(|count| *count += 1);
                }
            }
            scope["workers"] = json!(counts);
        }
        skip_if.holds(&scope)
    }
}
