//! A crowd with made-up tokens while Twilio's IAM is slow.

use std::time::Duration;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use super::desk::{Desk, VALID, post};

/// A token whose last part is `name`. Those whose name begins with `agent` are real.
fn token(name: &str) -> String {
    format!("Token=eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.{name}")
}

async fn parks(router: &Router, name: &str) -> StatusCode {
    // Whoever is let in is told which fields are missing.
    let request: Request<Body> = post("/park-call", token(name));
    router.clone().oneshot(request).await.unwrap().status()
}

/// Twilio takes two seconds to say whose a token is.
fn behind_a_slow_iam() -> Desk {
    Desk::asking(|request| {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let real = String::from_utf8_lossy(body.unwrap_or_default()).contains(".agent");
        async move {
            sleep(Duration::from_secs(2)).await;
            let answer = if real { VALID } else { r#"{"valid":false}"# };
            http::Response::builder().body(answer).unwrap()
        }
    })
}

#[tokio::test(start_paused = true)]
async fn seven_hundred_made_up_tokens_keep_no_agent_out() {
    let desk = behind_a_slow_iam();
    let known: Vec<_> = (0..10).map(|nth| format!("agent{nth}")).collect();
    for name in &known {
        assert_eq!(parks(&desk.router, name).await, StatusCode::BAD_REQUEST);
    }
    let before = desk.asked();
    let crowd: Vec<_> = (0..700)
        .map(|nth| {
            let router = desk.router.clone();
            tokio::spawn(async move { parks(&router, &format!("madeup{nth}")).await })
        })
        .collect();
    // Time passes only when all of them have asked, and wait.
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    for name in &known {
        assert_eq!(parks(&desk.router, name).await, StatusCode::BAD_REQUEST);
    }
    assert!(
        start.elapsed().is_zero(),
        "a remembered token waits for nobody"
    );
    let new = parks(&desk.router, "agent-who-has-just-signed-in").await;
    assert_eq!(new, StatusCode::BAD_REQUEST, "a new agent is let in");
    assert!(
        start.elapsed() <= Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    for one in crowd {
        let status = one.await.unwrap();
        assert!(
            [StatusCode::FORBIDDEN, StatusCode::SERVICE_UNAVAILABLE].contains(&status),
            "{status}"
        );
    }
    assert!(desk.asked() - before <= 701);
    // The same again within a moment costs no question.
    for expected in [1, 0] {
        let before = desk.asked();
        assert_eq!(
            parks(&desk.router, "once-more").await,
            StatusCode::FORBIDDEN
        );
        assert_eq!(desk.asked() - before, expected);
    }
}

#[tokio::test]
async fn what_is_not_shaped_like_a_token_is_refused_without_asking() {
    let desk = Desk::with(200, VALID, &[]);
    for odd in [
        "t",
        "a.b.c",
        "undefined",
        "e30",
        "e30.a",
        "e30.a.b.c",
        "e30.a.b c",
        "W10.a.b",
        "..",
        "....",
    ] {
        let seen = desk.send(post("/park-call", format!("Token={odd}"))).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{odd}");
    }
    assert_eq!(desk.asked(), 0);
    for shaped in ["e30.a.b", "e30..a.b.c", "eyJhbGciOiJkaXIifQ.k.i.c.t"] {
        let seen = desk
            .send(post("/park-call", format!("Token={shaped}")))
            .await;
        assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{shaped}");
    }
}
