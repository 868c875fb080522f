//! The center: a line for customers, a line for workers, and routing that ends in a message when nobody is there.

use std::time::Duration;

use serde_json::json;
use switchboard::{
    emulator::{Browser, EndedTasks, Flow},
    rng::Rng,
};

use super::people::Worker;
use crate::stage::{Extra, PUBLIC_URL, Setting, Stage, number};

/// What customers call.
pub(super) const LINE: &str = "+15125550150";
/// What workers call and text.
pub(super) const INTAKE: &str = "+15125550151";

/// How many processes there are.
pub(super) const REPLICAS: usize = 2;

/// How many workers are at home.
const AT_HOME: u64 = 6;

/// How many agents are in Flex.
const IN_FLEX: u64 = 2;

/// The words of the message when nobody is there.
pub(super) const NOBODY: &str = "Nobody is here.";

/// What a worker is texted who was not there too often.
pub(super) const MISSED: &str = "You were not there.";

/// Everything a day happens in.
pub(super) struct Centre {
    pub(super) stage: Stage,
    pub(super) workers: Vec<Worker>,
    pub(super) agents: Vec<Browser>,
    /// How workers show that they are no mailbox.
    pub(super) screening: &'static str,
    /// Whether workers who are not there several times in a row go off line.
    pub(super) misses: bool,
}

impl Centre {
    pub(super) fn open(seed: u64, rng: &Rng) -> Self {
        let screening = one_of(rng, &["amd", "both", "press1"]);
        let misses = rng.below(2) == 0;
        let setting = Setting {
            seed,
            replicas: REPLICAS,
            ended_tasks: EndedTasks::Either,
            ..Setting::default()
        };
        let connect = one_of(rng, &["queue", "queue", "conference"]);
        let stage = setting
            .extra(Extra::Centre)
            .variable("DISPATCH_CALLER_ID", LINE)
            .variable("DISPATCH_NOBODY_MESSAGE", NOBODY)
            .variable("DISPATCH_MISSED_TEXT", MISSED)
            .variable("DISPATCH_SCREENING", screening)
            .variable("DISPATCH_CONNECT", connect)
            .variable("DISPATCH_MISSES", if misses { "3" } else { "0" })
            .variable("DISPATCH_COOL_DOWN", "failed=600,other=45")
            .variable("INTAKE_ENROL", "known")
            .variable("INTAKE_SKILLS", "sales,support")
            .stage();
        stage.emulator.forget_exchanges();
        open_lines(&stage);
        let workers = (0..AT_HOME).map(|nth| Worker::new(&stage, rng, nth, screening));
        let workers = workers.collect();
        let agents = (0..IN_FLEX).map(|nth| {
            let more = json!({ "routing": { "skills": ["sales"] } });
            stage.worker(&format!("agent{nth}"), &more)
        });
        let agents = agents.collect();
        Self {
            stage,
            workers,
            agents,
            screening,
            misses,
        }
    }
}

pub(super) fn one_of<T: Copy>(rng: &Rng, of: &[T]) -> T {
    of[usize::try_from(rng.below(of.len() as u64)).expect("small")]
}

/// Those who sell, then everybody, then a message.
fn open_lines(stage: &Stage) {
    let emulator = &stage.emulator;
    let sales = emulator.add_queue("Sales", "routing.skills HAS 'sales'");
    let everybody = emulator.add_queue("Everybody", "1 == 1");
    let parked = json!({
        "filter_friendly_name": "Parked",
        "expression": "isParkPickup == true OR isParkHangup == true",
        "targets": [{ "queue": everybody.as_ref().expect("a queue"), "known_worker_sid": "task.targetWorker" }],
    });
    let called = json!({
        "filter_friendly_name": "Called",
        "expression": "1 == 1",
        "targets": [
            { "queue": sales.expect("a queue"), "timeout": 60, "skip_if": "workers.available == 0" },
            { "queue": everybody.expect("a queue"), "timeout": 120 },
            { "queue": stage.nobody.expect("a queue"), "timeout": 900 },
        ],
    });
    let routing = json!({ "task_routing": { "filters": [parked, called] } });
    let workflow = emulator
        .add_routing("Centre", &routing)
        .expect("a workflow");
    emulator.set_reservation_timeout(workflow, Duration::from_mins(2));
    let ours = format!("{PUBLIC_URL}/assignment-callback");
    emulator.workflow_callback(workflow, Some(&ours), Some(&ours));
    emulator.events_to(Some(&format!("{PUBLIC_URL}/taskrouter-events")), None);
    let line = emulator.number(&number(LINE));
    line.voice(Flow::Enqueue {
        workflow,
        attributes: json!({ "direction": "inbound" }),
    })
    .status_callback(format!("{PUBLIC_URL}/call-status-handler"));
    let intake = emulator.number(&number(INTAKE));
    intake
        .voice(Flow::Url(format!("{PUBLIC_URL}/intake/voice")))
        .messaging(format!("{PUBLIC_URL}/intake/sms"));
}
