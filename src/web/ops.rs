//! For whoever runs this: is it alive, is it ready, what has it done, what does it offer.

use axum::{
    Json,
    extract::State,
    response::{Html, IntoResponse},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};
use utoipa::ToSchema;

use super::{
    app::Draining,
    docs,
    form::TwilioForm,
    openapi::{self, OPERATIONS},
    problem::{Kind, Problem},
};
use crate::{
    config::Config,
    telemetry::{Late, Metrics},
};

/// A probe's good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Well {
    /// Always `ok`.
    status: &'static str,
}

/// What a process is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Instance {
    /// The program's version.
    version: &'static str,
    /// Each variable's name, and what stands for its value.
    variables: BTreeMap<String, String>,
}

const WELL: Json<Well> = Json(Well { status: "ok" });

/// Is the process alive?
#[utoipa::path(get, path = "/live", tag = OPERATIONS, responses((status = 200, body = Well)))]
pub(super) async fn live() -> Json<Well> {
    WELL
}

/// Should requests be sent here?
///
/// Not while it stops, nor when one of its reconcilers is stuck: another replica does better then. What all replicas
/// share (Twilio is slow, or refuses our credentials) is told by the metrics and the log instead: if it were told here,
/// a balancer would take every replica out, although each can still answer callers on hold. Asks nobody: a probe must
/// not cost a request.
#[utoipa::path(get, path = "/ready", tag = OPERATIONS,
    responses((status = 200, body = Well), (status = 503, description = "Not ready")))]
pub(super) async fn ready(
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
pub(super) async fn instance(
    State(config): State<Arc<Config>>,
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
pub(super) async fn metrics(
    State(metrics): State<Metrics>,
    State(draining): State<Draining>,
) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let ready = readiness(&draining, &metrics).is_ok();
    ([(header::CONTENT_TYPE, kind)], metrics.render(ready))
}

/// This description, for programs
#[utoipa::path(get, path = "/openapi.json", tag = OPERATIONS,
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(super) async fn openapi_json() -> impl IntoResponse {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| serde_json::to_string_pretty(&openapi::openapi()).unwrap_or_default());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}

/// This description, for people
#[utoipa::path(get, path = "/docs", tag = OPERATIONS,
    responses((status = 200, description = "A page without scripts", content_type = "text/html")))]
pub(super) async fn docs() -> Result<impl IntoResponse, Problem> {
    static PAGE: LazyLock<Result<String, String>> =
        LazyLock::new(|| docs::page(&openapi::openapi()).map_err(|error| error.to_string()));
    let page = PAGE
        .as_ref()
        .map_err(|error| Problem::internal(error.as_str()))?;
    Ok((StatusCode::OK, [policy()], Html(page.as_str())))
}

/// The page brings everything along, so nothing else may be loaded into it.
fn policy() -> (HeaderName, HeaderValue) {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    )
}
