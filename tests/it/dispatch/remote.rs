//! A small business whose workers are at home: a line, a workflow that asks us, and phones that behave.

use std::time::Duration;

use crate::stage::{PUBLIC_URL, Phones, Setting, Stage, number};
use serde_json::{Value, json};
use switchboard::{
    emulator::{
        Answer, CallStatus, CallView, Exchange, Flow, Heard, HookTrouble, Pickup, ReservationView,
        TaskView,
    },
    twilio::sid::{ActivitySid, CallSid, WorkerSid, WorkflowSid},
};

/// The line that customers call.
pub(crate) const LINE: &str = "+15125550150";
/// Where Wendy lives.
pub(crate) const HOME: &str = "+15125550161";
/// Where Xaver lives.
pub(crate) const ELSEWHERE: &str = "+15125550162";

/// The words of the message for callers who come when nobody works.
pub(crate) const CLOSED: &str = "We are closed.";

/// Longer than any cool-down of these stories, and a pass of the reconciler.
const MINUTES: Duration = Duration::from_mins(5);

/// Everything a story of dispatch happens on.
pub(crate) struct Remote {
    pub(crate) stage: Stage,
    pub(crate) workflow: WorkflowSid,
    phones: Phones,
}

impl Remote {
    pub(crate) fn with(setting: Setting) -> Self {
        let mut setting = setting;
        setting.phones.on = true;
        let phones = setting.phones;
        let stage = setting
            .variable("DISPATCH_CALLER_ID", LINE)
            .variable("DISPATCH_NOBODY_MESSAGE", CLOSED)
            .stage();
        let emulator = &stage.emulator;
        let workflow = emulator.add_workflow("Remote", stage.nobody);
        let workflow = workflow.expect("a workflow");
        emulator.number(&number(LINE)).voice(Flow::Enqueue {
            workflow,
            attributes: json!({ "direction": "inbound", "call_token": "{{trigger.call.CallToken}}" }),
        });
        let ours = format!("{PUBLIC_URL}/assignment-callback");
        emulator.workflow_callback(workflow, Some(&ours), Some(&ours));
        let events = format!("{PUBLIC_URL}/taskrouter-events");
        emulator.events_to(Some(&events), None);
        let remote = Self {
            stage,
            workflow,
            phones,
        };
        remote.calm();
        remote
    }

    /// No more trouble than the setting has.
    pub(crate) fn calm(&self) {
        let weather = self.stage.emulator.weather();
        weather.clear();
        if self.phones.thrice {
            weather.always(HookTrouble::Repeated(2));
        }
    }

    /// Whether worker and caller meet in a conference.
    pub(crate) fn confers(&self) -> bool {
        self.phones.conference
    }

    /// A worker with nothing but a phone.
    pub(crate) fn worker(&self, name: &str, phone: &str, answer: Answer) -> WorkerSid {
        self.worker_with(name, phone, answer, &json!({}))
    }

    pub(crate) fn worker_with(
        &self,
        name: &str,
        phone: &str,
        answer: Answer,
        more: &Value,
    ) -> WorkerSid {
        let mut attributes = more.clone();
        attributes["contact_uri"] = json!(phone);
        self.stage.emulator.phone(phone, answer);
        let worker = self.stage.emulator.add_worker(name, &attributes);
        worker.expect("a worker")
    }

    /// Somebody calls the line.
    pub(crate) fn customer(&self) -> CallSid {
        let caller = format!("+1303555{:04}", 1_000 + self.stage.emulator.calls().len());
        self.stage.emulator.place_call(&caller, &number(LINE))
    }

    pub(crate) async fn seconds(&self, seconds: u64) {
        self.stage.seconds(seconds).await;
    }

    pub(crate) async fn until(&self, seconds: u64, what: &str, so: impl Fn() -> bool) {
        self.stage.until(seconds, what, so).await;
    }

    /// Waits until a caller talks to whoever is at [`HOME`].
    pub(crate) async fn they_talk(&self, seconds: u64, customer: CallSid) {
        let talk = || self.talks(customer, HOME);
        self.until(seconds, "they talk", talk).await;
    }

    /// The end of a day in bad weather: a caller is served all the same, and nothing is left.
    ///
    /// A reservation that timed out, because nobody of ours was there to be asked, took the worker at [`HOME`] off line,
    /// as `TaskRouter` does; they come back.
    pub(crate) async fn evening(self, worker: WorkerSid) {
        self.comes_on_line(worker).await;
        let customer = self.customer();
        self.they_talk(400, customer).await;
        self.stage.emulator.hang_up(customer);
        self.seconds(240).await;
        self.curtain().await;
    }

    /// Waits until the first leg to [`HOME`] stands so.
    pub(crate) async fn first_leg_is(&self, seconds: u64, status: CallStatus) {
        let so = || {
            let legs = self.legs(HOME);
            legs.first().is_some_and(|leg| leg.status == status)
        };
        self.until(seconds, status.as_str(), so).await;
    }

    /// Waits until the last leg to [`HOME`] is over.
    pub(crate) async fn leg_ends(&self, seconds: u64) {
        let over = || self.leg(HOME).status.is_final();
        self.until(seconds, "the leg ends", over).await;
    }

    /// Waits until a caller's task is completed.
    pub(crate) async fn task_is_completed(&self, seconds: u64, customer: CallSid) {
        let so = || self.task(customer).status == "completed";
        self.until(seconds, "the task is completed", so).await;
    }

    /// Waits until the first reservation of a worker stands so.
    pub(crate) async fn first_offer_is(&self, seconds: u64, worker: WorkerSid, status: &str) {
        let so = || {
            let offers = self.reservations(worker);
            offers.first().is_some_and(|it| it.status == status)
        };
        self.until(seconds, status, so).await;
    }

    pub(crate) fn call(&self, call: CallSid) -> CallView {
        self.stage.call(call)
    }

    /// The legs to a phone, in the order they were made.
    pub(crate) fn legs(&self, phone: &str) -> Vec<CallView> {
        let calls = self.stage.emulator.calls().into_iter();
        calls
            .filter(|call| call.direction == "outbound-api" && call.to == phone)
            .collect()
    }

    /// The last leg to a phone.
    pub(crate) fn leg(&self, phone: &str) -> CallView {
        self.legs(phone).pop().expect("a leg")
    }

    /// Whether a caller talks to the last leg of a phone.
    pub(crate) fn talks(&self, customer: CallSid, phone: &str) -> bool {
        let (customer, leg) = (self.call(customer), self.legs(phone).pop());
        let in_progress = |call: &CallView| call.status == CallStatus::InProgress;
        in_progress(&customer)
            && leg.is_some_and(|leg| {
                let queue = customer.talks_to == Some(leg.sid);
                let room = leg.conference.is_some() && leg.conference == customer.conference;
                in_progress(&leg) && (queue || room)
            })
    }

    /// Whether a caller waits in the queue.
    pub(crate) fn waits(&self, customer: CallSid) -> bool {
        self.call(customer).in_queue.is_some()
    }

    pub(crate) fn task(&self, customer: CallSid) -> TaskView {
        let tasks = self.stage.emulator.tasks().into_iter();
        let mut tasks = tasks.filter(|task| task.call == Some(customer));
        tasks.next_back().expect("a task")
    }

    pub(crate) fn reservations(&self, worker: WorkerSid) -> Vec<ReservationView> {
        let all = self.stage.emulator.reservations().into_iter();
        all.filter(|it| it.worker == worker).collect()
    }

    pub(crate) fn last(&self, worker: WorkerSid) -> ReservationView {
        self.reservations(worker).pop().expect("a reservation")
    }

    pub(crate) fn activity(&self, worker: WorkerSid) -> String {
        let activity = self.stage.emulator.worker_activity(worker);
        activity.expect("a worker")
    }

    /// Rejects of a reservation that Twilio was asked for and carried out.
    pub(crate) fn rejects(&self, reservation: &ReservationView) -> usize {
        let sid = reservation.sid.to_string();
        let is_reject = |exchange: &Exchange| {
            exchange.method == "POST"
                && exchange.path.ends_with(&sid)
                && exchange.status == 200
                && exchange
                    .form
                    .iter()
                    .any(|(name, value)| name == "ReservationStatus" && value == "rejected")
        };
        let exchanges = self.stage.emulator.exchanges();
        exchanges.iter().filter(|it| is_reject(it)).count()
    }

    /// The record of a reservation.
    pub(crate) fn record(&self, reservation: &ReservationView) -> Option<Value> {
        self.record_of(reservation.sid.as_str())
    }

    fn record_of(&self, reservation: &str) -> Option<Value> {
        let names = self.stage.emulator.map_names();
        let maps = names
            .into_iter()
            .filter(|name| name.starts_with("Global.Dispatch."));
        let mut items = maps.flat_map(|name| self.stage.emulator.map_items(&name));
        let found = items.find(|(key, _)| *key == reservation);
        found.map(|(_, item)| item)
    }

    /// What a record says about how its leg ended.
    pub(crate) fn cause(&self, reservation: &ReservationView) -> String {
        let record = self.record(reservation).expect("a record");
        record["cause"].as_str().unwrap_or_default().to_owned()
    }

    /// The worker goes where an activity of this name is.
    pub(crate) fn activity_named(&self, name: &str, available: bool) -> ActivitySid {
        self.stage.emulator.add_activity(name, available)
    }

    /// What must be true at the end of every story, whatever it was about: nobody was joined twice, no phone rings for
    /// nobody, no mailbox was heard, nothing is owed, no phone is claimed, and nothing is loose.
    pub(crate) async fn curtain(self) {
        self.seconds(150).await;
        for task in self.stage.emulator.tasks() {
            let taken = self.stage.emulator.reservations().into_iter();
            let taken = taken.filter(|it| it.task == task.sid && was_taken(it.status));
            assert!(taken.count() <= 1, "two workers took {:?}", task.sid);
        }
        let journal = self.stage.emulator.journal();
        for worker in self.stage.emulator.workers() {
            let cooling = worker.activity == "Cooling down";
            assert!(!cooling || worker.since < MINUTES, "{worker:?}\n{journal}");
        }
        for call in self.stage.emulator.calls() {
            assert!(
                call.status.is_final() || goes_on(&call),
                "{call:?} goes on\n{journal}"
            );
        }
        for name in self.stage.emulator.map_names() {
            for (key, item) in self.stage.emulator.map_items(&name) {
                if name.starts_with("Global.Dispatch.") {
                    let talks = item["phase"] == "joining";
                    assert!(item["phase"] == "over" || talks, "{item}\n{journal}");
                }
                if name == "Global.DispatchPhones" {
                    let holder = item["reservationSid"].as_str().expect("a reservation");
                    let record = self.record_of(holder);
                    let talks = record.is_some_and(|it| it["phase"] == "joining");
                    assert!(
                        talks,
                        "{key} is claimed
{journal}"
                    );
                }
            }
        }
        self.stage.curtain().await;
    }
}

/// A caller who waits, or two who talk.
fn goes_on(call: &CallView) -> bool {
    let waits = call.in_queue.is_some();
    let talks = call.talks_to.is_some() || call.conference.is_some();
    call.status == CallStatus::InProgress && (waits || talks)
}

fn was_taken(status: &str) -> bool {
    matches!(status, "accepted" | "wrapping" | "completed")
}

pub(crate) fn hears_somebody(call: &CallView) -> bool {
    let somebody = [Heard::Somebody, Heard::Conference];
    call.heard.iter().any(|it| somebody.contains(it))
}

/// A person who answers after three seconds.
pub(crate) fn human() -> Answer {
    Answer::By(Pickup::human(Duration::from_secs(3)))
}

/// A mailbox that picks up after five seconds.
pub(crate) fn mailbox() -> Answer {
    Answer::By(Pickup::mailbox(
        Duration::from_secs(5),
        Duration::from_secs(12),
    ))
}
