//! What load balancers and players ask: readiness, and the hold music in part and in whole.

use axum::body::Body;
use http::{Request, StatusCode, header};

use super::desk::{CALL, Desk, OPEN, READ_AND_POSTED, TOKEN_FIELD, post, quiet, signed};

fn ready() -> Request<Body> {
    Request::get("/ready").body(Body::empty()).unwrap()
}

/// One refused answer used to turn every replica's readiness to 503 at once, so that a balancer had nobody left to send
/// callers on hold to.
#[tokio::test]
async fn refused_credentials_are_counted_and_every_replica_stays_ready() {
    let stage = Desk::with(401, r#"{"code":20003}"#, &[]);
    let refused = stage.send(post("/park-call", TOKEN_FIELD)).await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{refused:?}");
    assert!(!refused.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(stage.send(ready()).await.status, StatusCode::OK);
    let gauge = "switchboard_credentials_refused{product=\"iam\"} 1";
    let shown = stage.app.parts().context.metrics.render(true);
    assert!(shown.contains(gauge), "{shown}");

    // Nor does a report of Twilio's say that we could not be reached.
    let report = format!("CallSid={CALL}&CallStatus=completed");
    let report = stage.send(signed("/call-status-handler?parked=true", report));
    let answer = report.await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{answer:?}");
}

#[tokio::test]
async fn readiness_ends_with_the_process() {
    let stage = quiet();
    let gauge = || Request::get("/metrics").body(Body::empty()).unwrap();
    let shown = stage.send(gauge()).await;
    assert!(shown.body.contains("\nswitchboard_ready 1\n"), "{shown:?}");
    stage.app.draining().begin();
    // They are written at most ten times a second.
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    let shown = stage.send(gauge()).await;
    assert!(shown.body.contains("\nswitchboard_ready 0\n"), "{shown:?}");
    let seen = stage.send(ready()).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(seen.headers[header::CONNECTION], "close");
    seen.problem();
}

#[tokio::test]
async fn music_is_served_whole_in_part_and_not_twice() {
    let stage = quiet();
    let get = |name: header::HeaderName, value: String| {
        Request::get("/hold-music/0")
            .header(name, value)
            .body(Body::empty())
            .unwrap()
    };
    let whole = stage.send(get(header::ACCEPT, "*/*".to_owned())).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert!(
        whole.headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("audio/")
    );
    let part = stage.send(get(header::RANGE, "bytes=2-4".to_owned())).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert!(
        part.headers[header::CONTENT_RANGE]
            .to_str()
            .unwrap()
            .starts_with("bytes 2-4/")
    );
    let etag = whole.headers[header::ETAG].to_str().unwrap().to_owned();
    let known = stage.send(get(header::IF_NONE_MATCH, etag)).await;
    assert_eq!(
        (known.status, known.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    let beyond = stage
        .send(get(header::RANGE, "bytes=99999999-".to_owned()))
        .await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    beyond.problem();
}

#[tokio::test]
async fn every_page_says_where_its_links_and_forms_may_lead() {
    let stage = quiet();
    let mut pages = 0;
    for path in OPEN.iter().chain(&READ_AND_POSTED) {
        let request = Request::get(*path).header(header::ACCEPT, "text/html");
        let seen = stage.send(request.body(Body::empty()).unwrap()).await;
        let kind = seen.headers.get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html")) {
            continue;
        }
        pages += 1;
        let policy = seen.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action ",
            "frame-ancestors ",
        ] {
            assert!(policy.contains(part), "{path} lacks {part}: {policy}");
        }
    }
    assert!(pages >= 2, "{pages}");
}
