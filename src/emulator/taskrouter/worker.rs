//! Workers, what they are doing, and how much of each kind of work they may have.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Activity, Attributes, Happening, TaskRouter};
use crate::{
    emulator::rest::Refusal,
    rng::Rng,
    twilio::sid::{ActivitySid, TaskChannelSid, WorkerChannelSid, WorkerSid},
};

/// One worker.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    /// Their SID.
    pub(crate) sid: WorkerSid,
    /// Their name, unique in the workspace whatever its case.
    pub(crate) name: String,
    /// What is known of them: `contact_uri`, `directExtension`, ….
    pub(crate) attributes: Attributes,
    /// What they are doing.
    pub(crate) activity: ActivitySid,
    /// One for each task channel.
    pub(crate) channels: Vec<WorkerChannel>,
    /// When they were made.
    pub(crate) created: Timestamp,
    /// When they were changed.
    pub(crate) updated: Timestamp,
    /// Since when they have been doing it.
    pub(crate) active_since: Timestamp,
    /// When they were last offered a task: the longest idle goes first.
    pub(crate) last_offer: Option<Timestamp>,
    /// Counts the changes; the `ETag`.
    pub(crate) version: u64,
}

/// How much work of one kind a worker may have.
#[derive(Clone, Debug)]
pub(crate) struct WorkerChannel {
    /// Its SID.
    pub(crate) sid: WorkerChannelSid,
    /// Which kind of work.
    pub(crate) channel: TaskChannelSid,
    /// How many tasks at once.
    pub(crate) capacity: u64,
    /// Whether any at all.
    pub(crate) available: bool,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed.
    pub(crate) updated: Timestamp,
}

impl TaskRouter {
    /// Makes a worker, in the workspace's default activity unless told otherwise, with room for one task of each
    /// kind.
    ///
    /// # Errors
    /// 20001 when the name is taken or too long, or the activity is unknown.
    pub(crate) fn add_worker(
        &mut self,
        name: &str,
        attributes: Attributes,
        activity: Option<ActivitySid>,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<WorkerSid, Refusal> {
        self.check_worker_name(name, None)?;
        let activity = activity.unwrap_or(self.workspace.default_activity);
        self.known_activity(activity)?;
        let sid = WorkerSid::from_bytes(rng.bytes());
        let channels = self.channels.iter().map(|channel| WorkerChannel {
            sid: WorkerChannelSid::from_bytes(rng.bytes()),
            channel: channel.sid,
            capacity: 1,
            available: true,
            created: now,
            updated: now,
        });
        let worker = Worker {
            sid,
            name: name.to_owned(),
            attributes,
            activity,
            channels: channels.collect(),
            created: now,
            updated: now,
            active_since: now,
            last_offer: None,
            version: 0,
        };
        self.workers.insert(sid, worker);
        self.floor.touch(sid);
        self.tell(Happening::WorkerCreated { worker: sid });
        Ok(sid)
    }

    /// Refuses a name that is too long or, whatever its case, another worker's.
    pub(crate) fn check_worker_name(
        &self,
        name: &str,
        own: Option<WorkerSid>,
    ) -> Result<(), Refusal> {
        if !(1..=64).contains(&name.chars().count()) {
            return Err(Refusal::invalid(
                "FriendlyName must have 1 to 64 characters",
            ));
        }
        let lower = name.to_lowercase();
        let mut others = self.workers.values().filter(|it| Some(it.sid) != own);
        if others.any(|other| other.name.to_lowercase() == lower) {
            return Err(Refusal::invalid("FriendlyName already exists"));
        }
        Ok(())
    }

    /// What a worker is doing.
    ///
    /// # Errors
    /// 20001 when there is no such activity.
    pub(crate) fn known_activity(&self, sid: ActivitySid) -> Result<&Activity, Refusal> {
        self.activity(sid)
            .ok_or_else(|| Refusal::invalid("ActivitySid is not an activity of this workspace"))
    }

    /// A worker, to be changed; they are looked at again before the next offer.
    pub(super) fn worker_mut(&mut self, sid: WorkerSid) -> Option<&mut Worker> {
        self.floor.touch(sid);
        self.workers.get_mut(&sid)
    }

    /// Changes a worker's name or attributes.
    pub(crate) fn set_worker(
        &mut self,
        sid: WorkerSid,
        name: Option<&str>,
        attributes: Option<Attributes>,
        now: Timestamp,
    ) {
        let Some(worker) = self.worker_mut(sid) else {
            return;
        };
        worker.name = name.unwrap_or(&worker.name).to_owned();
        worker.touch(now);
        if let Some(attributes) = attributes {
            worker.attributes = attributes;
            self.tell(Happening::WorkerAttributes { worker: sid });
        }
    }

    /// Changes how much work a worker may have on a channel, which is named by its own SID or that of its kind.
    pub(crate) fn set_channel(
        &mut self,
        sid: WorkerSid,
        channel: &str,
        capacity: Option<u64>,
        available: Option<bool>,
        now: Timestamp,
    ) {
        let worker = self.worker_mut(sid);
        let Some(it) = worker.and_then(|worker| worker.channel_mut(channel)) else {
            return;
        };
        let (kind, from, was) = (it.channel, it.capacity, it.available);
        it.capacity = capacity.unwrap_or(from);
        it.available = available.unwrap_or(was);
        it.updated = now;
        let changed = (it.capacity != from, it.available != was);
        if changed.0 {
            self.tell(Happening::WorkerCapacity {
                worker: sid,
                channel: kind,
                from,
            });
        }
        if changed.1 {
            self.tell(Happening::WorkerChannelAvailability {
                worker: sid,
                channel: kind,
            });
        }
    }

    /// Sends a worker to another activity.
    ///
    /// # Errors
    /// 20001 when there is no such activity, 20404 no such worker.
    pub(crate) fn set_activity(
        &mut self,
        worker: WorkerSid,
        activity: ActivitySid,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.known_activity(activity)?;
        let it = self
            .workers
            .get_mut(&worker)
            .ok_or_else(|| Refusal::not_found("of the worker"))?;
        if it.activity != activity {
            let (from, since) = (it.activity, it.active_since);
            it.activity = activity;
            it.active_since = now;
            it.touch(now);
            self.floor.touch(worker);
            self.tell(Happening::WorkerActivity {
                worker,
                from,
                to: activity,
                since,
            });
        }
        Ok(())
    }

    /// Takes a worker away; what is offered to them goes to others.
    pub(crate) fn remove_worker(&mut self, sid: WorkerSid, now: Timestamp) {
        self.reject_all(sid, now);
        if let Some(worker) = self.workers.remove(&sid) {
            self.floor.touch(sid);
            self.buried.bury_worker(worker);
            self.tell(Happening::WorkerDeleted { worker: sid });
        }
    }

    /// Whether a worker's activity is an available one.
    pub(crate) fn is_available(&self, worker: &Worker) -> bool {
        self.activity(worker.activity)
            .is_some_and(|activity| activity.available)
    }

    /// How many tasks of a kind a worker has, offered ones included.
    pub(crate) fn load(&self, worker: WorkerSid, channel: TaskChannelSid) -> u64 {
        let held = self.floor.held(worker);
        let held = held.filter_map(|sid| self.reservations.get(&sid));
        let tasks = held.filter_map(|it| self.tasks.get(&it.task));
        tasks.filter(|task| task.channel == channel).count() as u64
    }

    /// Whether a worker has room for one more task of a kind.
    pub(super) fn has_room(&self, worker: &Worker, channel: TaskChannelSid) -> bool {
        let mut channels = worker.channels.iter();
        channels
            .find(|it| it.channel == channel)
            .is_some_and(|it| it.available && self.load(worker.sid, channel) < it.capacity)
    }

    /// What expressions about a worker may name: their attributes, and what TaskRouter adds: `sid`, `friendly_name`,
    /// `activity_sid`, `activity_name`, and `channel.<unique name>` with how much of that work they have.
    pub(crate) fn worker_facts(&self, worker: &Worker) -> Value {
        let mut facts = worker.attributes.value.clone();
        if let Some(facts) = facts.as_object_mut() {
            let activity = self.activity(worker.activity).map(|it| it.name.clone());
            facts.insert("sid".to_owned(), json!(worker.sid));
            facts.insert("friendly_name".to_owned(), json!(worker.name));
            facts.insert("activity_sid".to_owned(), json!(worker.activity));
            facts.insert("activity_name".to_owned(), json!(activity));
            facts.insert("channel".to_owned(), json!({}));
            self.note_channels(worker, facts);
        }
        facts
    }

    /// Writes into a worker's facts how busy they are, where it has changed.
    pub(super) fn note_channels(&self, worker: &Worker, facts: &mut Map<String, Value>) {
        let Some(Value::Object(channels)) = facts.get_mut("channel") else {
            return;
        };
        for it in &worker.channels {
            let Some(kind) = self.channels.iter().find(|kind| kind.sid == it.channel) else {
                continue;
            };
            let load = self.load(worker.sid, it.channel);
            let same = |known: &Value| {
                known["assigned_tasks"] == load
                    && known["capacity"] == it.capacity
                    && known["available"] == it.available
            };
            if channels.get(&kind.unique_name).is_some_and(same) {
                continue;
            }
            let free = 100 * it.capacity.saturating_sub(load);
            let facts = json!({
                "assigned_tasks": load,
                "available": it.available,
                "available_capacity_percentage": free.checked_div(it.capacity).unwrap_or(0),
                "capacity": it.capacity,
                "configured_capacity": it.capacity,
            });
            channels.insert(kind.unique_name.clone(), facts);
        }
    }
}

impl Worker {
    /// Notes a change.
    fn touch(&mut self, now: Timestamp) {
        self.updated = now;
        self.version += 1;
    }

    /// The channel with this SID, or for this task channel.
    fn channel_mut(&mut self, id: &str) -> Option<&mut WorkerChannel> {
        let mut channels = self.channels.iter_mut();
        channels.find(|it| it.sid.as_str() == id || it.channel.as_str() == id)
    }
}
