//! The log as an operator reads it at night: one search for a call finds its life, each line is JSON without Rust in
//! it, and a long outage is two lines.

mod capture;
mod outages;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;
use switchboard::emulator::Answer;
use tower::ServiceExt;

use self::capture::Capture;
use crate::{
    dispatch::remote::{HOME, Remote},
    stage::{Setting, Stage, many},
    weather,
};

/// Sends a form that carries no credentials but what it says.
async fn post(stage: &Stage, path: &str, form: &str) -> StatusCode {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    let answer = stage.router().oneshot(request.expect("a request")).await;
    answer.expect("an answer").status()
}

/// What Rust's `Debug` writes and no operator should have to read.
const RUST: [&str; 9] = [
    "Some(", "None", "Ok(", "Err(", " { ", "Sid(", "\\\"", "\u{1b}", "::",
];

/// Whether a field holds a SID. The record of a call-back may have a key of another kind.
fn is_sid(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(of, what)| what == "sid" && of != "record")
}

/// What is wrong with a field of a line.
fn fault(name: &str, value: &Value) -> Option<String> {
    let wrong = |what: &str| Some(format!("{name} {what}: {value}"));
    match value {
        Value::String(text) if is_sid(name) => {
            let whole = text.len() == 34 && text[2..].bytes().all(|it| it.is_ascii_hexdigit());
            if whole {
                None
            } else {
                wrong("is no whole SID")
            }
        }
        Value::String(text) => {
            let rust = RUST.iter().find(|word| text.contains(**word));
            let quoted = text.starts_with('"') || text.contains('…') && name != "number";
            match rust {
                Some(_) => wrong("is Rust"),
                None if quoted => wrong("is quoted or cut"),
                None => None,
            }
        }
        Value::Number(_) | Value::Bool(_) => None,
        _ => wrong("is neither a text nor a number"),
    }
}

/// Every line is JSON with plain fields, and holds no whole phone number.
fn scan(log: &Capture) -> usize {
    let lines = log.lines();
    let mut faults: Vec<String> = vec![];
    for line in &lines {
        if let Some(at) = line.find("+1303555").or_else(|| line.find("+1512555")) {
            faults.push(format!(
                "a phone number: {}",
                &line[at.saturating_sub(60)..]
            ));
        }
        let Ok(json) = serde_json::from_str::<Value>(line) else {
            faults.push(format!("no JSON: {line}"));
            continue;
        };
        let fields = json["fields"].as_object().expect("fields");
        faults.extend(fields.iter().filter_map(|(name, value)| fault(name, value)));
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{faults:#?}");
    lines.len()
}

/// The whole center in bad weather: whatever can be logged, is.
#[test]
fn every_line_is_json_without_rust_whole_sids_and_no_numbers() {
    let mut lines = 0;
    for seed in 0..4 {
        let log = Capture::start();
        many::play(weather::a_whole_story(seed));
        lines += scan(&log);
    }
    assert!(lines > 1_000, "{lines} lines");
}

/// Who searches the logs of all replicas for a call's SID finds every step of its life.
#[tokio::test(start_paused = true)]
async fn one_search_for_a_call_finds_its_life() {
    let log = Capture::start();
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    stage.emulator.hang_up(call);
    stage.seconds(60).await;
    let life = log.with(call.as_str());
    for step in [
        "/park-call answered 200",
        "/hold answered 200",
        "has a wrap-up task",
    ] {
        let told = life.iter().any(|line| line.contains(step));
        assert!(told, "{step} is missing in {life:#?}");
    }
    stage.curtain().await;
}

/// The worker's leg, the reservation and the worker by their whole names.
#[tokio::test(start_paused = true)]
async fn a_worker_who_was_not_joined_is_found_by_reservation_and_worker() {
    let log = Capture::start();
    let remote = Remote::with(Setting::default());
    let wendy = remote.worker("wendy", HOME, Answer::Busy);
    let customer = remote.customer();
    remote.first_offer_is(60, wendy, "rejected").await;
    let lines = log.with(wendy.as_str());
    assert!(
        lines
            .iter()
            .any(|it| it.contains("a worker was not joined") && it.contains("\"WR")),
        "{lines:#?}"
    );
    remote.stage.emulator.hang_up(customer);
    remote.seconds(30).await;
    assert!(scan(&log) > 10);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_names_its_call() {
    let log = Capture::start();
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    let form = format!("callSid={call}&workerSid={}&Token=old", ann.worker());
    let status = post(&stage, "/pickup-parked-call", &form).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let lines = log.with(call.as_str());
    let refusal = "/pickup-parked-call answered 403";
    assert!(lines.iter().any(|it| it.contains(refusal)), "{lines:#?}");
    stage.emulator.hang_up(call);
    stage.seconds(60).await;
    stage.curtain().await;
}
