//! The emulator played against a tiny application, in virtual time.

mod assignment;
mod calls;
mod canceled;
mod events;
mod instructions;
mod messages;
mod outbound;
mod queues;
mod recordings;
mod refusals;
mod remote;
mod rest;
mod storm;
mod weather;
mod wire;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response},
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::{Emulator, Flow, Line, Settings};
use crate::{
    clock::Clock,
    twilio::{
        party::E164,
        sid::{AccountSid, CallSid},
        signature::{self, Verifier},
        transport::client,
    },
};

const ORIGIN: &str = "https://app.example";
const TOKEN: &str = "a secret";
const CALLER: &str = "+15125550123";

/// One webhook as the application saw it.
#[derive(Clone, Debug)]
struct Seen {
    path: String,
    form: BTreeMap<String, String>,
    delivery: String,
    at: Timestamp,
}

/// An application that answers each path with a canned document and remembers what it was asked.
#[derive(Clone, Default)]
struct App {
    answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    slow: Arc<Mutex<BTreeMap<String, Duration>>>,
    /// Content types other than TwiML's.
    kinds: Arc<Mutex<BTreeMap<String, String>>>,
}

impl App {
    fn on(&self, path: &str, document: &str) -> &Self {
        self.answer(path, 200, &format!("<Response>{document}</Response>"))
    }

    fn answer(&self, path: &str, status: u16, body: &str) -> &Self {
        let answer = (status, body.to_owned());
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
        self
    }

    /// Answers `path` with JSON.
    fn json(&self, path: &str, body: &str) -> &Self {
        self.kind(path, "application/json").answer(path, 200, body)
    }

    fn kind(&self, path: &str, kind: &str) -> &Self {
        let mut kinds = self.kinds.lock().unwrap();
        kinds.insert(path.to_owned(), kind.to_owned());
        self
    }

    fn slow(&self, path: &str, by: Duration) {
        self.slow.lock().unwrap().insert(path.to_owned(), by);
    }

    /// What was asked under `path`.
    fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        let asked = seen
            .iter()
            .filter(|one| one.path.split('?').next() == Some(path));
        asked.cloned().collect()
    }

    fn router(&self, clock: Clock) -> Router {
        let app = self.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let app = app.clone();
            async move { app.respond(request, clock).await }
        })
    }

    async fn respond(self, request: Request<Body>, clock: Clock) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let path = parts.uri.path().to_owned();
        let header = |name: &str| {
            let value = parts.headers.get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        if path.starts_with("/audio") {
            return Response::builder()
                .header("content-type", "audio/mpeg")
                .body(Body::from("ID3"))
                .unwrap();
        }
        // The form of a GET is in its URL, which is what the signature covers.
        let (form, fields) = match parts.method.as_str() {
            "GET" => (
                signature::fields(parts.uri.query().unwrap_or_default().as_bytes()),
                Vec::new(),
            ),
            _ => (signature::fields(&body), signature::fields(&body)),
        };
        let url = format!("{ORIGIN}{}", parts.uri);
        let verifier = Verifier::new(&[SecretString::from(TOKEN)]);
        // The plugin proves itself with a token, not with a signature.
        assert!(
            path == "/park-call" || verifier.accepts(&url, &fields, &header(signature::HEADER)),
            "{url}"
        );
        self.seen.lock().unwrap().push(Seen {
            path: parts.uri.to_string(),
            form: form
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            delivery: header("i-twilio-idempotency-token"),
            at: clock.now(),
        });
        let slow = self.slow.lock().unwrap().get(&path).copied();
        if let Some(slow) = slow {
            tokio::time::sleep(slow).await;
        }
        let answer = self.answers.lock().unwrap().get(&path).cloned();
        let (status, text) = answer.unwrap_or((204, String::new()));
        let kind = self.kinds.lock().unwrap().get(&path).cloned();
        Response::builder()
            .status(status)
            .header("content-type", kind.unwrap_or("text/xml".to_owned()))
            .body(Body::from(text))
            .unwrap()
    }
}

/// Emulator, application and the line between them.
struct Stage {
    emulator: Emulator,
    app: App,
    clock: Clock,
    number: E164,
    client: reqwest::Client,
}

impl Stage {
    fn new() -> Self {
        let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
        let emulator = Emulator::new(Settings::new(account(), SecretString::from(TOKEN), clock));
        let app = App::default();
        emulator.connect(Line::router(ORIGIN, app.router(clock)));
        let number: E164 = "+15125550100".parse().unwrap();
        emulator
            .number(&number)
            .voice(Flow::Url(format!("{ORIGIN}/voice")))
            .status_callback(format!("{ORIGIN}/status"));
        Self {
            emulator,
            app,
            clock,
            number,
            client: client().build().unwrap(),
        }
    }

    fn call(&self) -> CallSid {
        self.emulator.place_call(CALLER, &self.number)
    }

    async fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    async fn rest(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!(
            "https://api.twilio.com/2010-04-01/Accounts/{}{path}",
            account()
        );
        let mut request = self
            .client
            .request(method.parse().unwrap(), url)
            .basic_auth(account(), Some(TOKEN));
        if !form.is_empty() {
            request = request.form(form);
        }
        let request = request.build().unwrap();
        let Ok(answer) = self.emulator.transport().send(request).await else {
            return (0, Value::Null);
        };
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}

fn account() -> AccountSid {
    AccountSid::from_bytes([1; 16])
}

/// The same seed gives the same SIDs, and what every emulator has alike has SIDs of its own.
#[tokio::test(start_paused = true)]
async fn no_small_seed_makes_an_activity_that_is_there_already() {
    for seed in 0..1_000 {
        let account = AccountSid::from_bytes([7; 16]);
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let mut settings = Settings::new(account, SecretString::from(TOKEN), clock);
        settings.seed = seed;
        let emulator = Emulator::new(settings);
        let known: Vec<_> = emulator.with(|world| {
            let activities = world.router.activities().iter();
            activities.map(|activity| activity.sid).collect()
        });
        assert!(!known.is_empty());
        let made = emulator.add_activity("Cooling down", false);
        assert!(!known.contains(&made), "seed {seed}");
    }
}
