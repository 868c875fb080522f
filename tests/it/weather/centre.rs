//! The whole center: a line with its offer to be called back, one that ends in messages, agents' own numbers and
//! extensions, a number they share, and one that is nobody's. In half of the centers a worker without Flex takes calls at
//! home, on their own phone.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::{
    emulator::{Answer, Browser, EndedTasks, Flow, Pickup},
    rng::Rng,
    twilio::sid::{TaskQueueSid, WorkerSid, WorkflowSid},
};

use super::story::REPLICAS;
use crate::stage::{
    Boxes, Dids, FollowUps, MAIN_LINE, PUBLIC_URL, Setting, Stage, by_extension, number,
};

/// A line whose callers are offered to everybody for a while, and then come into the queue without workers.
pub(super) const CLOSING_LINE: &str = "+15125550130";
/// A line on which extensions are keyed in.
pub(super) const EXTENSIONS: &str = "+15125550160";
/// The number that agents share when they call out.
pub(super) const SHARED: &str = "+15127640590";
/// A number of the office that nobody has.
pub(super) const NOBODYS: &str = "+15127640599";

/// Each agent's own number, and their extension.
pub(super) const OWN: [(&str, &str); 3] = [
    ("+15127640580", "1234"),
    ("+15127640581", "2581"),
    ("+15127640582", "2582"),
];

/// The phone of the worker at home.
pub(super) const HOME: &str = "+15125550161";

/// The workflows of voice.
const VOICE: [&str; 5] = [
    "Closing",
    "Direct Inward Dial",
    "The desk",
    "Extensions",
    "The operator",
];

/// What callers hear who wait.
const WAIT: &str = "/features/callback-and-voicemail/studio/wait-experience";

/// How often, and after what, Twilio asks again for what a number plays.
const PATIENT: &str = "#rc=3&rp=ct,rt,5xx";

/// What a story happens in.
pub(super) struct Centre {
    pub(super) stage: Stage,
    /// The last of them leads the others.
    pub(super) agents: Vec<Browser>,
    /// Whether the server computes who is ready.
    pub(super) computed: bool,
}

impl Centre {
    pub(super) fn open(seed: u64, rng: &Rng) -> Self {
        let computed = seed % 2 == 1;
        let at_home = rng.below(2) == 0;
        let mut setting = setting(seed, rng, computed);
        if at_home {
            setting = with_phones(setting, rng);
        }
        let stage = setting.stage();
        open_lines(&stage);
        if at_home {
            hire(&stage, rng);
        }
        give_up(&stage, rng);
        let names = ["ann", "bob", "sue"].into_iter();
        let agents = names.zip(OWN).map(|(name, (number, extension))| {
            let mut more = json!({ "phone_number": number, "directExtension": extension });
            if name == "sue" {
                more["roles"] = json!(["supervisor"]);
            }
            stage.worker(name, &more)
        });
        Self {
            agents: agents.collect(),
            stage,
            computed,
        }
    }

    /// The queue without workers.
    pub(super) fn nobody(&self) -> TaskQueueSid {
        self.stage.nobody.expect("a queue without workers")
    }
}

fn setting(seed: u64, rng: &Rng, computed: bool) -> Setting {
    let one_in = |of: u64| rng.below(of) == 0;
    let left = if one_in(2) {
        FollowUps::LeaveQueue
    } else {
        FollowUps::StayInQueue
    };
    let mut setting = Setting {
        seed,
        replicas: REPLICAS,
        ..Setting::default()
    }
    .dids(Dids::Ours)
    .follow_ups(left)
    .boxes(Boxes::Nobody)
    .ended(EndedTasks::Either)
    .variable("DID_SHARED_NUMBERS", SHARED)
    .variable("CALLBACK_MESSAGE_SECONDS", "60")
    .variable("VOICEMAIL_LONGEST", "60");
    if one_in(2) {
        setting = setting.variable("VOICEMAIL_TRANSCRIBE", "on");
    }
    if !one_in(3) {
        setting = setting.variable("DISPATCH_NOBODY_NEXT", "voicemail");
    }
    if one_in(3) {
        setting = setting.variable("EXTENSION_OPERATOR_WORKFLOW", "");
    }
    if one_in(3) {
        setting = setting
            .variable("PARK_TIMEOUT", "40")
            .variable("PARK_RETURN_RING", "15");
    }
    if computed {
        setting = setting.variable("AVAILABILITY", "server");
    }
    setting
}

/// Some workers are at home, and show in one of all ways that they are no mailbox.
fn with_phones(mut setting: Setting, rng: &Rng) -> Setting {
    setting.phones.on = true;
    if rng.below(2) == 0 {
        setting = setting.conference();
    }
    let screenings = ["press1", "none", "both", "amd"];
    let screening = screenings[usize::try_from(rng.below(4)).unwrap_or(0)];
    setting
        .variable("DISPATCH_SCREENING", screening)
        .variable("DISPATCH_CALLER_ID", MAIN_LINE)
        .variable("DISPATCH_NOBODY_MESSAGE", "Nobody is here. Goodbye.")
}

/// A worker at home, who takes calls and nothing else.
fn hire(stage: &Stage, rng: &Rng) -> WorkerSid {
    let emulator = &stage.emulator;
    let person = Pickup::human(Duration::from_secs(1 + rng.below(6)));
    let person = person.presses(Duration::from_secs(3), "1");
    emulator.phone(HOME, Answer::By(person));
    let wendy = emulator.add_worker("wendy", &json!({ "contact_uri": HOME }));
    let wendy = wendy.expect("a worker");
    for channel in ["default", "chat", "sms", "callback", "voicemail"] {
        // The channels that this center has.
        let _ = emulator.set_worker_capacity(wendy, channel, 0);
    }
    let ours = format!("{PUBLIC_URL}/assignment-callback");
    let voice = VOICE.map(|name| emulator.workflow_named(name).expect("a workflow"));
    for workflow in voice.into_iter().chain([stage.acd]) {
        emulator.workflow_callback(workflow, Some(&ours), Some(&ours));
        // As long as her phone may ring and she may listen.
        emulator.set_reservation_timeout(workflow, Duration::from_mins(2));
    }
    wendy
}

/// In some centers, agents' numbers and extensions are not waited for without end.
fn give_up(stage: &Stage, rng: &Rng) {
    let queue = stage.emulator.add_queue("Anybody at all", "1 == 1");
    let queue = queue.expect("a queue");
    for (name, wanted) in [
        ("Direct Inward Dial", "worker.sid == task.did.owner"),
        ("The desk", "1 == 1"),
        ("The operator", "1 == 1"),
    ] {
        if rng.below(2) == 0 {
            let seconds = 5 + rng.below(60);
            let ends = json!({ "task_routing": { "filters": [{
                "expression": "1==1",
                "targets": [{ "queue": queue, "expression": wanted, "timeout": seconds }],
            }] } });
            let workflow = stage.emulator.workflow_named(name).expect("a workflow");
            let set = stage.emulator.set_routing(workflow, &ends, false);
            set.expect("a workflow");
        }
    }
}

/// Numbers that lead to us, and two lines of which Studio could be the owner.
fn open_lines(stage: &Stage) {
    let emulator = &stage.emulator;
    let told = format!("{PUBLIC_URL}/call-status-handler");
    let own = OWN.map(|(number, _)| number);
    for did in own.into_iter().chain([SHARED, NOBODYS]) {
        let url = format!("{PUBLIC_URL}/did{PATIENT}");
        let line = emulator.number(&number(did)).voice(Flow::Url(url.clone()));
        line.fallback(url).status_callback(told.clone());
    }
    let url = format!("{PUBLIC_URL}/extension{PATIENT}");
    let line = emulator.number(&number(EXTENSIONS));
    let line = line.voice(Flow::Url(url.clone())).fallback(url);
    line.status_callback(told.clone());
    let closing = route(stage);
    for (line, workflow) in [(MAIN_LINE, stage.acd), (CLOSING_LINE, closing)] {
        let task = json!({ "direction": "inbound", "skill": "billing" });
        let twiml = format!(
            "<Response><Enqueue workflowSid=\"{workflow}\" waitUrl=\"{PUBLIC_URL}{WAIT}{}\"><Task>{task}</Task></Enqueue>\
             <Say>The line has ended. Goodbye.</Say><Hangup/></Response>",
            PATIENT.replace('&', "&amp;")
        );
        let line = emulator.number(&number(line)).voice(Flow::Twiml(twiml));
        line.status_callback(told.clone());
    }
}

/// Sets the workflows up; gives that of the line that closes.
fn route(stage: &Stage) -> WorkflowSid {
    let emulator = &stage.emulator;
    let office = emulator.add_queue("The office", "1 == 1").expect("a queue");
    let nobody = stage.nobody.expect("a queue without workers");
    let desk = json!({ "task_routing": { "default_filter": { "queue": office } } });
    for (name, routing) in [
        ("Direct Inward Dial", own_numbers(office)),
        ("The desk", desk.clone()),
        ("Extensions", by_extension(Dids::Ours, office)),
        ("The operator", desk),
    ] {
        let workflow = emulator.workflow_named(name).expect("a workflow");
        let set = emulator.set_routing(workflow, &with_parked(routing, office), false);
        set.expect("a workflow");
    }
    // Whoever does not answer is not sent home: that is the story's to decide.
    let available = emulator.add_activity("Available", true);
    emulator.timeout_activity(available);
    let routing = with_parked(closing(office, nobody), office);
    let closing = emulator.add_routing("Closing", &routing);
    let closing = closing.expect("a workflow");
    let numbers = emulator.workflow_named("Direct Inward Dial");
    for workflow in [closing, numbers.expect("a workflow"), stage.acd] {
        emulator.set_reservation_timeout(workflow, Duration::from_secs(25));
    }
    closing
}

/// The same, but a call that was parked goes to whoever picks it up, whatever it was before.
fn with_parked(mut routing: Value, office: TaskQueueSid) -> Value {
    let parked = parked(office);
    match routing["task_routing"]["filters"].as_array_mut() {
        Some(filters) => filters.insert(0, parked),
        None => routing["task_routing"]["filters"] = json!([parked]),
    }
    routing
}

fn parked(office: TaskQueueSid) -> Value {
    json!({
        "filter_friendly_name": "Parked",
        "expression": "isParkPickup == true OR isParkHangup == true",
        "targets": [{ "queue": office, "known_worker_sid": "task.targetWorker" }],
    })
}

/// The owner first, then everybody; and then nobody has taken the call.
fn own_numbers(office: TaskQueueSid) -> Value {
    let owner = json!({
        "queue": office, "timeout": 30, "skip_if": "1==1", "known_worker_sid": "task.did.owner",
    });
    let called = json!({
        "filter_friendly_name": "Called", "expression": "1==1",
        "targets": [owner, { "queue": office, "timeout": 40 }],
    });
    json!({ "task_routing": { "filters": [called] } })
}

/// Everybody for a while, then the queue without workers.
fn closing(office: TaskQueueSid, nobody: TaskQueueSid) -> Value {
    let called = json!({
        "filter_friendly_name": "Called", "expression": "1==1",
        "targets": [{ "queue": office, "timeout": 25 }, { "queue": nobody, "timeout": 900 }],
    });
    json!({ "task_routing": { "filters": [called] } })
}
