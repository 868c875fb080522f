//! The log: whatever is sent to any door, no value of it is written down.

use std::{
    io,
    sync::{Arc, Mutex},
};

use secrecy::ExposeSecret;
use serde_json::json;
use switchboard::emulator::Browser;
use tracing::subscriber::set_default;

use super::door::{FORM, JSON, doors, form, send};
use crate::stage::{Stage, TOKEN};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// With and without credentials, in a form and in JSON, the same text in every field.
async fn knock_everywhere(stage: &Stage, ann: &Browser) {
    let said = "canary+15125550199<é>";
    for door in doors() {
        let canary = |names: &[String]| form(names.iter().map(|name| (name.as_str(), said)));
        let uri = format!("{}?{}&more={said}", door.path, canary(&door.query))
            .replace(['<', '>', 'é'], "");
        let object: serde_json::Map<_, _> = door
            .fields
            .iter()
            .map(|name| (name.clone(), json!(said)))
            .collect();
        send(stage, door.knock(&uri, FORM, canary(&door.fields))).await;
        send(stage, door.enter(ann, &uri, FORM, canary(&door.fields))).await;
        send(
            stage,
            door.enter(ann, &uri, JSON, json!(object).to_string()),
        )
        .await;
        send(stage, door.enter(ann, &uri, JSON, format!("{{\"{said}"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_value_of_a_request_is_logged_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let logging = set_default(lines);
    // With one subscriber alone, tracing asks the thread that comes first to a line whether it is wanted; other tests
    // run on other threads, without any.
    let second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    knock_everywhere(&stage, &ann).await;
    stage.emulator.hang_up(caller);
    stage.moment().await;
    drop((logging, second));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).expect("text");
    assert!(
        log.contains("/park-call") && log.contains("answered 403"),
        "{log:.2000}"
    );
    let token = ann.token();
    for secret in [
        "canary",
        "5550199",
        "+1303555",
        TOKEN,
        token.expose_secret(),
        "ann@example",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "says {secret}");
    }
    stage.curtain().await;
}
