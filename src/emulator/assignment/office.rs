//! How a story sets callbacks up, and what it can see of reservations and workers.

use std::time::Duration;

use jiff::Timestamp;

use super::Asked;
use crate::{
    emulator::{
        Emulator, FlexError, taskrouter::Attributes, taskrouter::Reservation, world::World,
    },
    twilio::sid::{ReservationSid, TaskSid, WorkerSid, WorkflowSid},
};

/// A reservation as a test or the demo may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationView {
    /// The reservation.
    pub sid: ReservationSid,
    /// What is offered.
    pub task: TaskSid,
    /// To whom.
    pub worker: WorkerSid,
    /// Its `reservation_status`.
    pub status: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// When the offer ends, while it is pending.
    pub expires: Timestamp,
}

/// A worker as a test or the demo may see them.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerView {
    /// The worker.
    pub sid: WorkerSid,
    /// Their name.
    pub name: String,
    /// What is known of them.
    pub attributes: serde_json::Value,
    /// The name of what they are doing.
    pub activity: String,
    /// Whether who does it gets tasks.
    pub available: bool,
    /// How long they have been doing it.
    pub since: Duration,
}

impl Emulator {
    /// Says where a workflow asks what to do with its reservations, and which URL when that fails. `None`: no URL.
    pub fn workflow_callback(
        &self,
        workflow: WorkflowSid,
        url: Option<&str>,
        fallback: Option<&str>,
    ) {
        let asked = Asked {
            url: url.map(str::to_owned),
            fallback: fallback.map(str::to_owned),
        };
        self.with(|world| world.callbacks.set(workflow, asked));
    }

    /// Says where the workspace reports its events, and which: a comma list of event types, or everything.
    pub fn events_to(&self, url: Option<&str>, filter: Option<&str>) {
        self.with(|world| {
            world
                .events
                .send_to(url.map(str::to_owned), filter.map(str::to_owned));
        });
    }

    /// Makes a worker without a browser, available, whose attributes are these and no others.
    ///
    /// # Errors
    /// When the name is taken, or the attributes are too long or no object.
    pub fn add_worker(
        &self,
        name: &str,
        attributes: &serde_json::Value,
    ) -> Result<WorkerSid, FlexError> {
        let attributes = Attributes::of(attributes.clone())?;
        self.with(|world| {
            let (activity, now) = (world.router.activity_named("Available"), world.now());
            let rng = &world.rng;
            Ok(world
                .router
                .add_worker(name, attributes, activity, rng, now)?)
        })
    }

    /// Makes an activity; workers in an available one get tasks. Gives the SID of one that is there already.
    #[expect(
        clippy::must_use_candidate,
        reason = "the activity exists from here on"
    )]
    pub fn add_activity(&self, name: &str, available: bool) -> crate::twilio::sid::ActivitySid {
        self.with(|world| {
            let there = world.router.activity_named(name);
            there.unwrap_or_else(|| world.router.add_activity(name, available, &world.rng))
        })
    }

    /// Where workers go whose reservation timed out (Twilio: "Workspace resource", `TimeoutActivitySid`).
    pub fn timeout_activity(&self, activity: crate::twilio::sid::ActivitySid) {
        self.with(|world| world.router.workspace.timeout_activity = activity);
    }

    /// All reservations of tasks that can still be seen, in the order they were made.
    #[must_use]
    pub fn reservations(&self) -> Vec<ReservationView> {
        let world = self.lock();
        let mut all: Vec<_> = world.router.reservations().map(view).collect();
        all.sort_by_key(|it| (it.created, it.sid));
        all
    }

    /// One reservation, if it can still be seen.
    #[must_use]
    pub fn reservation(&self, sid: ReservationSid) -> Option<ReservationView> {
        self.lock().router.reservation(sid).map(view)
    }

    /// All workers, in order of SID.
    #[must_use]
    pub fn workers(&self) -> Vec<WorkerView> {
        let world = self.lock();
        let workers = world.router.workers().map(|it| it.sid);
        let workers: Vec<_> = workers.collect();
        workers
            .into_iter()
            .filter_map(|sid| worker(&world, sid))
            .collect()
    }

    /// One worker.
    #[must_use]
    pub fn worker(&self, sid: WorkerSid) -> Option<WorkerView> {
        worker(&self.lock(), sid)
    }

    /// The name of what a worker is doing.
    #[must_use]
    pub fn worker_activity(&self, sid: WorkerSid) -> Option<String> {
        self.worker(sid).map(|it| it.activity)
    }
}

fn view(it: &Reservation) -> ReservationView {
    ReservationView {
        sid: it.sid,
        task: it.task,
        worker: it.worker,
        status: it.status.name(),
        created: it.created,
        expires: it.expires,
    }
}

fn worker(world: &World, sid: WorkerSid) -> Option<WorkerView> {
    let it = world.router.worker(sid)?;
    let activity = world.router.activity(it.activity);
    let since = world.now().duration_since(it.active_since);
    Some(WorkerView {
        sid,
        name: it.name.clone(),
        attributes: it.attributes.value.clone(),
        activity: activity.map(|it| it.name.clone()).unwrap_or_default(),
        available: activity.is_some_and(|it| it.available),
        since: Duration::try_from(since).unwrap_or_default(),
    })
}
