//! What must be true of every answer, whatever a story is about: it has a request id, a known content type, in time,
//! good TwiML on a voice route, a problem for every refusal, and no word of our insides.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use switchboard::{
    clock::Clock,
    twiml::lint::{Place, lint},
};

use super::{TOKEN, links};

/// The most a caller may wait for an answer, in seconds: Twilio gives a voice webhook 15 s in all.
const LONGEST: u64 = 15;

/// What callers hear who wait, and then leave a message.
const WAIT: &str = "/features/callback-and-voicemail/studio/wait-experience";

/// The routes of the published plugin, which goes on after any JSON.
pub(crate) const PUBLISHED: [&str; 3] = ["/park-call", "/pickup-parked-call", "/worker-capacity"];

/// Words that must never leave the house.
const INSIDES: &[&str] = &[
    "reqwest", "panicked", "src/", ".rs:", "hyper", "serde", "tokio", TOKEN,
];

/// Watches answers. Clones share what they saw.
#[derive(Clone)]
pub(crate) struct Manners {
    clock: Clock,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Manners {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            faults: Arc::default(),
        }
    }

    /// The same routes, watched.
    pub(crate) fn watch(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), watch))
    }

    /// What was ill-mannered.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    /// `asked` is what the request said it accepts.
    fn judge(
        &self,
        (path, asked): (&str, &str),
        answer: &http::response::Parts,
        body: &str,
        waited: u64,
    ) {
        if answer.headers.contains_key("access-control-allow-methods") {
            // A browser's preflight goes no further than the CORS layer.
            return;
        }
        let header = |name: &str| {
            answer
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let (status, kind) = (answer.status, header("content-type"));
        let mut faults = vec![];
        if header("x-request-id").is_empty() {
            faults.push("no request id".to_owned());
        }
        if waited > LONGEST {
            faults.push(format!("answered after {waited} s"));
        }
        if status.is_client_error() || status.is_server_error() {
            faults.extend(misread(path, asked, kind, body, status.as_u16()));
        }
        if kind.starts_with("text/xml") || kind.starts_with("application/xml") {
            let place = match path {
                "/hold/queue" => Place::Queue,
                "/intake/sms" => Place::Message,
                // The recorder stands outside the queue.
                WAIT if !body.contains("<Record") => Place::Queue,
                _ => Place::Call,
            };
            faults.extend(
                lint(body, place)
                    .into_iter()
                    .map(|flaw| format!("TwiML: {flaw}")),
            );
        }
        let links = links::out_of_order(body).into_iter();
        faults.extend(links.map(|link| format!("a sorting proxy would break {link}")));
        let telling = crate::contract::telling(body).into_iter();
        faults.extend(telling.map(|url| format!("a number stands in {url}")));
        faults.extend(
            INSIDES
                .iter()
                .filter(|word| body.contains(*word))
                .map(|word| format!("says {word:?}: {body}")),
        );
        let mut all = self.faults.lock().unwrap();
        all.extend(faults.into_iter().map(|fault| format!("{path}: {fault}")));
    }
}

/// What is wrong with the form of a refusal, for whoever has to read it.
fn misread(path: &str, asked: &str, kind: &str, body: &str, status: u16) -> Option<String> {
    let problem: Option<serde_json::Value> = serde_json::from_str(body).ok();
    if PUBLISHED.contains(&path) && !asked.contains("json") {
        let stops = kind == "text/plain; charset=utf-8" && problem.is_none();
        return (!stops).then(|| format!("the plugin goes on after {status}: {kind} {body}"));
    }
    let is_problem = kind.starts_with("application/problem+json")
        && problem.is_some_and(|it| it["status"] == status);
    (!is_problem).then(|| format!("{status} is no problem document: {kind} {body}"))
}

async fn watch(manners: axum::extract::State<Manners>, request: Request, next: Next) -> Response {
    let (path, start) = (request.uri().path().to_owned(), manners.clock.now());
    let asked = request.headers().get("accept").cloned();
    let asked = asked
        .as_ref()
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let answer = next.run(request).await;
    let waited = manners.clock.since(start).as_secs();
    // Events come for a minute.
    if path.starts_with("/hold-music") || path == "/board/events" && answer.status() == 200 {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8_lossy(&body);
    manners.judge((&path, asked), &parts, &text, waited);
    Response::from_parts(parts, Body::from(body))
}
