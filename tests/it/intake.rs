//! Workers go on and off line by themselves: by keys on the phone, and by text message.

mod calls;
mod optouts;
mod people;
mod queues;
mod texts;

use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;
use switchboard::{
    emulator::{Flow, Heard},
    twilio::{
        deadline::Deadline,
        resource::workers::Worker,
        sid::{CallSid, WorkerSid},
        signature,
    },
};
use tower::ServiceExt;

use crate::stage::{PUBLIC_URL, Setting, Stage, TOKEN, number};

/// The number that workers call and text.
const INTAKE_LINE: &str = "+15125550109";
/// A worker's own phone.
const PHONE: &str = "+13035550001";

const SKILLS: &str = "sales:sales:sell,support:technical support:tech|help desk";

/// Who may come in, and what can be chosen.
fn setting(enrol: &str) -> Setting {
    Setting::default()
        .variable("INTAKE_ENROL", enrol)
        .variable("INTAKE_PIN", "246810")
        .variable("INTAKE_SKILLS", SKILLS)
}

fn stage(enrol: &str) -> Stage {
    open(setting(enrol).stage())
}

/// The same stage with an intake line.
fn open(stage: Stage) -> Stage {
    let line = stage.emulator.number(&number(INTAKE_LINE));
    line.voice(Flow::Url(format!("{PUBLIC_URL}/intake/voice")))
        .messaging(format!("{PUBLIC_URL}/intake/sms"));
    stage
}

/// A worker with a phone, off line, whom a supervisor has made.
fn worker(stage: &Stage) -> WorkerSid {
    let attributes = json!({
        "contact_uri": PHONE,
        "languages": ["de"],
        "routing": { "skills": ["german"], "levels": { "german": 3 } },
    });
    let worker = stage.emulator.add_agent("pat@example.com", &attributes);
    let worker = worker.expect("a worker");
    stage
        .emulator
        .set_activity(worker, "Offline")
        .expect("off line");
    worker
}

fn by() -> Deadline {
    Deadline::after(std::time::Duration::from_mins(1))
}

/// A worker as Twilio knows them.
async fn seen(stage: &Stage, worker: WorkerSid) -> Worker {
    let twilio = stage.twilio();
    twilio.workers(by()).fetch(worker).await.expect("a worker")
}

/// The workers that were made for phones, as Twilio knows them.
async fn enrolled(stage: &Stage, phone: &str) -> Option<Worker> {
    let twilio = stage.twilio();
    let all = twilio.workers(by()).all().await.expect("an answer");
    let name = format!("Phone {phone}");
    match all.into_iter().find(|it| it.friendly_name == name) {
        Some(worker) => Some(seen(stage, worker.sid).await),
        None => None,
    }
}

/// Somebody texts the intake line; what reaches their phone within a while, if anything does.
async fn text(stage: &Stage, from: &str, body: &str) -> Option<String> {
    let before = stage.emulator.inbox(from).len();
    stage.emulator.text(from, &number(INTAKE_LINE), body);
    for _ in 0..60 {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if let Some(reply) = stage.emulator.inbox(from).get(before) {
            return Some(reply.body.clone());
        }
    }
    None
}

/// The same at this very instant, without a carrier between.
async fn posted(stage: &Stage, from: &str, body: &str) -> Option<String> {
    let answer = deliver(stage, &[("From", from), ("Body", body)]).await;
    let parsed = roxmltree::Document::parse(&answer).expect("TwiML");
    let mut all = parsed.descendants();
    let message = all.find(|node| node.has_tag_name("Message"))?;
    Some(message.text().unwrap_or_default().to_owned())
}

/// Twilio brings a message with these fields, beside those that every message has; the answer's text.
async fn deliver(stage: &Stage, fields: &[(&str, &str)]) -> String {
    let path = "/intake/sms";
    let more = [
        ("To", INTAKE_LINE),
        ("MessageSid", "SM00000000000000000000000000000001"),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .extend_pairs(more)
        .finish();
    let signed = signature::sign(
        &TOKEN.into(),
        &format!("{PUBLIC_URL}{path}"),
        &signature::fields(body.as_bytes()),
    );
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(signature::HEADER, signed)
        .body(axum::body::Body::from(body.clone()))
        .expect("a request");
    let answer = stage.router().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "text/xml; charset=utf-8"
    );
    let body = answer.into_body().collect().await.expect("a body");
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}

/// Somebody calls the intake line, and presses keys with a moment between them.
async fn calls(stage: &Stage, from: &str, keys: &str) -> CallSid {
    let call = stage.emulator.place_call(from, &number(INTAKE_LINE));
    stage.moment().await;
    for key in keys.chars() {
        stage.emulator.press(call, &key.to_string());
        stage.moment().await;
    }
    call
}

/// Everything that was said on a call, and that it is over.
async fn told(stage: &Stage, call: CallSid) -> String {
    stage.seconds(120).await;
    let call = stage.call(call);
    assert_eq!(call.status.to_string(), "completed", "{:?}", call.heard);
    let words = call.heard.into_iter().filter_map(|heard| match heard {
        Heard::Words(words) => Some(words),
        _ => None,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A new worker, another request at the same instant, wrong PINs: for the contract.
pub(crate) async fn an_evening() -> Stage {
    let stage = stage("pin");
    let (bad, good) = ("online sales 111111", "online sales 246810");
    text(&stage, PHONE, bad).await;
    text(&stage, PHONE, bad).await;
    for (one, other) in [(good, good), ("on tech", "on")] {
        let both = tokio::join!(posted(&stage, PHONE, one), posted(&stage, PHONE, other));
        assert!(both.0.is_some() && both.1.is_some(), "{both:?}");
    }
    let call = calls(&stage, PHONE, "2").await;
    assert!(told(&stage, call).await.contains("You are off line."));
    stage
}
