//! What load balancers and players ask: readiness, and the hold music in part and in whole.

use axum::body::Body;
use http::{Request, StatusCode, header};

use super::desk::{Desk, post, quiet};

#[tokio::test]
async fn readiness_ends_with_the_process_and_with_the_credentials() {
    let ready = || Request::get("/ready").body(Body::empty()).unwrap();
    let stage = Desk::with(401, r#"{"code":20003}"#, &[]);
    assert_eq!(stage.send(ready()).await.status, StatusCode::OK);
    stage.send(post("/park-call", "Token=t")).await;
    assert_eq!(
        stage.send(ready()).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );

    let stage = quiet();
    stage.app.draining().begin();
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
