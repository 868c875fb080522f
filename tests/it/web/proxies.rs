//! Proxies between Twilio and us that touch the URL.

use http::StatusCode;

use super::desk::{CALL, Desk, PUBLIC_URL, hold_path, quiet, signed};
use crate::stage::{
    Setting, Stage,
    proxy::{Proxy, reverses, sorts},
};

const CHANGES: [Proxy; 2] = [sorts, reverses];

#[tokio::test(start_paused = true)]
async fn a_parked_caller_holds_is_picked_up_and_returns_behind_a_proxy_that_orders_the_query() {
    for change in CHANGES {
        let stage = Setting::default()
            .variable("PARK_TIMEOUT", "120")
            .behind(change)
            .stage();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        stage.seconds(60).await;
        assert!(stage.on_hold(caller), "after several rounds of music");
        ann.pick_up(caller).await.expect("an answer");
        stage.moment().await;
        assert!(stage.call(caller).conference.is_some(), "picked up");
        stage.parks(&ann).await;
        stage
            .until(180, "the caller comes back", || !stage.on_hold(caller))
            .await;
        stage.moment().await;
        assert_eq!(stage.call(caller).status.to_string(), "in-progress");
        assert_eq!(refused(&stage), 0);
        stage.emulator.hang_up(caller);
        stage.moment().await;
        stage.curtain().await;
    }
}

/// How many webhooks were refused.
fn refused(stage: &Stage) -> u64 {
    stage.counted("switchboard_unsigned_total")
}

#[tokio::test(start_paused = true)]
async fn a_public_url_with_a_path_is_served_with_and_without_it() {
    let stage = quiet();
    let prefix = "/base";
    assert!(PUBLIC_URL.ends_with(prefix));
    for path in [&hold_path()[..], "/hold/left", "/did", "/voicemail"] {
        let form = format!("CallSid={CALL}");
        let plain = stage.send(signed(path, form.clone())).await;
        let mut kept = signed(path, form);
        *kept.uri_mut() = format!("{prefix}{path}").parse().unwrap();
        let kept = stage.send(kept).await;
        assert_ne!(kept.status, StatusCode::FORBIDDEN, "{path}: {kept:?}");
        assert_eq!(kept.status, plain.status, "{path}");
        assert_eq!(
            kept.body.contains("<Redirect"),
            plain.body.contains("<Redirect")
        );
        assert!(!kept.body.contains("/base/base"), "{path}: {kept:?}");
    }
    for open in ["/live", "/docs", "/openapi.json", "/hold-music/0"] {
        for path in [open.to_owned(), format!("{prefix}{open}")] {
            assert_eq!(got(&stage, &path).await, StatusCode::OK, "{path}");
        }
    }
    for nothing in ["/basement/live", "/base/base/live", "/x/base/live"] {
        assert_eq!(
            got(&stage, nothing).await,
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
}

async fn got(stage: &Desk, path: &str) -> StatusCode {
    let request = http::Request::get(path).body(axum::body::Body::empty());
    stage.send(request.unwrap()).await.status
}
