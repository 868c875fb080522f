//! A desk for the tests of this folder: the real routes over a Twilio that answers what a test tells it to.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use tower::ServiceExt;

use switchboard::{
    app::Config,
    app::{Outside, assemble},
    clock::Clock,
    rng::Rng,
    twilio::{
        signature,
        transport::{Broken, Transport},
    },
    web::{App, router},
};

pub(super) const PUBLIC_URL: &str = "https://calls.example.com/base";
pub(super) const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub(super) const CALL: &str = "CA00000000000000000000000000000001";
pub(super) const WORKER: &str = "WK00000000000000000000000000000001";
/// A token that has the shape of one, as a field.
pub(super) const TOKEN_FIELD: &str = "Token=eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn";
pub(super) const ORIGIN: &str = "https://flex.twilio.com";

pub(super) const SIGNED: [&str; 33] = [
    "/features/callback-and-voicemail/studio/wait-experience",
    "/features/callback-and-voicemail/studio/create-callback",
    "/callback/recording",
    "/callback/transcript",
    "/hold",
    "/hold/left",
    "/hold/queue",
    "/pickup",
    "/did",
    "/did/left",
    "/extension",
    "/extension/keyed",
    "/extension/left",
    "/intake/voice",
    "/intake/voice/choice",
    "/intake/sms",
    "/call-status-handler",
    "/worker-lookup",
    "/assignment-callback",
    "/taskrouter-events",
    "/dispatch/leg",
    "/dispatch/key",
    "/dispatch/joined",
    "/dispatch/meet",
    "/dispatch/met",
    "/dispatch/alone",
    "/dispatch/status",
    "/dispatch/amd",
    "/voicemail",
    "/voicemail/recorded",
    "/voicemail/status",
    "/voicemail/transcript",
    "/instance",
];
/// What Twilio may ask by GET as well.
pub(super) const SIGNED_READ: &str = "/features/callback-and-voicemail/studio/wait-experience";
/// What Flex only reads.
pub(super) const READ: [&str; 4] = ["/caller-id", "/workers", "/parked-calls", "/board/events"];
pub(super) const PLUGIN: [&str; 7] = [
    "/features/callback-and-voicemail/flex/fetch-voicemail",
    "/features/callback-and-voicemail/flex/requeue-callback",
    "/park-call",
    "/pickup-parked-call",
    "/worker-capacity",
    "/voicemails/mark",
    "/voicemails/media",
];
/// What can be asked with a token, read and posted.
pub(super) const READ_AND_POSTED: [&str; 2] = ["/board", "/voicemails"];
pub(super) const OPEN: [&str; 7] = [
    "/",
    "/live",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/hold-music/0",
];

pub(super) const LOGIN: &[(&str, &str)] =
    &[("LOOKUP_USER", "studio"), ("LOOKUP_PASSWORD", "secret")];

pub(super) const VALID: &str = r#"{"valid":true,"worker_sid":"WK00000000000000000000000000000001","identity":"ann","roles":["agent"]}"#;

/// The routes, and how often Twilio was asked.
pub(super) struct Desk {
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

impl Desk {
    /// Twilio answers every request with this status and body; status 0: it cannot be reached; 1: asking it
    /// panics. `more` are variables.
    pub(super) fn with(
        status: u16,
        body: &'static str,
        more: &'static [(&'static str, &'static str)],
    ) -> Self {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let transport = Transport::new(tower::service_fn(move |_: reqwest::Request| {
            counter.fetch_add(1, Ordering::Relaxed);
            assert!(status != 1, "panicked in src/secret.rs");
            std::future::ready(if status == 0 {
                Err(Broken::Lost("the reqwest socket at 10.0.0.1 broke".into()))
            } else {
                let answer = http::Response::builder().status(status).body(body);
                Ok(reqwest::Response::from(answer.unwrap()))
            })
        }));
        Self {
            asked,
            ..Self::over(transport, more)
        }
    }

    /// Twilio answers each request as `answer` says, when it says so.
    pub(super) fn asking<A, F>(answer: A) -> Self
    where
        A: Fn(&reqwest::Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = http::Response<&'static str>> + Send + 'static,
    {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let transport = Transport::new(tower::service_fn(move |request: reqwest::Request| {
            counter.fetch_add(1, Ordering::Relaxed);
            let answer = answer(&request);
            async move { Ok::<_, Broken>(reqwest::Response::from(answer.await)) }
        }));
        Self {
            asked,
            ..Self::over(transport, &[])
        }
    }

    /// Twilio is whatever answers behind this transport.
    pub(super) fn over(transport: Transport, more: &[(&str, &str)]) -> Self {
        let outside = Outside {
            transport,
            clock: Clock::starting_at(Timestamp::constant(1_800_000_000, 0)),
            rng: Rng::seeded(1),
        };
        let app = assemble(config(more), outside).unwrap();
        Self {
            router: router(&app),
            app,
            asked: Arc::default(),
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

fn config(more: &[(&str, &str)]) -> Config {
    let sid = |prefix: &str| format!("{prefix}{}", "0".repeat(32));
    let read = |name: &str| {
        let more = more.iter().find(|(variable, _)| *variable == name);
        match name {
            _ if more.is_some() => more.map(|(_, value)| (*value).to_owned()),
            "ACCOUNT_SID" => Some(sid("AC")),
            "AUTH_TOKEN" => Some(TOKEN.to_owned()),
            "WORKSPACE_SID" => Some(sid("WS")),
            "SYNC_SERVICE_SID" => Some(sid("IS")),
            "PUBLIC_URL" => Some(PUBLIC_URL.to_owned()),
            _ => None,
        }
    };
    Config::read(read).unwrap()
}

/// A form without any credentials, from a program that reads JSON.
pub(super) fn post(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
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

pub(super) fn quiet() -> Desk {
    Desk::with(404, "{}", &[])
}

pub(super) fn hold_path() -> String {
    let workflow = "WW00000000000000000000000000000001";
    format!("/hold?worker={WORKER}&workflow={workflow}&since=1800000000000&round=1&x=it's%20%2B")
}
