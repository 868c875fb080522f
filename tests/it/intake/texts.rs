//! By text message: every input has its reply.

use serde_json::json;
use switchboard::emulator::{Fault, RestTrouble};

use super::{PHONE, enrolled, posted, seen, setting, stage, text, worker};
use crate::stage::MAIN_LINE;

const NOT_UNDERSTOOD: &str =
    "We didn't understand that. Text ON and what you take (sales, support), OFF, or STATUS.";
const HELP: &str = "Text ON and what you take (sales, support) to get calls, OFF to stop, STATUS to check your status.";
const STRANGE: &str = "That's not one of the choices. Text ON and one or more of: sales, support.";
const OFF: &str = "You are off line. No more calls come to this phone.";

/// What a worker texts, and what is answered; in this order, because each leaves the worker somewhere.
const REPLIES: &[(&str, Option<&str>)] = &[
    ("status", Some("You are off line (Offline).")),
    (
        "online",
        Some("Which calls do you take? Text ON and one or more of: sales, support."),
    ),
    (
        "online sales",
        Some("You are on line for sales. Calls come to this phone until you text OFF."),
    ),
    ("STATUS", Some("You are on line for sales (Available).")),
    (
        "ON Sales, and tech!",
        Some("You are on line for sales, support. Calls come to this phone until you text OFF."),
    ),
    (
        "help desk",
        Some("You are on line for support. Calls come to this phone until you text OFF."),
    ),
    ("online marketing", Some(STRANGE)),
    ("on my way home", Some(STRANGE)),
    ("Status?", Some("You are on line for support (Available).")),
    ("off", Some(OFF)),
    ("OFF", Some(OFF)),
    (
        "on",
        Some("You are on line for support. Calls come to this phone until you text OFF."),
    ),
    ("stop calls", Some(OFF)),
    ("help me", Some(HELP)),
    ("?", Some(HELP)),
    ("", Some(NOT_UNDERSTOOD)),
    ("\u{1f44d}\u{1f3fd}", Some(NOT_UNDERSTOOD)),
    ("<Say>&\"", Some(NOT_UNDERSTOOD)),
    ("undefined", Some(NOT_UNDERSTOOD)),
    // These the carrier answers, and nobody else.
    (
        "help",
        Some("Reply STOP to unsubscribe. Message and data rates may apply."),
    ),
    (
        "STOP",
        Some("You are unsubscribed and will get no more messages. Reply START to resubscribe."),
    ),
    ("status", None),
    (
        "Start",
        Some("You are subscribed again. Reply HELP for help, STOP to unsubscribe."),
    ),
    ("status", Some("You are off line (Offline).")),
];

#[tokio::test(start_paused = true)]
async fn every_message_has_its_reply() {
    let stage = stage("known");
    worker(&stage);
    for (body, wanted) in REPLIES {
        let reply = text(&stage, PHONE, body).await;
        assert_eq!(reply.as_deref(), *wanted, "{body:?}");
        let short = reply.is_none_or(|reply| reply.chars().count() <= 160);
        assert!(short, "{body:?} is answered with more than one SMS");
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn going_on_line_keeps_everything_else_of_a_worker() {
    let stage = stage("known");
    let worker = worker(&stage);
    let before = seen(&stage, worker).await;
    text(&stage, PHONE, "online sales").await;
    let after = seen(&stage, worker).await;
    assert_eq!(
        (after.activity_name.as_str(), after.available),
        ("Available", true)
    );
    let mut wanted = before.attributes.clone();
    wanted["routing"]["skills"] = json!(["german", "sales"]);
    assert_eq!(after.attributes, wanted);
    text(&stage, PHONE, "off").await;
    let off = seen(&stage, worker).await;
    assert_eq!(
        (off.activity_name.as_str(), off.available),
        ("Offline", false)
    );
    assert_eq!(off.attributes, wanted);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_not_answered() {
    let stage = stage("open");
    let seen = stage.asked();
    for from in [
        "72345",
        "BANK",
        "whatsapp:+13035550001",
        "' OR 1==1",
        "+0",
        "+17378742833",
        "+18656696",
    ] {
        assert_eq!(posted(&stage, from, "online sales").await, None, "{from}");
    }
    assert_eq!(stage.asked(), seen);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_lines_own_numbers_and_dear_ones_are_refused() {
    let stage = stage("open");
    let refused = "We can't send calls to this number. Please use another phone.";
    for from in [MAIN_LINE, "+19005550100"] {
        let reply = posted(&stage, from, "online sales").await;
        assert_eq!(reply.as_deref(), Some(refused), "{from}");
        assert!(enrolled(&stage, from).await.is_none());
    }
    // A number that only ends like one of ours.
    let alike = MAIN_LINE.replacen("+1512", "+1303", 1);
    assert_ne!(alike, MAIN_LINE);
    let reply = text(&stage, &alike, "online sales").await;
    assert!(reply.expect("a reply").starts_with("You are on line"));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_off_line_is_offered_nothing_and_loses_what_is_pending() {
    let stage = stage("known");
    let worker = worker(&stage);
    text(&stage, PHONE, "online sales").await;
    let call = stage.calls(MAIN_LINE).await;
    let task = stage.call(call).in_queue.expect("in the queue");
    let offered = stage.emulator.task(task).expect("a task");
    assert_eq!((offered.status, offered.worker), ("reserved", Some(worker)));

    assert_eq!(text(&stage, PHONE, "off").await.as_deref(), Some(OFF));
    stage.moment().await;
    let task = stage.emulator.task(task).expect("the task");
    assert_eq!(task.status, "pending", "it waits for somebody else");
    stage.seconds(600).await;
    assert!(!seen(&stage, worker).await.available, "and stays off line");

    let ann = stage.agent("ann");
    stage.moment().await;
    assert_eq!(ann.offers().len(), 1);
    stage.emulator.hang_up(call);
    stage.moment().await;
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_ours_is_answered_and_what_was_lost_can_be_said_again() {
    let sorry = "Sorry, something went wrong on our end. Please text again in a minute.";
    let stage = stage("known");
    let worker = worker(&stage);
    let weather = stage.emulator.weather();
    weather.script(
        Fault::rest(RestTrouble::Answer(500, 20_500))
            .path("/Workers")
            .times(5),
    );
    let reply = text(&stage, PHONE, "online sales").await;
    assert_eq!(reply.as_deref(), Some(sorry));
    for trouble in [RestTrouble::Lost, RestTrouble::Reset] {
        weather.script(Fault::rest(trouble).method("POST").path("/Workers/"));
        let reply = text(&stage, PHONE, "online sales").await;
        assert!(
            reply
                .expect("a reply")
                .starts_with("You are on line for sales"),
            "{trouble:?}"
        );
    }
    assert!(seen(&stage, worker).await.available);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn without_skills_there_is_nothing_to_choose() {
    let stage = super::open(setting("known").variable("INTAKE_SKILLS", "").stage());
    let worker = worker(&stage);
    let before = seen(&stage, worker).await.attributes;
    let rows = [
        (
            "online",
            "You are on line. Calls come to this phone until you text OFF.",
        ),
        (
            "on sales",
            "We didn't understand that. Text ON, OFF, or STATUS.",
        ),
        ("status", "You are on line (Available)."),
    ];
    for (body, wanted) in rows {
        assert_eq!(text(&stage, PHONE, body).await.as_deref(), Some(wanted));
    }
    assert_eq!(seen(&stage, worker).await.attributes, before);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_activity_that_is_not_there_is_told_to_the_operator_only() {
    let setting = setting("known").variable("INTAKE_ON_ACTIVITY", "Lunch");
    let stage = super::open(setting.stage());
    worker(&stage);
    let reply = text(&stage, PHONE, "online sales").await;
    assert!(
        reply
            .expect("a reply")
            .starts_with("Sorry, something went wrong")
    );
    stage.curtain().await;
}
