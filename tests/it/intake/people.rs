//! Who may come in, and that one phone is one worker.

use futures_util::future::join_all;
use serde_json::{Value, json};
use switchboard::{
    emulator::{Fault, RestTrouble},
    twilio::resource::workers::WorkerChange,
};

use super::{
    INTAKE_LINE, PHONE, by, calls, enrolled, open, posted, seen, setting, stage, text, told, worker,
};
use crate::stage::{Setting, number};

const STRANGER: &str = "This phone is not registered. Please ask your supervisor to add it.";
const NEW: &str = "This phone is not registered yet. Please send that again, with the PIN.";
const WRONG: &str = "That's not the right PIN. Please ask your supervisor.";

#[tokio::test(start_paused = true)]
async fn only_known_phones_come_in_unless_it_is_said_otherwise() {
    for enrol in ["known", "open"] {
        let stage = stage(enrol);
        let reply = text(&stage, PHONE, "online sales").await.expect("a reply");
        let worker = enrolled(&stage, PHONE).await;
        if enrol == "known" {
            assert_eq!((reply.as_str(), worker.is_none()), (STRANGER, true));
        } else {
            assert!(reply.starts_with("You are on line for sales"), "{reply}");
            let worker = worker.expect("a worker");
            assert!(worker.available);
            let wanted = json!({ "contact_uri": PHONE, "routing": { "skills": ["sales"] } });
            assert_eq!(Value::Object(worker.attributes), wanted);
        }
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn asking_what_this_is_makes_nobody_a_worker() {
    let stage = stage("open");
    for body in ["hello", "help me", "status", "off", "online marketing"] {
        assert!(text(&stage, PHONE, body).await.is_some());
        assert!(enrolled(&stage, PHONE).await.is_none(), "{body}");
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_pin_is_asked_of_a_new_phone_once() {
    let stage = stage("pin");
    for (body, wanted) in [
        ("online sales", NEW),
        ("online sales 111111", WRONG),
        ("hello", NEW),
    ] {
        assert_eq!(text(&stage, PHONE, body).await.as_deref(), Some(wanted));
    }
    assert!(enrolled(&stage, PHONE).await.is_none());
    let reply = text(&stage, PHONE, "online sales 246810").await;
    assert!(reply.expect("a reply").starts_with("You are on line"));
    let reply = text(&stage, PHONE, "off").await;
    assert!(reply.expect("a reply").starts_with("You are off line"));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn guessing_the_pin_is_limited() {
    let stage = stage("pin");
    for guess in 100_001..100_006 {
        let reply = text(&stage, PHONE, &format!("pin {guess}")).await;
        assert_eq!(reply.as_deref(), Some(WRONG));
    }
    let reply = text(&stage, PHONE, "pin 246810").await;
    assert_eq!(reply.as_deref(), Some(WRONG), "even the right one");
    let call = calls(&stage, PHONE, "246810#").await;
    assert!(!told(&stage, call).await.contains("Welcome"));
    let other = text(&stage, "+13035550002", "pin 246810").await;
    assert!(other.expect("a reply").starts_with("Text ON"));
    stage.seconds(3_700).await;
    let reply = text(&stage, PHONE, "pin 246810").await;
    assert!(reply.expect("a reply").starts_with("Text ON"));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn two_requests_at_one_instant_make_one_worker() {
    let stage = open(
        Setting {
            replicas: 3,
            ..setting("open")
        }
        .stage(),
    );
    let texts = (0..4).map(|_| posted(&stage, PHONE, "online sales"));
    for reply in join_all(texts).await {
        assert!(reply.expect("a reply").starts_with("You are on line"));
    }
    let line = number(INTAKE_LINE);
    let other = "+13035550002";
    let both = [(); 2].map(|()| stage.emulator.place_call(other, &line));
    stage.moment().await;
    for call in both {
        stage.emulator.press(call, "10");
    }
    for call in both {
        assert!(told(&stage, call).await.contains("You are on line"));
    }
    let made: Vec<_> = stage
        .emulator
        .exchanges()
        .into_iter()
        .filter(|it| it.method == "POST" && it.path.ends_with("/Workers") && it.status == 201)
        .collect();
    assert_eq!(made.len(), 2, "one for each phone");
    assert!(enrolled(&stage, PHONE).await.expect("a worker").available);
    assert!(enrolled(&stage, other).await.expect("a worker").available);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_made_once_although_the_answer_is_lost() {
    for trouble in [
        RestTrouble::Lost,
        RestTrouble::LostHanging,
        RestTrouble::Reset,
    ] {
        let stage = stage("open");
        let fault = Fault::rest(trouble).method("POST").path("/Workers");
        stage.emulator.weather().script(fault);
        let reply = text(&stage, PHONE, "online sales").await;
        let reply = reply.expect("a reply");
        assert!(reply.starts_with("You are on line"), "{trouble:?}: {reply}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_write_at_the_same_time_is_not_lost() {
    let stage = stage("known");
    let worker = worker(&stage);
    let twilio = stage.twilio();
    let others = (0..5).map(|nth| {
        let twilio = &twilio;
        async move {
            loop {
                let now = twilio.workers(by()).fetch(worker).await.expect("a worker");
                let mut attributes = now.attributes;
                attributes.insert(format!("note{nth}"), json!(nth));
                let change = WorkerChange {
                    attributes: Some(attributes),
                    ..WorkerChange::default()
                };
                let revision = now.revision.as_deref();
                match twilio.workers(by()).update(worker, &change, revision).await {
                    Ok(_) => return,
                    Err(error) => assert!(error.is_outdated(), "{error}"),
                }
            }
        }
    });
    let texts = posted(&stage, PHONE, "online sales");
    let (_, reply) = tokio::join!(join_all(others), texts);
    assert!(reply.expect("a reply").starts_with("You are on line"));
    let after = seen(&stage, worker).await;
    assert_eq!(
        after.attributes["routing"]["skills"],
        json!(["german", "sales"])
    );
    for nth in 0..5 {
        assert_eq!(after.attributes[&format!("note{nth}")], json!(nth));
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_phone_of_two_workers_is_nobodys() {
    let stage = stage("open");
    worker(&stage);
    let twin = json!({ "contact_uri": PHONE });
    stage
        .emulator
        .add_agent("twin@example.com", &twin)
        .expect("a worker");
    let reply = text(&stage, PHONE, "online sales").await;
    let wanted = "More than one person has this number. Please ask your supervisor.";
    assert_eq!(reply.as_deref(), Some(wanted));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_search_is_tried_again() {
    let setting = Setting {
        replicas: 1,
        ..setting("open")
    };
    let stage = open(setting.stage());
    assert!(text(&stage, PHONE, "online sales").await.is_some());
    // Past what is remembered.
    stage.seconds(400).await;
    let busy = Fault::rest(RestTrouble::Answer(429, 20_429)).path("/Workers");
    stage.emulator.weather().script(busy.times(5));
    let reply = text(&stage, PHONE, "status").await;
    assert_eq!(
        reply.as_deref(),
        Some("You are on line for sales (Available).")
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn ten_strangers_at_once_are_all_told() {
    let stage = stage("known");
    let phones: Vec<_> = (0..10).map(|nth| format!("+1303555100{nth}")).collect();
    let texts = phones
        .iter()
        .map(|phone| text(&stage, phone, "online sales"));
    for reply in join_all(texts).await {
        assert_eq!(reply.as_deref(), Some(STRANGER));
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn lists_without_attributes_are_good_enough() {
    let stage = stage("known");
    stage.emulator.show_attributes_in_lists(false);
    let worker = worker(&stage);
    text(&stage, PHONE, "online support").await;
    let after = seen(&stage, worker).await;
    assert_eq!(
        after.attributes["routing"]["skills"],
        json!(["german", "support"])
    );
    assert_eq!(after.attributes["languages"], json!(["de"]));
    stage.curtain().await;
}
