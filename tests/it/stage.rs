//! The stage: Switchboard and the embedded Twilio in one process, on virtual time, and the people who use them.
//!
//! Every answer of every replica is looked at as it passes ([`manners`]), whatever a story is about. [`Stage::curtain`]
//! ends a story: nothing may be left over.

mod boxes;
mod callers;
mod dids;
pub(crate) mod examined;
mod followups;
mod links;
mod looks;
mod manners;
pub(crate) mod many;
pub(crate) mod proxy;
mod records;
mod replica;
mod setting;
mod signed;
mod standing;

use std::{sync::Arc, time::Duration};

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use switchboard::{
    clock::Clock,
    durable::reconcile::Report,
    emulator::{Browser, CallView, Emulator, Exchange, Line, Replicas, Reply, Settings, TaskView},
    features::parking::Parking,
    rng::Rng,
    twilio::{
        party::E164,
        sid::{AccountSid, CallSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid},
    },
};
use tokio::time::sleep;

pub(crate) use boxes::Boxes;
pub(crate) use callers::TROUBLES;
pub(crate) use dids::{Dids, by_extension};
pub(crate) use examined::{API_KEY, API_SECRET, to};
pub(crate) use followups::FollowUps;
pub(crate) use manners::{Manners, PUBLISHED};
pub(crate) use records::{plant, plant_anywhere};
use replica::Replica;
pub(crate) use setting::{Extra, Phones, Setting};
use setting::{config, open_lines, phones};

pub(crate) const PUBLIC_URL: &str = "https://switchboard.example.com";
pub(crate) const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub(crate) const EPOCH: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// The main line, whose calls go to whoever is free.
pub(crate) const MAIN_LINE: &str = "+15125550100";
/// The line of direct extensions; here it leads to extension 1234, Ann's.
pub(crate) const DIRECT_LINE: &str = "+15125550101";

/// Everything a story happens on.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) acd: WorkflowSid,
    pub(crate) manners: Manners,
    /// The queue without workers, if there is one.
    pub(crate) nobody: Option<TaskQueueSid>,
    replicas: Vec<Arc<Replica>>,
    places: Replicas,
}

impl Stage {
    /// One replica, and a configuration with nothing unusual.
    pub(crate) fn new() -> Self {
        Setting::default().stage()
    }

    fn set(setting: &Setting) -> Self {
        let clock = Clock::starting_at(setting.epoch);
        let account = AccountSid::from_bytes([0xac; 16]);
        let mut settings = Settings::new(account, SecretString::from(TOKEN), clock);
        setting.world(&mut settings);
        settings.api_keys = vec![(API_KEY.to_owned(), SecretString::from(API_SECRET))];
        let emulator = Emulator::new(settings);
        let mut variables = phones(&emulator, setting.phones);
        variables.extend(dids::dids(&emulator, setting.dids));
        variables.extend(followups::follow_ups(&emulator, setting.follow_ups));
        variables.extend(boxes::boxes(&emulator, setting.boxes));
        variables.extend(setting.variables.clone());
        let config = config(&emulator, account, &variables);
        let manners = Manners::new(clock);
        let replicas: Vec<_> = (0..setting.replicas)
            .map(|place| {
                let off = if place == 0 {
                    setting.ahead
                } else {
                    SignedDuration::ZERO
                };
                Replica::new(
                    &emulator,
                    &config,
                    Clock::starting_at(setting.epoch + off),
                    setting.seed * 100 + place as u64,
                    &manners,
                )
            })
            .collect();
        let behind = |it: &Arc<Replica>| proxy::behind(setting.proxy, it.start());
        let routers = replicas.iter().map(behind).collect();
        let places = Replicas::new(routers, Rng::seeded(setting.seed));
        emulator.connect(Line::replicas(PUBLIC_URL, &places));
        let acd = open_lines(&emulator, setting.published);
        Self {
            emulator,
            acd,
            manners,
            nobody: variables
                .get("DISPATCH_NOBODY_QUEUE")
                .and_then(|queue| queue.parse().ok()),
            replicas,
            places,
        }
    }

    /// An agent, signed in and available; extension 1234 is Ann's. They may have up to three calls at a time.
    pub(crate) fn agent(&self, name: &str) -> Browser {
        let more = if name == "ann" {
            json!({ "directExtension": "1234" })
        } else {
            json!({})
        };
        self.worker(name, &more)
    }

    /// A supervisor, who takes no calls from the line.
    pub(crate) fn supervisor(&self, name: &str) -> Browser {
        self.worker(
            name,
            &json!({ "roles": ["supervisor"], "isAcdReady": false }),
        )
    }

    /// Anybody, signed in and available, with more to say about them.
    pub(crate) fn worker(&self, name: &str, more: &Value) -> Browser {
        let worker = self
            .emulator
            .add_agent(&format!("{name}@example.com"), more)
            .expect("an agent");
        self.emulator
            .set_worker_capacity(worker, "voice", 3)
            .expect("a capacity");
        Browser::sign_in(&self.emulator, worker).expect("a browser")
    }

    /// Somebody calls a line, and a moment passes.
    pub(crate) async fn calls(&self, line: &str) -> CallSid {
        let from = format!("+1303555{:04}", self.emulator.calls().len());
        let call = self.emulator.place_call(&from, &number(line));
        self.moment().await;
        call
    }

    /// An agent accepts what is offered to them first, and a moment passes.
    pub(crate) async fn accepts(&self, agent: &Browser) {
        let offer = *agent.offers().first().expect("an offer");
        agent.accept(offer).await.expect("accepted");
        self.moment().await;
    }

    /// A caller talks to an agent.
    pub(crate) async fn talks_to(&self, agent: &Browser) -> CallSid {
        let call = self.calls(MAIN_LINE).await;
        self.accepts(agent).await;
        assert!(
            self.call(call).conference.is_some(),
            "the caller talks to the agent"
        );
        call
    }

    /// An agent parks the call they are on, successfully, and a moment passes.
    pub(crate) async fn parks(&self, agent: &Browser) {
        let task = agent.live().expect("a live call");
        let reply = agent.park(task).await.expect("an answer");
        assert_eq!(reply.body, json!({ "success": true }), "{reply:?}");
        self.moment().await;
    }

    /// A caller on hold, parked by an agent.
    pub(crate) async fn parked_by(&self, agent: &Browser) -> CallSid {
        let call = self.talks_to(agent).await;
        self.parks(agent).await;
        call
    }

    /// A supervisor picks up a call that somebody else parked, and talks to the caller.
    pub(crate) async fn takes_over(&self, supervisor: &Browser, call: CallSid) {
        let (call, worker) = (call.to_string(), supervisor.worker().to_string());
        let fields = [("callSid", call.as_str()), ("workerSid", &worker)];
        let reply = supervisor.post("/pickup-parked-call", &fields).await;
        assert!(reply.as_ref().is_ok_and(Reply::is_success), "{reply:?}");
        self.moment().await;
        assert!(supervisor.live().is_some(), "the supervisor has the call");
    }

    /// Long enough for what was begun to be finished.
    pub(crate) async fn moment(&self) {
        sleep(Duration::from_secs(2)).await;
    }

    pub(crate) async fn seconds(&self, seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }

    /// Waits until something is so, for at most `seconds`.
    pub(crate) async fn until(&self, seconds: u64, what: &str, so: impl Fn() -> bool) {
        for _ in 0..seconds {
            if so() {
                return;
            }
            self.seconds(1).await;
        }
        panic!(
            "never, within {seconds} s: {what}\n{}",
            self.emulator.journal()
        );
    }

    pub(crate) fn call(&self, call: CallSid) -> CallView {
        self.emulator.call(call).expect("a call")
    }

    /// Whether a call is on hold: it plays the hold document and is in no queue and no conference.
    pub(crate) fn on_hold(&self, call: CallSid) -> bool {
        is_on_hold(&self.call(call))
    }

    /// What a worker's list shows of a call.
    pub(crate) fn listed(&self, worker: WorkerSid, call: CallSid) -> Option<Value> {
        let items = self.emulator.map_items(&format!("{worker}.ParkedCalls"));
        items
            .into_iter()
            .find(|(key, _)| key == call.as_str())
            .map(|(_, item)| item)
    }

    /// The wrap-up tasks that Twilio was asked to make for a call, also those that are gone by now.
    pub(crate) fn wrap_ups(&self, call: CallSid) -> Vec<Value> {
        let made = self
            .emulator
            .exchanges()
            .into_iter()
            .filter_map(|exchange| task_made(&exchange));
        let of_call = |attributes: &Value| {
            attributes["isParkHangup"] == true && attributes["call_sid"] == call.as_str()
        };
        made.filter(of_call).collect()
    }

    /// The tasks of a call that are still going on.
    pub(crate) fn open_tasks(&self, call: CallSid) -> Vec<TaskView> {
        let tasks = self.emulator.tasks().into_iter();
        tasks
            .filter(|task| {
                task.call == Some(call) && !matches!(task.status, "completed" | "canceled")
            })
            .collect()
    }

    /// REST requests since `seen` exchanges, one line each: what a story costs.
    pub(crate) fn asked_since(&self, seen: usize) -> Vec<String> {
        let exchanges = self.emulator.exchanges();
        exchanges[seen..]
            .iter()
            .map(|exchange| format!("{} {} {}", exchange.method, exchange.product, exchange.path))
            .collect()
    }

    pub(crate) fn asked(&self) -> usize {
        self.emulator.exchanges().len()
    }

    /// The routes of the first replica, for requests that neither Twilio nor Flex would send.
    pub(crate) fn router(&self) -> Router {
        self.replicas[0].router()
    }

    /// One pass of a replica's reconciler.
    pub(crate) async fn reconcile(&self, place: usize) {
        let app = self.replicas[place].app();
        let parking = app.get::<Parking>();
        parking.reconcile(true, &Report::of(parking)).await;
    }

    /// The end of a story: nothing may be left over, every answer had manners, and whatever passed between us and
    /// Twilio was as Twilio describes it.
    pub(crate) async fn curtain(self) {
        self.emulator.settled().await;
        let loose = self.emulator.finish();
        assert!(loose.is_empty(), "{loose:#?}\n{}", self.emulator.journal());
        let faults = self.manners.faults();
        assert!(faults.is_empty(), "{faults:#?}");
        let exchanges = self.emulator.exchanges();
        links::are_in_order(&exchanges);
        crate::contract::hold(&exchanges);
    }
}

/// The emulator holds the replicas, and they hold the emulator: ten thousand stories would fill the memory.
impl Drop for Stage {
    fn drop(&mut self) {
        for place in 0..self.replicas.len() {
            self.kill(place);
        }
    }
}

/// Whether a call plays the hold document, is in no queue and no conference, and talks to nobody.
pub(crate) fn is_on_hold(call: &CallView) -> bool {
    let holds = call
        .document_url
        .as_deref()
        .is_some_and(|url| url.contains("/hold?") || url.contains("/hold/left?"));
    call.status.to_string() == "in-progress"
        && holds
        && call.conference.is_none()
        && call.in_queue.is_none()
        && call.talks_to.is_none()
}

/// The attributes of the task that an exchange made, if it made one.
fn task_made(exchange: &Exchange) -> Option<Value> {
    let made =
        exchange.method == "POST" && exchange.path.ends_with("/Tasks") && exchange.status == 201;
    let (_, attributes) = exchange
        .form
        .iter()
        .find(|(name, _)| made && name == "Attributes")?;
    switchboard::json::object(attributes)
        .ok()
        .map(Value::Object)
}

pub(crate) fn number(text: &str) -> E164 {
    text.parse().expect("a number")
}

/// The task a worker has with a caller.
pub(crate) fn live_task(agent: &Browser) -> TaskSid {
    agent.live().expect("a live call")
}
