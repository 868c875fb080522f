//! A stage for the tests of this folder: the real routes over a Twilio that answers what a test tells it to.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use secrecy::SecretString;
use tower::ServiceExt;

use super::{App, Parts, flex::Gate, form::Signer, router};
use crate::{
    chance::Chance,
    clock::Clock,
    config::{Config, Login, VoiceFault},
    domain::parking::{Parking, Settings},
    music::Music,
    telemetry::Metrics,
    twilio::{
        self, Twilio,
        host::Hosts,
        signature,
        transport::{Broken, Transport},
    },
    twiml::{Library, Speech},
};

pub(super) const PUBLIC_URL: &str = "https://calls.example.com/base";
pub(super) const TOKEN: &str = "an auth token";
pub(super) const CALL: &str = "CA00000000000000000000000000000001";
pub(super) const WORKER: &str = "WK00000000000000000000000000000001";
pub(super) const ORIGIN: &str = "https://flex.twilio.com";

/// The routes, and how often Twilio was asked.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) router: Router,
    asked: Arc<AtomicU32>,
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Stage {
    /// Twilio answers every request with this status and body; status 0: it cannot be reached.
    pub(super) fn with(status: u16, body: &'static str, change: fn(&mut Config)) -> Self {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let transport = Transport::new(tower::service_fn(move |_: reqwest::Request| {
            counter.fetch_add(1, Ordering::Relaxed);
            std::future::ready(if status == 0 {
                Err(Broken::Lost("the reqwest socket at 10.0.0.1 broke".into()))
            } else {
                let answer = http::Response::builder().status(status).body(body);
                Ok(reqwest::Response::from(answer.unwrap()))
            })
        }));
        let app = App::new(parts(transport, change));
        Self {
            router: router(&app),
            app,
            asked,
        }
    }

    pub(super) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Seen {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

fn parts(transport: Transport, change: fn(&mut Config)) -> Parts {
    let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
    let chance = Chance::seeded(1);
    let library = Library::open(Speech::default(), None).unwrap();
    let settings = twilio::Settings {
        account: sid("AC"),
        user: "AC".to_owned(),
        password: TOKEN.into(),
        workspace: sid("WS"),
        sync_service: sid("IS"),
        hosts: Hosts::twilio(None, None),
    };
    let twilio = Twilio::new(settings, transport, chance.clone(), None);
    let mut config = config();
    change(&mut config);
    let parking = Parking::new(
        twilio.clone(),
        library.clone(),
        clock,
        chance.clone(),
        holds(),
    );
    Parts {
        parking,
        twilio,
        library,
        signer: Signer::new(PUBLIC_URL, &[SecretString::from(TOKEN)]),
        gate: Gate::new(clock),
        clock,
        chance,
        metrics: Metrics::default(),
        music: Music::default(),
        config: Arc::new(config),
    }
}

fn sid<T: std::str::FromStr<Err: std::fmt::Debug>>(prefix: &str) -> T {
    format!("{prefix}{}", "0".repeat(32)).parse().unwrap()
}

fn config() -> Config {
    Config {
        public_url: PUBLIC_URL.to_owned(),
        flex_origins: vec![ORIGIN.to_owned()],
        capacity_limit: 10,
        lookup: None,
        voice_fault: VoiceFault::Speak,
    }
}

/// Sets a user and a password for the look-up.
pub(super) fn with_login(config: &mut Config) {
    config.lookup = Some(Login {
        user: "studio".to_owned(),
        password: "secret".into(),
    });
}

fn holds() -> Settings {
    use std::time::Duration;
    Settings {
        public_url: PUBLIC_URL.to_owned(),
        music: vec![format!("{PUBLIC_URL}/hold-music/0")],
        shuffle: false,
        round: Duration::from_secs(30),
        announcement: None,
        announce_every: 2,
        fallback_url: None,
        timeout: None,
        return_tries: 2,
        return_ring: Duration::from_secs(30),
        limit: None,
    }
}

/// A form without any credentials.
pub(super) fn post(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.into()))
        .unwrap()
}

/// A form as Twilio signs it.
pub(super) fn signed(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    let body = body.into();
    let url = format!("{PUBLIC_URL}{path}");
    let signature = signature::sign(&TOKEN.into(), &url, &signature::fields(&body));
    let mut request = post(path, body.clone());
    request
        .headers_mut()
        .insert(signature::HEADER, signature.parse().unwrap());
    request
}

/// JSON as Twilio signs it.
pub(super) fn signed_json(path: &str, body: &'static str) -> Request<Body> {
    let url = signature::url_for_body(&format!("{PUBLIC_URL}{path}"), body.as_bytes());
    let signature = signature::sign(&TOKEN.into(), &url, &[]);
    Request::builder()
        .method(Method::POST)
        .uri(&url[PUBLIC_URL.len()..])
        .header(header::CONTENT_TYPE, "application/json")
        .header(signature::HEADER, signature)
        .body(Body::from(body))
        .unwrap()
}

impl Seen {
    /// Asserts what must hold for every answer, and gives the problem's body if it is one.
    pub(super) fn problem(&self) -> serde_json::Value {
        assert!(self.headers.contains_key("x-request-id"), "{self:?}");
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{self:?}"
        );
        for internal in ["reqwest", "panicked", "src/", "10.0.0.1", TOKEN, "serde"] {
            assert!(!self.body.contains(internal), "{self:?} tells {internal}");
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["status"], self.status.as_u16(), "{self:?}");
        assert_eq!(
            body["instance"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        for key in ["type", "title", "detail"] {
            assert!(
                body[key].as_str().is_some_and(|text| !text.is_empty()),
                "{self:?}"
            );
        }
        body
    }
}
