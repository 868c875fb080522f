//! A door: one route of the OpenAPI document, who may enter, and requests to it.

use std::sync::OnceLock;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::Value;
use switchboard::{emulator::Browser, twilio::signature};
use tower::ServiceExt;

use crate::stage::{PUBLIC_URL, PUBLISHED, Stage, TOKEN};

/// Who may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Twilio, who signs.
    Twilio,
    /// A Flex user, with a token.
    Flex,
    /// Studio: signed, or with a password.
    Studio,
    /// Anybody.
    Anybody,
}

/// One route.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) method: Method,
    /// A path of the route.
    pub(super) path: String,
    /// The same with a good query.
    pub(super) uri: String,
    pub(super) who: Who,
    /// The names of its form fields.
    pub(super) fields: Vec<String>,
    /// The names in its query.
    pub(super) query: Vec<String>,
}

/// What Twilio sends beside what our description names.
const SPOKEN: [&str; 6] = [
    "CallSid",
    "CallStatus",
    "QueueResult",
    "QueueTime",
    "From",
    "To",
];

/// Every door, as the OpenAPI document and its security say.
pub(super) fn doors() -> Vec<Door> {
    static DOORS: OnceLock<Vec<Door>> = OnceLock::new();
    DOORS.get_or_init(read_doors).clone()
}

fn read_doors() -> Vec<Door> {
    let api = serde_json::to_value(switchboard::web::openapi()).expect("a document");
    let paths = api["paths"].as_object().expect("paths").iter();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").iter();
        methods.map(|(method, described)| door(&api, path, method, described))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() > 10, "the document lost its routes");
    all
}

/// The doors that only `who` may enter.
pub(super) fn doors_of(who: Who) -> impl Iterator<Item = Door> {
    doors().into_iter().filter(move |door| door.who == who)
}

/// Who may enter, by the route's security. The list of what is open is here a second time, on purpose.
fn who(path: &str, described: &Value) -> Who {
    let schemes: Vec<_> = described["security"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|scheme| scheme.as_object().expect("a scheme").keys())
        .map(String::as_str)
        .collect();
    let who = match schemes[..] {
        ["twilioSignature"] => Who::Twilio,
        ["flexToken"] => Who::Flex,
        ["twilioSignature", "lookupBasic"] => Who::Studio,
        [] => Who::Anybody,
        ref others => panic!("{path} asks for {others:?}: say here who that is"),
    };
    let open = [
        "/live",
        "/ready",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/",
        "/hold-music/{n}",
    ];
    assert_eq!(
        who == Who::Anybody,
        open.contains(&path),
        "{path} is open to anybody"
    );
    who
}

fn door(api: &Value, path: &str, method: &str, described: &Value) -> Door {
    let who = who(path, described);
    let query: Vec<_> = described["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
        .collect();
    let mut fields = fields(api, described);
    if who == Who::Twilio {
        fields.extend(SPOKEN.map(str::to_owned));
        fields.sort();
        fields.dedup();
    }
    let path = path.replace("{n}", "0");
    let uri = format!(
        "{path}?{}",
        form(query.iter().map(|name| (name.as_str(), good(name))))
    );
    Door {
        method: method.to_uppercase().parse().expect("a method"),
        uri: uri.trim_end_matches('?').to_owned(),
        path,
        who,
        fields,
        query,
    }
}

fn fields(api: &Value, described: &Value) -> Vec<String> {
    let content = described["requestBody"]["content"].as_object();
    let mut names: Vec<_> = content
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(|body| body["schema"]["$ref"].as_str())
        .filter_map(|place| api.pointer(place.trim_start_matches('#')))
        .filter_map(|schema| schema["properties"].as_object())
        .flat_map(|properties| properties.keys().cloned())
        .filter(|name| name != "Token")
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A value that would do for a field.
pub(super) fn good(name: &str) -> &'static str {
    match name.to_ascii_lowercase().trim_end_matches("sid") {
        "call" => "CA00000000000000000000000000000001",
        "worker" | "box" => "WK00000000000000000000000000000001",
        "workflow" => "WW00000000000000000000000000000001",
        "task" => "WT00000000000000000000000000000001",
        "recording" => "RE00000000000000000000000000000001",
        "state" => "heard",
        "reservation" => "WR00000000000000000000000000000001",
        "event" => "EV00000000000000000000000000000001",
        "numbertocall" => "+13035550155",
        "utcdatetimereceived" => "2027-01-15T08:00:00Z",
        "workerchannel" => "WC00000000000000000000000000000001",
        "callstatus" => "ringing",
        "attributes" => "{}",
        "since" => "1800000000000",
        _ => "1",
    }
}

pub(super) fn form<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

impl Door {
    /// A form with a good value in every field.
    pub(super) fn good_form(&self) -> String {
        form(self.fields.iter().map(|name| (name.as_str(), good(name))))
    }

    /// A request with any body and no credentials.
    pub(super) fn knock(&self, uri: &str, kind: &str, body: impl Into<Bytes>) -> Request<Body> {
        let request = Request::builder().method(self.method.clone()).uri(uri);
        let request = request.header(header::CONTENT_TYPE, kind);
        let request = request.header(header::ACCEPT, JSON);
        request.body(Body::from(body.into())).expect("a request")
    }

    /// The same with good credentials: signed, and with the agent's token.
    pub(super) fn enter(
        &self,
        agent: &Browser,
        uri: &str,
        kind: &str,
        body: impl Into<Bytes>,
    ) -> Request<Body> {
        let body = body.into();
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        let url = format!("{PUBLIC_URL}{uri}");
        let (url, fields) = if is_form {
            (url, signature::fields(&body))
        } else {
            (signature::url_for_body(&url, &body), Vec::new())
        };
        let signed = signature::sign(&TOKEN.into(), &url, &fields);
        let mut request = self.knock(&url[PUBLIC_URL.len()..], kind, body.clone());
        let headers = request.headers_mut();
        match self.who {
            Who::Flex => {
                let token = format!("Bearer {}", agent.token().expose_secret());
                headers.insert(header::AUTHORIZATION, value(&token));
            }
            Who::Twilio | Who::Studio => {
                headers.insert(signature::HEADER, value(&signed));
            }
            Who::Anybody => {}
        }
        request
    }
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";

pub(super) fn value(text: &str) -> HeaderValue {
    text.parse().expect("a header")
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Sends a request, and holds what must be true of every answer to a request that is wrong or right: it is no fault
/// of ours, and a refusal has our form.
pub(super) async fn send(stage: &Stage, request: Request<Body>) -> Seen {
    let what = format!("{} {}", request.method(), request.uri().path());
    let is_plugins = doors_of(Who::Flex).any(|door| door.path == request.uri().path());
    let asks_for_json = request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|kinds| kinds == JSON);
    let is_text = PUBLISHED.contains(&request.uri().path()) && !asks_for_json;
    let answer = stage.router().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let seen = Seen {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    assert!(!seen.status.is_server_error(), "{what}: {seen:?}");
    if !seen.body.is_empty() {
        assert_eq!(seen.headers["x-content-type-options"], "nosniff", "{what}");
    }
    if seen.status.is_client_error() && is_text {
        let kind = &seen.headers[header::CONTENT_TYPE];
        assert_eq!(kind, "text/plain; charset=utf-8", "{what}");
        assert!(
            serde_json::from_str::<Value>(&seen.body).is_err(),
            "{what}: {seen:?}"
        );
    } else if seen.status.is_client_error() {
        let problem: Value = serde_json::from_str(&seen.body).expect("a problem");
        assert_eq!(
            seen.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{what}"
        );
        let id = seen.headers["x-request-id"].to_str().expect("an id");
        assert_eq!(problem["instance"], id, "{what}");
        for key in ["type", "title", "detail"] {
            assert!(
                problem[key].as_str().is_some_and(|it| !it.is_empty()),
                "{what}: {seen:?}"
            );
        }
        assert_eq!(
            problem.get("message").is_some(),
            is_plugins,
            "{what}: {seen:?}"
        );
    }
    seen
}
