//! What happens around every request, in one layer.
//!
//! A tower of ready-made layers would clone, box and allocate at each storey, and this runs in front of a webhook that
//! is answered in microseconds. So one hand-written service does it all, in this order:
//!
//! 1. a request id is kept or made, so that everything after can be found again;
//! 2. what is refused by its outside alone (URL or headers too long) is answered;
//! 3. on open routes, a place is taken in the lane; on all others the extractors do so, once the request has arrived and
//!    proved who sent it ([`super::lane`]);
//! 4. the handler runs, guarded against panics and bounded by the deadline;
//! 5. a problem is written, or, on a voice route whose signature was right, spoken;
//! 6. one log line and the metrics.

pub(crate) mod cors;
mod face;
mod refusal;
mod told;

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use tower::{Layer, Service};
use tracing::Instrument;

pub(crate) use face::Face;
pub(crate) use refusal::Refusal;

use super::{
    app::App,
    lane::Lane,
    problem::{Kind, Problem, Raised},
    reply::Voice,
    trail::{self, Trail},
};
use crate::{config::VoiceFault, telemetry::panic_text, twilio::deadline::Deadline};

/// The header that carries the request id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest URL and the longest headers that are taken. The server cuts off far larger ones by itself.
const LONGEST_URL: usize = 8 * 1024;
const LONGEST_HEADERS: usize = 16 * 1024;

/// How long after its deadline a handler is given up: it should have noticed the deadline by itself.
const GRACE: Duration = Duration::from_millis(400);

/// The layer, for the routes of one face. Cheap to clone, which the router does several times for each request.
#[derive(Clone)]
pub(crate) struct Layers(Arc<Around>);

struct Around {
    app: App,
    face: Face,
    lane: Lane,
}

impl Layers {
    /// The layer around the routes of `face`.
    pub(crate) fn around(face: Face, app: &App) -> Self {
        Self(Arc::new(Around {
            app: app.clone(),
            face,
            lane: Lane::new(face.lane()),
        }))
    }
}

impl<S> Layer<S> for Layers {
    type Service = Layered<S>;

    fn layer(&self, inner: S) -> Layered<S> {
        let around = Arc::clone(&self.0);
        Layered { inner, around }
    }
}

/// A service with the layers around it.
#[derive(Clone)]
pub(crate) struct Layered<S> {
    inner: S,
    around: Arc<Around>,
}

/// What is kept of a request while its handler has it.
struct Visit {
    trail: Arc<Trail>,
    method: Method,
    path: Option<MatchedPath>,
    /// How a refusal is written.
    refusal: Refusal,
    /// On voice routes, where to ask again.
    uri: Option<Uri>,
}

/// The place that an extractor takes in the lane is kept until this is dropped.
struct Held<'a>(&'a Trail);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl<S> Service<Request> for Layered<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let around = Arc::clone(&self.around);
        let visit = around.begin(&mut request);
        if let Some(answer) = too_long(&request) {
            return Box::pin(std::future::ready(Ok(around.finish(answer, &visit))));
        }
        let handler = self.inner.call(request);
        Box::pin(async move {
            let held = Held(&visit.trail);
            let answer = if around.face == Face::Open {
                match around.lane.place_now() {
                    Some(_place) => around.run(handler, &visit).await,
                    None => Problem::too_many().into_response(),
                }
            } else {
                around.run(handler, &visit).await
            };
            drop(held);
            Ok(around.finish(answer, &visit))
        })
    }
}

impl Around {
    fn begin(&self, request: &mut Request) -> Visit {
        let parts = self.app.parts();
        let id = trail::request_id(
            request.headers().get(REQUEST_ID),
            &parts.context.rng,
            parts.context.clock,
        );
        let trail = Arc::new(Trail::new(
            id,
            Deadline::after(self.face.patience()),
            self.lane.clone(),
        ));
        let path = request.extensions().get::<MatchedPath>().cloned();
        let visit = Visit {
            trail: Arc::clone(&trail),
            method: request.method().clone(),
            refusal: Refusal::of(self.face, path.as_ref(), request.headers()),
            path,
            uri: (self.face == Face::Voice).then(|| request.uri().clone()),
        };
        request.extensions_mut().insert(trail);
        visit
    }

    /// Runs the handler, whatever it does.
    async fn run<F>(&self, handler: F, visit: &Visit) -> Response
    where
        F: Future<Output = Result<Response, Infallible>> + Send,
    {
        let limit = self.face.patience() + GRACE;
        let guarded = AssertUnwindSafe(handler)
            .catch_unwind()
            .instrument(self.face.span(&visit.trail));
        match tokio::time::timeout(limit, guarded).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Err(panic)) => Problem::internal(panic_text(panic.as_ref())).into_response(),
            Err(_) if visit.trail.has_arrived() => {
                Problem::new(Kind::TimedOut, "It could not be done in time").into_response()
            }
            Err(_) => Problem::new(
                Kind::SlowRequest,
                "The whole request did not arrive in time",
            )
            .into_response(),
        }
    }

    /// Writes or speaks a problem, adds the headers of every answer, and tells what happened.
    fn finish(&self, mut response: Response, visit: &Visit) -> Response {
        let problem = problem_of(&mut response);
        if let Some(problem) = &problem {
            response = match self.spoken(visit, problem) {
                Some(voice) => voice.into_response(),
                None => problem.write(visit.trail.id_text(), visit.refusal),
            };
        }
        let status = response.status();
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, visit.trail.id().clone());
        // Both are about a body.
        if status != StatusCode::NO_CONTENT {
            let sniff = HeaderValue::from_static("nosniff");
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, sniff);
            headers
                .entry(header::CACHE_CONTROL)
                .or_insert(HeaderValue::from_static("no-store"));
        }
        if self.app.draining().has_begun() {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        told::tell(self.face, visit, status, problem.as_deref(), &self.app);
        if let Some(problem) = problem {
            // Kept for what wraps this service: a test, or a tracing layer.
            response.extensions_mut().insert(Raised(problem));
        }
        response
    }

    /// What is said about a problem, where a caller is there to hear it. Only a client that proved to be Twilio has a
    /// caller on the line; to anybody else an error is written.
    fn spoken(&self, visit: &Visit, problem: &Problem) -> Option<Voice> {
        let parts = self.app.parts();
        if !visit.trail.is_proved() || parts.config.voice_fault != VoiceFault::Speak {
            return None;
        }
        match self.face {
            Face::Voice => {
                let again = parts.signer.url_of(visit.uri.as_ref()?);
                if let Some(call) = visit.trail.call().filter(|_| problem.may_pass()) {
                    parts.context.metrics.told_to_wait(call.as_str());
                }
                Some(Voice::fault(&parts.context.library, problem, &again))
            }
            Face::Keypad => Some(Voice::farewell(&parts.context.library)),
            Face::Text => Some(Voice::apology(&parts.context.library)),
            Face::Status | Face::Plugin | Face::Lookup | Face::Open => None,
        }
    }
}

/// The problem in a response: the one a handler raised, or the one that fits an error of the framework's own.
fn problem_of(response: &mut Response) -> Option<Arc<Problem>> {
    if let Some(Raised(problem)) = response.extensions_mut().remove::<Raised>() {
        return Some(problem);
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    is_error.then(|| {
        let kind = Kind::of_status(status);
        Arc::new(Problem::new(kind, kind.title()))
    })
}

/// The refusal of a request that no handler needs to see.
fn too_long(request: &Request) -> Option<Response> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > LONGEST_URL) {
        let long = Problem::new(Kind::LongUrl, "The URL may have 8 KiB at most");
        return Some(long.into_response());
    }
    if length_of(request.headers()) > LONGEST_HEADERS {
        let long = Problem::new(Kind::LongHeaders, "The headers may have 16 KiB at most");
        return Some(long.into_response());
    }
    None
}

fn length_of(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
