//! Workers who text the carrier's word, or the account's own, instead of ours.

use serde_json::json;

use super::{PHONE, deliver, enrolled, posted, seen, stage, text, worker};
use crate::stage::MAIN_LINE;

/// Twilio's own opt-out words, for every long code (Twilio: "Advanced Opt-Out").
const STOP: [&str; 10] = [
    "STOP",
    " stop ",
    "Stopall",
    "UNSUBSCRIBE",
    "cancel",
    "END",
    "Quit",
    "REVOKE",
    "OptOut",
    "stop\n",
];

/// A message, and what Twilio says it was for the account.
async fn told(stage: &crate::stage::Stage, body: &str, kind: &str) -> bool {
    let fields = [("From", PHONE), ("Body", body), ("OptOutType", kind)];
    deliver(stage, &fields).await.contains("<Message")
}

#[tokio::test(start_paused = true)]
async fn a_worker_who_opts_out_is_off_line_and_not_answered() {
    let stage = stage("known");
    let worker = worker(&stage);
    for word in STOP {
        posted(&stage, PHONE, "online sales").await;
        assert!(seen(&stage, worker).await.available);
        assert_eq!(posted(&stage, PHONE, word).await, None, "{word}");
        let after = seen(&stage, worker).await;
        assert_eq!(after.activity_name, "Offline", "{word}");
        assert!(!after.available, "{word}");
    }
    // Words of the account's own, whatever they are; even one that means something else to us.
    for word in ["arret", "Alto", "on", "sales"] {
        posted(&stage, PHONE, "online sales").await;
        assert!(!told(&stage, word, "STOP").await, "{word} is answered");
        assert!(!seen(&stage, worker).await.available, "{word}");
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_who_opts_out_is_not_rung_and_their_caller_goes_to_somebody_else() {
    let stage = stage("known");
    let worker = worker(&stage);
    text(&stage, PHONE, "online sales").await;
    let call = stage.calls(MAIN_LINE).await;
    let task = stage.call(call).in_queue.expect("in the queue");
    let offered = stage.emulator.task(task).expect("a task");
    assert_eq!((offered.status, offered.worker), ("reserved", Some(worker)));
    let farewell = text(&stage, PHONE, "STOP").await.expect("the carrier's");
    assert!(farewell.starts_with("You are unsubscribed"), "{farewell}");
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
async fn everybody_whose_phone_opts_out_is_off_line() {
    let stage = stage("known");
    let twin = json!({ "contact_uri": PHONE });
    let twin = stage.emulator.add_agent("twin@example.com", &twin);
    let (twin, worker) = (twin.expect("a worker"), worker(&stage));
    for it in [twin, worker] {
        let there = stage.emulator.set_activity(it, "Available");
        there.expect("an activity");
    }
    assert_eq!(posted(&stage, PHONE, "STOP").await, None);
    for it in [twin, worker] {
        assert!(!seen(&stage, it).await.available);
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn opting_in_and_asking_for_help_put_nobody_on_line() {
    let stage = stage("known");
    let worker = worker(&stage);
    posted(&stage, PHONE, "online sales").await;
    posted(&stage, PHONE, "off").await;
    for word in ["START", "unstop", "YES", "HELP", "Info"] {
        assert_eq!(posted(&stage, PHONE, word).await, None, "{word}");
    }
    for (word, kind) in [
        ("hola", "START"),
        ("ayuda", "HELP"),
        ("on", "HELP"),
        ("on", "NEW"),
    ] {
        assert!(!told(&stage, word, kind).await, "{word} is answered");
    }
    assert!(!seen(&stage, worker).await.available);
    // Neither takes one off line.
    posted(&stage, PHONE, "online sales").await;
    for word in ["START", "HELP"] {
        posted(&stage, PHONE, word).await;
        assert!(seen(&stage, worker).await.available, "{word}");
    }
    // An account whose opt-in word is one of ours.
    posted(&stage, PHONE, "off").await;
    assert!(told(&stage, "ON", "START").await);
    assert!(seen(&stage, worker).await.available);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_uses_the_carriers_words_is_not_enrolled() {
    let stage = stage("open");
    for word in ["STOP", "START", "HELP"] {
        assert_eq!(posted(&stage, PHONE, word).await, None, "{word}");
        assert!(!told(&stage, "arret", word).await);
    }
    assert!(enrolled(&stage, PHONE).await.is_none());
    stage.curtain().await;
}
