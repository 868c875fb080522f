//! For the operator: is it alive, is it ready, what has it done, what does it offer.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    app::Draining,
    docs,
    fixed::Fixed,
    form::TwilioForm,
    openapi::{self, OPERATIONS},
    pages,
    problem::{Kind, Problem},
};
use crate::{
    config::General,
    telemetry::{Late, Metrics},
};

/// A probe's good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Well {
    /// Always `ok`.
    status: &'static str,
}

/// What a process is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Instance {
    /// The program's version.
    version: &'static str,
    /// Each variable's name, and what stands for its value.
    variables: BTreeMap<String, String>,
}

const WELL: Json<Well> = Json(Well { status: "ok" });

/// Is the process alive?
#[utoipa::path(get, path = "/live", tag = OPERATIONS, responses((status = 200, body = Well)))]
pub(crate) async fn live() -> Json<Well> {
    WELL
}

/// Should requests be sent here?
///
/// Not while it stops, nor when one of its reconcilers is stuck: another replica does better then. What all replicas
/// share (Twilio is slow, or refuses our credentials) is told by the metrics and the log instead: if it were told here,
/// a balancer would take every replica out, although each can still answer callers on hold. Asks no other server: a probe must
/// not cost a request.
#[utoipa::path(get, path = "/ready", tag = OPERATIONS,
    responses((status = 200, body = Well), (status = 503, description = "Not ready")))]
pub(crate) async fn ready(
    State(draining): State<Draining>,
    State(metrics): State<Metrics>,
) -> Result<Json<Well>, Problem> {
    readiness(&draining, &metrics).map(|()| WELL)
}

fn readiness(draining: &Draining, metrics: &Metrics) -> Result<(), Problem> {
    if draining.has_begun() {
        return Err(Problem::new(Kind::NotReady, "The process is stopping"));
    }
    let late = metrics.late_reconcilers();
    if let Some(Late { name, .. }) = late.iter().find(|it| it.stuck) {
        let why = format!("The reconciler of {name} is stuck in this process; restart it");
        return Err(Problem::new(Kind::NotReady, why));
    }
    Ok(())
}

/// What runs here, and with which configuration; asked by `switchboard check`
///
/// Signed as a webhook is, so that strangers learn nothing. Each variable's value is eight digits that only the owner of
/// the auth token can compute.
#[utoipa::path(post, path = "/instance", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = (), content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Instance), openapi::SignedRefusal))]
pub(crate) async fn instance(
    State(config): State<Arc<General>>,
    TwilioForm(()): TwilioForm<()>,
) -> Json<Instance> {
    let key = config.account.auth_tokens.first();
    let variables = key.map(|key| config.values.fingerprints(key));
    Json(Instance {
        version: env!("CARGO_PKG_VERSION"),
        variables: variables.unwrap_or_default(),
    })
}

/// What has been counted
#[utoipa::path(get, path = "/metrics", tag = OPERATIONS,
    responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text")))]
pub(crate) async fn metrics(
    State(metrics): State<Metrics>,
    State(draining): State<Draining>,
    State(written): State<WrittenMetrics>,
) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = written.text(|| metrics.render(readiness(&draining, &metrics).is_ok()));
    ([(header::CONTENT_TYPE, kind)], text)
}

/// How long the metrics are shown as they were written.
const FRESH: Duration = Duration::from_millis(100);

/// The metrics as they were last written. To write them takes longer than to answer a caller, and anybody may ask: a
/// crowd is shown one and the same text, which is kept in memory once, however slowly they read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenMetrics(Arc<Mutex<Option<(Instant, Bytes)>>>);

impl WrittenMetrics {
    fn text(&self, write: impl FnOnce() -> String) -> Bytes {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, text)) = &*last
            && at.elapsed() < FRESH
        {
            return text.clone();
        }
        let text = Bytes::from(write());
        *last = Some((Instant::now(), text.clone()));
        text
    }
}

/// This description, for programs
#[utoipa::path(get, path = "/openapi.json", tag = OPERATIONS,
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(crate) async fn openapi_json() -> Response {
    description()
}

fn description() -> Response {
    static ANSWER: LazyLock<Fixed> = LazyLock::new(|| {
        let json = HeaderValue::from_static("application/json");
        let text = serde_json::to_string_pretty(super::openapi()).unwrap_or_default();
        Fixed::new([(header::CONTENT_TYPE, json)].into_iter().collect(), text)
    });
    ANSWER.answer()
}

/// Writes the answers that never change, which takes some tens of milliseconds.
///
/// # Errors
/// When a page does not fit what it shows.
pub(crate) fn prepare() -> Result<(), Problem> {
    let _ = (description(), pages::home()?, docs::answer()?);
    Ok(())
}

/// What this is, and where to go from here
#[utoipa::path(get, path = "/", tag = OPERATIONS,
    responses((status = 200, description = "A page", content_type = "text/html")))]
pub(crate) async fn home() -> Result<Response, Problem> {
    pages::home()
}

/// The guide, and this description for people
#[utoipa::path(get, path = "/docs", tag = OPERATIONS,
    responses((status = 200, description = "A page", content_type = "text/html")))]
pub(crate) async fn docs() -> Result<Response, Problem> {
    docs::answer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_is_shown_the_metrics_that_were_written_once() {
        let written = WrittenMetrics::default();
        let mut times = 0;
        let mut ask = || {
            written.text(|| {
                times += 1;
                format!("written {times} times")
            })
        };
        let first = ask();
        for _ in 0..1_000 {
            assert_eq!(ask().as_ptr(), first.as_ptr(), "no copy of its own");
        }
        tokio::time::sleep(FRESH).await;
        assert_eq!(ask(), "written 2 times");
    }
}
