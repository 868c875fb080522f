//! What the doctor says of a proxy that touches the URL.

use axum::{body::HttpBody, extract::Request, middleware::Next, response::IntoResponse};
use http::StatusCode;
use switchboard::cli::check::{Finding, Verdict};

use super::{failed, found, only};
use crate::stage::{
    Setting, Stage, examined,
    proxy::{Proxy, sorts},
};

/// What failed behind a proxy.
async fn failing(stage: &Stage, proxy: Proxy) -> Vec<String> {
    let report = stage.examined_behind(proxy).await;
    let failed = failed(&report).into_iter();
    failed
        .filter(|(check, _)| *check == "proxy")
        .map(|(_, what)| what.to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_sorts_the_query_is_a_warning_because_our_links_are_in_order() {
    let stage = Stage::new();
    let told = only(&stage.examined_behind(sorts).await, "proxy", Verdict::Warn);
    assert!(told.contains("the order of the query is changed"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_proxy_changes_is_named_each_by_itself() {
    let stage = Stage::new();
    let blanks: Proxy = |target| target.replace("%20", "+");
    assert_eq!(failing(&stage, blanks).await, [""; 0], "we can read that");
    let decodes: Proxy = |target| target.replace("%2B", "+");
    assert_eq!(
        failing(&stage, decodes).await,
        ["an encoded plus in the query is changed on the way"]
    );
    let drops: Proxy = |target| target.split('?').next().unwrap_or_default().to_owned();
    assert_eq!(failing(&stage, drops).await.len(), 5, "all but the order");
    let shortens: Proxy = |target| target.replace("/features/callback-and-voicemail", "");
    assert_eq!(
        failing(&stage, shortens).await,
        ["a path of several parts is changed on the way: it is answered 404 Not Found"]
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_takes_short_bodies_only_is_told_apart() {
    let stage = Stage::new();
    let short = axum::middleware::from_fn(|request: Request, next: Next| async move {
        if request.body().size_hint().lower() > 16 * 1024 {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        next.run(request).await
    });
    let site = examined::to(stage.router().layer(short));
    let report = stage.examined_at(stage.config().clone(), site).await;
    let told = only(&report, "proxy", Verdict::Fail);
    assert!(told.contains("a long body is answered 413"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_region_is_reached_through_its_own_edge_and_the_doctor_says_where_flex_runs() {
    let stage = Setting::default().variable("TWILIO_REGION", "ie1").stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    assert!(stage.on_hold(caller), "Twilio takes our requests");
    let report = stage.examined().await;
    let warned = |it: &&Finding| it.verdict == Verdict::Warn;
    let mut warned = found(&report, "configuration").iter().filter(warned);
    assert!(
        warned.any(|it| it.what.contains("Flex runs in us1 only")),
        "{report:?}"
    );
    assert_eq!(found(&report, "account")[0].verdict, Verdict::Pass);
    stage.emulator.hang_up(caller);
    stage.moment().await;
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_shared_key_that_the_server_does_not_have_is_named() {
    let stage = Setting::default()
        .variable("WEBHOOK_KEYS", "one:secret-1")
        .stage();
    assert_eq!(failed(&stage.examined().await), []);
    let report = stage
        .examined_as(|config| config.general.account.webhook_keys[0].id = "two".to_owned())
        .await;
    let told = only(&report, "signatures", Verdict::Fail);
    assert!(told.contains("shared key two is answered 403"), "{told}");
    stage.curtain().await;
}
