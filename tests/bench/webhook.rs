//! Webhooks end to end in process: from a request with its headers to an answer with its own, without a socket.

use axum::{Router, body::Bytes};
use http::StatusCode;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    server::{app, floor, report, request, signed},
    timing::Bench,
};

/// A report of a call that goes on, and of one that is over and was never parked (one request to Twilio, which here
/// answers 404 in no time), both beside the same floor.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (ours, floor) = (
        switchboard::web::router(&app()?),
        floor().unwrap_or_default(),
    );
    for (name, status) in [
        ("status callback, goes on", "ringing"),
        ("status callback, over, not parked", "completed"),
    ] {
        let body = Bytes::from(report(status));
        let signed = signed(&report(status));
        let answer = |router: &Router| answer(&runtime, router, &body, &signed);
        assert_eq!(
            (answer(&ours), answer(&floor)),
            (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT)
        );
        bench.compare(name, || answer(&ours), || answer(&floor));
    }
    Ok(())
}

fn answer(runtime: &Runtime, router: &Router, body: &Bytes, signed: &str) -> StatusCode {
    let Ok(answer) = runtime.block_on(router.clone().oneshot(request(body, signed)));
    answer.status()
}
