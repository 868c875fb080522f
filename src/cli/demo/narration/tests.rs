//! What is told of a journal, event by event.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::*;
use crate::{
    cli::demo::names::Task,
    twilio::sid::{ConferenceSid, ReservationSid, WorkerSid},
};

static CARL: LazyLock<CallSid> = LazyLock::new(|| CallSid::from_bytes([1; 16]));
static WENDYS_LEG: LazyLock<CallSid> = LazyLock::new(|| CallSid::from_bytes([2; 16]));
static TASK: LazyLock<TaskSid> = LazyLock::new(|| TaskSid::from_bytes([3; 16]));
static OFFER: LazyLock<ReservationSid> = LazyLock::new(|| ReservationSid::from_bytes([4; 16]));
static ANN: LazyLock<WorkerSid> = LazyLock::new(|| WorkerSid::from_bytes([5; 16]));

/// Carl has called the main line, and Ann has his call; Wendy is at home.
fn names() -> Names {
    let mut names = Names::default();
    names.person(&*CARL, "Carl");
    names.person(&*WENDYS_LEG, "Wendy's leg");
    names.person(&*ANN, "Ann");
    names.number("+13035550111", "Carl");
    names.number("+15125550100", "the main line");
    let task = Task {
        what: "Carl's call".to_owned(),
        is_call: true,
        worker: Some("Ann".to_owned()),
    };
    names.task_is(*TASK, task);
    names.offer(*OFFER, "Ann");
    names
}

/// The lines, without the time.
fn lines(events: Vec<Event>) -> Vec<String> {
    let at = Timestamp::UNIX_EPOCH;
    let entries: Vec<_> = events
        .into_iter()
        .map(|event| Entry { at, event })
        .collect();
    let (lines, _) = narration(&entries, &names());
    let lines = lines.into_iter();
    lines
        .map(|line| line.trim_start_matches([' ', '0', ':']).to_owned())
        .collect()
}

/// Carl, Ann and her offer, as the journal writes them.
fn shortened() -> [String; 3] {
    [
        format!("{:?}", *CARL),
        format!("{:?}", *ANN),
        format!("{:?}", *OFFER),
    ]
}

fn rest(method: &str, product: &'static str, path: &str) -> Event {
    Event::Rest {
        method: method.to_owned(),
        product,
        path: path.to_owned(),
        keys: vec![],
        status: 200,
        code: None,
    }
}

fn webhook() -> Event {
    Event::Webhook {
        call: Some(*CARL),
        name: "moved",
        method: "POST",
        path: "/hold?round=0".to_owned(),
    }
}

fn routing(text: String) -> Event {
    Event::Routing {
        task: Some(*TASK),
        text,
    }
}

#[test]
fn a_call_from_its_beginning_to_its_end_is_a_line_for_each_thing_that_happens() {
    let conference = ConferenceSid::from_bytes([6; 16]);
    let [carl, ann, offer] = shortened();
    let called = Event::Called {
        call: *CARL,
        from: "+13035550111".to_owned(),
        to: "+15125550100".to_owned(),
        direction: "inbound",
    };
    let heard = |what| Event::Heard { call: *CARL, what };
    let is = |status| Event::Status {
        call: *CARL,
        status,
    };
    let told = lines(vec![
        called,
        is(CallStatus::InProgress),
        routing("task created".to_owned()),
        routing(format!("offered to {ann} as {offer}")),
        heard(Heard::QueueMusic),
        routing(format!("Customer {carl} joins conference {conference:?}")),
        routing(format!("reservation {offer} accepted")),
        heard(Heard::Conference),
        routing(format!("browser of {ann}: POST /park-call")),
        routing(format!("Customer {carl} leaves conference {conference:?}")),
        heard(Heard::Audio("https://example.com/hold-music/0".to_owned())),
        routing(format!("browser of {ann}: POST /park-call: 200 OK")),
        routing(format!(
            "browser of {ann}: POST /pickup-parked-call: 409 Conflict"
        )),
        is(CallStatus::Completed),
    ]);
    let wanted = [
        "Carl calls the main line",
        "TaskRouter has a new task: Carl's call",
        "TaskRouter offers Carl's call to Ann",
        "Carl hears waiting music",
        "Carl and Ann talk, in a conference",
        "Ann's browser asks the server to park the call",
        "Carl leaves the conference",
        "Carl hears hold music",
        "the server refuses Ann's browser: 409 Conflict",
        "Carl's call ends",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn what_happens_on_a_workers_phone_is_told_of_the_worker() {
    let (leg, [carl, ..]) = (format!("{:?}", *WENDYS_LEG), shortened());
    let is = |status| Event::Status {
        call: *WENDYS_LEG,
        status,
    };
    let told = lines(vec![
        is(CallStatus::Ringing),
        is(CallStatus::InProgress),
        routing(format!(
            "{leg}  was answered by machine_start, says machine detection"
        )),
        Event::Pressed {
            call: *WENDYS_LEG,
            keys: 1,
        },
        routing(format!("{leg} talks to {carl}")),
        is(CallStatus::Completed),
        is(CallStatus::Canceled),
    ]);
    let wanted = [
        "Wendy's phone rings",
        "Wendy's phone is answered",
        "Twilio listens on Wendy's phone, and hears a machine",
        "Wendy presses a key",
        "Wendy and Carl talk",
        "the call to Wendy's phone ends",
        "Wendy's phone stops ringing",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn requests_are_counted_between_what_happens_and_look_ups_are_left_out() {
    let ends = Event::Status {
        call: *CARL,
        status: CallStatus::Completed,
    };
    let told = lines(vec![
        webhook(),
        webhook(),
        rest("POST", "api", "/2010-04-01/Accounts/AC1/Calls/CA1.json"),
        rest("POST", "sync", "/v1/Services/IS1/Maps/a/Items/b"),
        rest("GET", "sync", "/v1/Services/IS1/Maps"),
        rest("GET", "sync", "/v1/Services/IS1/Maps/a/Items/b"),
        ends,
        rest("POST", "taskrouter", "/v1/Workspaces/WS1/Tasks"),
        rest("GET", "taskrouter", "/v1/Workspaces/WS1/Tasks"),
    ]);
    let wanted = [
        "… 2 webhooks answered, 2 requests to Sync, 1 to Voice",
        "Carl's call ends",
        "… 1 request to TaskRouter",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn what_goes_wrong_is_never_left_out() {
    let answered = |outcome| Event::Answered {
        call: Some(*CARL),
        name: "moved",
        path: "/hold".to_owned(),
        outcome,
    };
    let told = lines(vec![
        answered(Ok(200)),
        answered(Ok(503)),
        answered(Err("connection refused".to_owned())),
        Event::FellOff { call: *CARL },
    ]);
    let wanted = [
        "the server answers /hold with 503",
        "the server does not answer /hold: connection refused",
        "Carl  fell off the end of its TwiML",
    ];
    assert_eq!(told, wanted);
}
