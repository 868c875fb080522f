//! Who is offered which task, and how tasks and reservations live.

mod queues;
mod routes;
mod speed;
mod told;

use futures_util::FutureExt;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::twilio::sid::{TaskChannelSid, TaskQueueSid, WorkflowSid};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

struct Office {
    router: TaskRouter,
    rng: Rng,
    workflow: WorkflowSid,
    voice: TaskChannelSid,
}

impl Office {
    fn new() -> Self {
        let rng = Rng::seeded(1);
        let mut router = TaskRouter::default();
        let queue = router.add_queue("ACD", "isAcdReady == true", &rng).unwrap();
        let workflow = router.add_workflow("ACD", Some(queue), &rng).unwrap();
        let voice = router.channel("voice").unwrap().sid;
        Self {
            router,
            rng,
            workflow,
            voice,
        }
    }

    fn worker(&mut self, name: &str, attributes: Value) -> WorkerSid {
        let activity = self.router.activity_named("Available");
        let attributes = Attributes::of(attributes).unwrap();
        self.router
            .add_worker(name, attributes, activity, &self.rng, NOW)
            .unwrap()
    }

    fn new_task(&self, attributes: Value) -> NewTask {
        NewTask {
            workflow: self.workflow,
            channel: "voice".to_owned(),
            attributes: Attributes::of(attributes).unwrap(),
            priority: 0,
            call: None,
            target: None,
            ignore_capacity: false,
            timeout: 60,
            virtual_start: None,
        }
    }

    fn task(&mut self, attributes: Value, target: Option<&str>, priority: u64) -> TaskSid {
        let new = NewTask {
            priority,
            target: target.map(str::to_owned),
            ignore_capacity: target.is_some(),
            ..self.new_task(attributes)
        };
        self.make(new, NOW)
    }

    fn make(&mut self, new: NewTask, at: Timestamp) -> TaskSid {
        self.router.create_task(new, &self.rng, at).unwrap()
    }

    fn status(&self, task: TaskSid) -> TaskStatus {
        self.router.task(task).unwrap().status
    }

    /// The open offer of a task to a worker.
    fn offer(&self, task: TaskSid, worker: WorkerSid) -> ReservationSid {
        let mut offers = self.router.reservations();
        let open = |it: &&Reservation| {
            (it.task, it.worker, it.status) == (task, worker, ReservationStatus::Pending)
        };
        offers.find(open).expect("an open offer").sid
    }

    fn go(&mut self, worker: WorkerSid, activity: &str, at: Timestamp) {
        let activity = self.router.activity_named(activity).unwrap();
        self.router.set_activity(worker, activity, at).unwrap();
    }

    /// A workflow that routes as told, for the tasks to come.
    fn route(&mut self, routing: &Value) {
        let text = json!({ "task_routing": routing }).to_string();
        self.workflow = self.router.add_routing("Route", &text, &self.rng).unwrap();
    }

    /// Who is offered what.
    fn offers(&mut self, at: Timestamp) -> Vec<(TaskSid, WorkerSid)> {
        let news = self.router.advance(&self.rng, at);
        let offers = news.into_iter().filter_map(|news| match news {
            Happening::Reservation {
                task,
                worker,
                status: ReservationStatus::Pending,
                ..
            } => Some((task, worker)),
            _ => None,
        });
        offers.collect()
    }
}

#[test]
fn the_queue_capacity_and_priority_decide() {
    let mut office = Office::new();
    let ready = office.worker("ready", json!({"isAcdReady": true}));
    office.worker("busy", json!({"isAcdReady": false}));
    let low = office.task(json!({}), None, 0);
    let high = office.task(json!({}), None, 1000);
    assert_eq!(office.offers(NOW), [(high, ready)]);
    assert_eq!(office.router.load(ready, office.voice), 1);
    // With room for one more, the other task follows.
    let voice = office.voice;
    office
        .router
        .set_channel(ready, voice.as_str(), Some(2), None, NOW);
    assert_eq!(office.offers(NOW), [(low, ready)]);
}

#[test]
fn direct_and_targeted_tasks_go_to_their_worker_only() {
    let mut office = Office::new();
    (_, office.workflow) = office.router.add_parking_workflows(&office.rng).unwrap();
    let ann = office.worker("ann", json!({"directExtension": "1001"}));
    let voice = office.voice;
    office
        .router
        .set_channel(ann, voice.as_str(), Some(2), None, NOW);
    let bob = office.worker("bob", json!({"isAcdReady": true}));
    let direct = office.task(json!({"directExtension": "1001"}), None, 0);
    let nobody = office.task(json!({"directExtension": "1002"}), None, 0);
    let wanted = office.task(json!({"isParkPickup": true, "targetWorker": ann}), None, 0);
    let second = office.task(json!({"directExtension": "1001"}), None, 0);
    let targeted = office.task(json!({}), Some(bob.as_str()), 0);
    let lost = office.task(
        json!({"isParkPickup": true, "targetWorker": "WK0"}),
        None,
        0,
    );
    assert_eq!(
        office.offers(NOW),
        [(direct, ann), (wanted, ann), (targeted, bob)]
    );
    for waiting in [second, nobody, lost] {
        assert_eq!(office.status(waiting), TaskStatus::Pending);
    }
}

#[test]
fn a_task_lives_and_its_reservation_follows() {
    let mut office = Office::new();
    office.worker("ann", json!({"isAcdReady": true}));
    let task = office.task(json!({}), None, 0);
    office.offers(NOW);
    let claim = office.router.reservations().next().unwrap().sid;
    let bell = office.router.bell();
    let mut rung = std::pin::pin!(bell.notified());
    assert!(office.router.wrap_up(task, NOW).is_err());
    office.router.accept(claim, NOW).unwrap();
    assert!(office.router.cancel(task, None, NOW).is_err());
    office.router.wrap_up(task, NOW).unwrap();
    office.router.complete(task, Some("done"), NOW).unwrap();
    assert!(office.router.complete(task, None, NOW).is_err());
    assert_eq!(
        office.router.reservation(claim).unwrap().status,
        ReservationStatus::Completed
    );
    assert!(rung.as_mut().now_or_never().is_none());
    office.router.advance(&office.rng, NOW);
    assert!(rung.now_or_never().is_some());
    let told: Vec<_> = office
        .router
        .happenings(0)
        .iter()
        .filter_map(|it| it.text())
        .collect();
    assert_eq!(told.len(), 7, "{told:?}");
    office.router.advance(&office.rng, NOW + AFTERLIFE);
    assert!(office.router.task(task).is_none() && office.router.reservation(claim).is_none());
}

#[test]
fn a_task_nobody_takes_is_canceled_when_its_time_is_up() {
    let mut office = Office::new();
    let task = office.task(json!({}), None, 0);
    let end = NOW + SignedDuration::from_secs(60);
    office.router.advance(&office.rng, NOW);
    assert_eq!(office.router.wake_at(), Some(end));
    let news = office.router.advance(&office.rng, end);
    assert_eq!(news, [Happening::TaskCanceled { task }]);
    assert_eq!(office.router.wake_at(), None);
}

#[test]
fn names_and_limits_of_workers_and_attributes_hold() {
    let mut office = Office::new();
    office.worker("Ann", json!({}));
    let again = Attributes::read("{}").unwrap();
    let taken = office
        .router
        .add_worker("ANN", again, None, &office.rng, NOW);
    assert_eq!(taken.unwrap_err().code, 20001);
    let fits = format!("{{\"a\":\"{}\"}}", "é".repeat(4096 - 8));
    assert!(Attributes::read(&fits).is_ok());
    assert!(Attributes::read(&fits.replacen('é', "éé", 1)).is_err());
}
