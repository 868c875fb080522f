//! Every worker with what they are doing and have.
//!
//! TaskRouter tells who has which task only one task at a time. That is asked once for each task that is accepted, side
//! by side; a task whose worker could not be found out in time is told as such, and found the next time.

use std::{collections::HashMap, sync::Arc};

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Dated, Overview};
use crate::{
    features::availability::READY,
    twilio::{
        deadline::Deadline,
        error::Error,
        resource::{open_tasks::OpenTask, reservations::Standing, workers::Worker},
        sid::{ActivitySid, CallSid, TaskSid, WorkerSid},
    },
};

/// How many tasks are asked about side by side.
const LANES: usize = 8;

/// The whole floor at a time.
#[derive(Clone, Debug)]
pub struct Floor {
    /// When.
    pub at: Timestamp,
    /// The workers, in order of name.
    pub workers: Vec<WorkerNow>,
    /// Tasks whose worker is not known.
    pub adrift: Vec<TaskNow>,
}

/// Whether a worker takes calls from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They are in an available activity, and ready.
    Eligible,
    /// They are in an available activity, and not ready: they have a call, or one parked.
    Busy,
    /// They are in another activity.
    Unavailable,
    /// They are in an available activity, and Twilio's list does not say whether they are ready.
    Unknown,
}

/// One worker.
#[derive(Clone, Debug)]
pub struct WorkerNow {
    /// Their SID.
    pub sid: WorkerSid,
    /// Their name.
    pub name: String,
    /// The SID of what they are doing.
    pub activity_sid: Option<ActivitySid>,
    /// What they are doing.
    pub activity: String,
    /// Whether that is an available activity.
    pub available: bool,
    /// Whether they are ready for calls from the line, if the list says so.
    pub ready: Option<bool>,
    /// How many calls they have parked.
    pub parked: usize,
    /// Their tasks, the oldest first.
    pub tasks: Vec<TaskNow>,
}

/// One task.
#[derive(Clone, Debug)]
pub struct TaskNow {
    /// Its SID.
    pub sid: TaskSid,
    /// `reserved`, `assigned` or `wrapping`.
    pub status: String,
    /// What kind of work it is, such as `voice`.
    pub channel: Option<String>,
    /// The queue it came from, as Flex shows it.
    pub queue: Option<String>,
    /// The queue its caller came from at first: of a call that was picked up, not the one of pick-ups.
    pub original_queue: Option<String>,
    /// Its call.
    pub call: Option<CallSid>,
    /// For how many seconds it has been there.
    pub age: u64,
}

/// Who has a task, and what its attributes say.
#[derive(Debug)]
pub(super) struct Place {
    status: String,
    workers: Vec<WorkerSid>,
    attributes: Map<String, Value>,
}

impl Dated for Floor {
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl WorkerNow {
    /// Whether they take calls from the line.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.available, self.ready) {
            (false, _) => State::Unavailable,
            (true, Some(true)) => State::Eligible,
            (true, Some(false)) => State::Busy,
            (true, None) => State::Unknown,
        }
    }
}

impl Floor {
    /// How many workers are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        let is = |worker: &&WorkerNow| worker.state() == state;
        self.workers.iter().filter(is).count()
    }
}

impl Overview {
    pub(super) async fn read_floor(&self, by: Deadline) -> Result<Floor, Error> {
        let twilio = &self.0.twilio;
        let (workers, tasks, on_hold) = tokio::try_join!(
            twilio.workers(by).all(),
            twilio.open_tasks(by),
            self.0.parking.all(by),
        )?;
        let mut parked: HashMap<WorkerSid, usize> = HashMap::new();
        for call in &on_hold {
            *parked.entry(call.worker_sid).or_default() += 1;
        }
        let (mut hands, adrift) = self.hand_out(tasks, by).await;
        let now = |worker: Worker| {
            let mut tasks = hands.remove(&worker.sid).unwrap_or_default();
            tasks.sort_by_key(|task| (std::cmp::Reverse(task.age), task.sid));
            WorkerNow {
                parked: parked.get(&worker.sid).copied().unwrap_or(0),
                ready: worker.attributes.get(READY).and_then(Value::as_bool),
                sid: worker.sid,
                name: worker.friendly_name,
                activity_sid: worker.activity_sid,
                activity: worker.activity_name,
                available: worker.available,
                tasks,
            }
        };
        let mut workers: Vec<_> = workers.into_iter().map(now).collect();
        workers.sort_by(|left, right| (&left.name, left.sid).cmp(&(&right.name, right.sid)));
        Ok(Floor {
            at: self.0.clock.now(),
            workers,
            adrift,
        })
    }

    /// Which worker has which task, and the tasks whose worker is not known.
    async fn hand_out(
        &self,
        tasks: Vec<OpenTask>,
        by: Deadline,
    ) -> (HashMap<WorkerSid, Vec<TaskNow>>, Vec<TaskNow>) {
        let asked = stream::iter(tasks).map(|task| async move {
            let place = self.place(&task, by).await;
            (task, place)
        });
        let known: Vec<_> = asked.buffer_unordered(LANES).collect().await;
        let mut hands: HashMap<WorkerSid, Vec<TaskNow>> = HashMap::new();
        let mut adrift = vec![];
        for (task, place) in known {
            let now = TaskNow::of(task, place.as_deref());
            let workers = place.as_deref().map_or(&[][..], |place| &place.workers);
            if workers.is_empty() {
                adrift.push(now);
                continue;
            }
            for worker in workers {
                hands.entry(*worker).or_default().push(now.clone());
            }
        }
        adrift.sort_by_key(|task| task.sid);
        (hands, adrift)
    }

    /// Who has a task; nothing if that could not be found out.
    async fn place(&self, task: &OpenTask, by: Deadline) -> Option<Arc<Place>> {
        let known = self.0.places.recall(&task.sid).filter(|place| {
            // Who is offered a task changes every few seconds.
            place.status == task.assignment_status && task.assignment_status != "reserved"
        });
        if known.is_some() {
            return known;
        }
        let found = self.find_place(task, by).await;
        let found = found.inspect_err(|error| {
            tracing::warn!(task.sid = %task.sid, %error, "who has a task could not be found out");
        });
        let place = Arc::new(found.ok()?);
        // A task between two workers has none for a moment.
        if !place.workers.is_empty() {
            self.0.places.keep(task.sid, Arc::clone(&place));
        }
        Some(place)
    }

    async fn find_place(&self, task: &OpenTask, by: Deadline) -> Result<Place, Error> {
        let twilio = &self.0.twilio;
        let reservations = twilio.reservations(task.sid, by).all().await?;
        let has = |it: &Standing| matches!(it, Standing::Pending | Standing::Taken);
        let having = reservations.into_iter().filter(|it| has(&it.standing));
        let attributes = if let Some(attributes) = &task.attributes {
            attributes.clone()
        } else {
            // A list may leave them out.
            let task = twilio.open_task(task.sid, by).await?;
            task.and_then(|task| task.attributes).unwrap_or_default()
        };
        Ok(Place {
            status: task.assignment_status.clone(),
            workers: having.map(|it| it.worker_sid).collect(),
            attributes,
        })
    }
}

impl TaskNow {
    fn of(task: OpenTask, place: Option<&Place>) -> Self {
        let attributes = task.attributes.as_ref();
        let attributes = attributes.or(place.map(|place| &place.attributes));
        let text = |name: &str| attributes?.get(name)?.as_str();
        let call = text("call_sid").and_then(|sid| sid.parse().ok());
        let written = attributes
            .and_then(|it| it.get("conversations")?.get("queue")?.as_str())
            .filter(|queue| !queue.is_empty())
            .map(str::to_owned);
        let moved = |name: &str| attributes.and_then(|it| it.get(name)) == Some(&Value::Bool(true));
        let own = task.task_queue_friendly_name.clone();
        // The queue of pick-ups belongs to no worker; without attributes it cannot be told apart.
        let own = own
            .filter(|_| attributes.is_some() && !moved("isParkPickup") && !moved("isParkHangup"));
        Self {
            sid: task.sid,
            status: task.assignment_status,
            channel: task.task_channel_unique_name,
            queue: task.task_queue_friendly_name,
            original_queue: written.or(own),
            call,
            age: task.age,
        }
    }
}
