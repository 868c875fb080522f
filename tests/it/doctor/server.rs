//! What is wrong with the process that answers at `PUBLIC_URL`.

use axum::{Json, Router, routing::post};
use http::StatusCode;
use serde_json::{Value, json};
use switchboard::cli::check::Verdict;

use super::{failed, found, only};
use crate::stage::{PUBLIC_URL, Setting, Stage, TOKEN, to};

/// The server was started before the variables were changed.
#[tokio::test(start_paused = true)]
async fn a_server_with_last_weeks_variables_is_found() {
    let stage = Stage::new();
    let today = Setting::default()
        .variable("PARK_TIMEOUT", "60")
        .variable("INTAKE_PIN", "97531048")
        .stage();
    let report = stage
        .examined_as(|config| config.general.values = today.config().general.values.clone())
        .await;
    let told = only(&report, "instance", Verdict::Fail);
    let words = "was started with another configuration: INTAKE_PIN, PARK_TIMEOUT";
    assert!(told.contains(words), "{told}");
    assert!(!told.contains("97531048"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_with_the_same_variables_is_believed_though_it_logs_otherwise() {
    let stage = Setting::default().variable("LOG", "debug").stage();
    let other = Stage::new();
    let report = stage
        .examined_as(|config| config.general.values = other.config().general.values.clone())
        .await;
    assert_eq!(found(&report, "instance")[0].verdict, Verdict::Pass);
    assert_eq!(failed(&report), []);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_older_version_is_found() {
    let stage = Stage::new();
    let own = stage.router();
    let old = json!({ "version": "0.0.9", "variables": {} });
    let old = Router::new().route("/instance", post(|| async move { Json(old) }));
    let report = stage
        .examined_at(
            stage.config().clone(),
            to(old.fallback_service(own.clone())),
        )
        .await;
    let told = only(&report, "instance", Verdict::Fail);
    assert!(
        told.contains("version 0.0.9 answers at PUBLIC_URL"),
        "{told}"
    );
    // One from before it could be asked.
    let older = Router::new().route("/instance", post(|| async { StatusCode::NOT_FOUND }));
    let report = stage
        .examined_at(stage.config().clone(), to(older.fallback_service(own)))
        .await;
    let told = only(&report, "instance", Verdict::Fail);
    assert!(told.contains("an older version of this program"), "{told}");
    stage.curtain().await;
}

/// Who cannot sign learns nothing, and who can learns no value.
#[tokio::test(start_paused = true)]
async fn what_runs_is_told_to_the_owner_of_the_auth_token_alone() {
    let stage = Setting::default()
        .variable("INTAKE_PIN", "97531048")
        .stage();
    let request = http::Request::post("/instance").body(axum::body::Body::empty());
    let answer = tower::ServiceExt::oneshot(stage.router(), request.expect("a request")).await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::FORBIDDEN);

    let token = secrecy::SecretString::from(TOKEN);
    let url = format!("{PUBLIC_URL}/instance");
    let proof = switchboard::twilio::signature::sign(&token, &url, &[]);
    let request = http::Request::post("/instance")
        .header(switchboard::twilio::signature::HEADER, proof)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::empty());
    let answer = tower::ServiceExt::oneshot(stage.router(), request.expect("a request")).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
        .await
        .expect("a body");
    let text = std::str::from_utf8(&body).expect("text");
    assert!(
        !text.contains(TOKEN) && !text.contains("97531048"),
        "{text}"
    );
    let told: Value = serde_json::from_str(text).expect("JSON");
    let pin = told["variables"]["INTAKE_PIN"].as_str().expect("digits");
    assert_eq!(pin.len(), 8);
    stage.curtain().await;
}
