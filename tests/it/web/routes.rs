//! Every route against every kind of wrong request, and the promises that hold for all of them.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use switchboard::twilio::{
    signature,
    transport::{Broken, Transport},
};
use tokio::time::sleep;

use super::desk::{
    CALL, Desk, LOGIN, OPEN, PLUGIN, READ, READ_AND_POSTED, SIGNED, SIGNED_READ, Seen, VALID,
    hold_path, post, quiet, signed,
};

#[test]
fn the_tables_of_these_tests_hold_every_route() {
    let api = switchboard::web::openapi();
    let known = SIGNED.iter().chain(&PLUGIN).chain(&READ).chain(&OPEN);
    let mut known: Vec<_> = known.chain(&READ_AND_POSTED).copied().collect();
    known.retain(|path| *path != "/hold-music/0");
    known.push("/hold-music/{n}");
    known.sort_unstable();
    let mut routes: Vec<_> = api.paths.paths.keys().map(String::as_str).collect();
    routes.sort_unstable();
    assert_eq!(routes, known);
}

#[tokio::test]
async fn the_wrong_method_is_refused_and_the_right_one_named() {
    let stage = quiet();
    for (paths, right) in [
        (&SIGNED[..], "POST"),
        (&PLUGIN, "POST"),
        (&READ, "GET,HEAD"),
        (&OPEN, "GET,HEAD"),
        (&READ_AND_POSTED, "GET,HEAD,POST"),
    ] {
        for path in paths {
            let request = Request::builder().method(Method::PATCH).uri(*path);
            let request = request.header(header::ACCEPT, "application/json");
            let seen = stage.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let both = *path == SIGNED_READ;
            let right = if both { "GET,HEAD,POST" } else { right };
            assert_eq!(seen.headers[header::ALLOW], right, "{path}");
            seen.problem();
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    for path in [
        "//",
        "/nothing",
        "/hold/",
        "/hold-music/7",
        "/hold-music/x",
        "/hold-music/%ff",
    ] {
        let seen = quiet()
            .send(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        seen.problem();
    }
}

#[tokio::test]
async fn without_twilios_signature_nothing_is_read() {
    let stage = quiet();
    for path in SIGNED {
        for signature in ["", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "not base64"] {
            let mut request = post(path, "CallStatus=completed");
            if !signature.is_empty() {
                request
                    .headers_mut()
                    .insert(signature::HEADER, signature.parse().unwrap());
            }
            let seen = stage.send(request).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} {signature:?}");
            assert!(seen.problem().get("message").is_none());
        }
    }
    assert_eq!(stage.asked(), 0);
}

#[tokio::test]
async fn bodies_that_are_too_long_or_of_another_kind_are_refused() {
    let stage = Desk::with(200, VALID, LOGIN);
    for path in SIGNED.iter().chain(&PLUGIN) {
        let seen = stage.send(signed(path, vec![b'a'; 70_000])).await;
        assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        seen.problem();
        let mut request = signed(path, "a=b");
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        let seen = stage.send(request).await;
        assert_eq!(seen.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        seen.problem();
    }
}

#[tokio::test]
async fn long_urls_and_headers_are_refused() {
    let stage = quiet();
    let path = format!("/live?{}", "x".repeat(9_000));
    let seen = stage
        .send(Request::get(path).body(Body::empty()).unwrap())
        .await;
    assert_eq!(seen.status, StatusCode::URI_TOO_LONG);
    seen.problem();
    let request = Request::get("/live").header("x-long", "x".repeat(17_000));
    let seen = stage.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    seen.problem();
}

#[tokio::test]
async fn ten_thousand_fields_are_read_at_once() {
    let fields = "a=&b=&c=&d=&e=&".repeat(2_000);
    let body = format!("{fields}CallStatus=ringing&CallSid={CALL}");
    assert!(body.len() < 64 * 1024);
    let start = tokio::time::Instant::now();
    let seen = quiet().send(signed("/call-status-handler", body)).await;
    assert_eq!(seen.status, StatusCode::NO_CONTENT, "{}", seen.body);
    assert!(start.elapsed().as_millis() < 1_000);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    tokio::time::pause();
    let body = Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let (mut parts, _) = signed("/call-status-handler", "").into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let seen = quiet().send(Request::from_parts(parts, body)).await;
    assert_eq!(seen.status, StatusCode::REQUEST_TIMEOUT);
    seen.problem();
}

#[tokio::test(start_paused = true)]
async fn a_full_lane_sheds_load_and_leaves_the_others_free() {
    let desk = silent();
    let look_up = || signed("/worker-lookup", "extension=1234");
    let crowd = futures_util::future::join_all((0..128).map(|_| desk.send(look_up())));
    let late = async {
        sleep(Duration::from_secs(1)).await;
        let status = signed(
            "/call-status-handler",
            format!("CallSid={CALL}&CallStatus=ringing"),
        );
        (desk.send(look_up()).await, desk.send(status).await)
    };
    let (crowd, (shed, served)) = tokio::join!(crowd, late);
    assert!(
        crowd
            .iter()
            .all(|seen| seen.status == StatusCode::GATEWAY_TIMEOUT)
    );
    assert_eq!(shed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shed.headers[header::RETRY_AFTER], "1");
    shed.problem();
    assert_eq!(served.status, StatusCode::NO_CONTENT);
}

/// Twilio takes every question and answers none.
fn silent() -> Desk {
    let never = |_: reqwest::Request| std::future::pending::<Result<reqwest::Response, Broken>>();
    Desk::over(Transport::new(tower::service_fn(never)), &[])
}

/// More rounds than there are places, while Sync answers none of them: the music plays on for all, and for those
/// without a place at once.
#[tokio::test(start_paused = true)]
async fn hold_music_plays_however_much_there_is_to_do() {
    let desk = silent();
    let path = hold_path().replace("round=1", "round=2");
    let round = || signed(&path, format!("CallSid={CALL}"));
    let crowd = futures_util::future::join_all((0..1_024).map(|_| desk.send(round())));
    let late = async {
        sleep(Duration::from_secs(1)).await;
        let asked = tokio::time::Instant::now();
        let answer = desk.send(round()).await;
        (answer, asked.elapsed())
    };
    let (crowd, (answer, took)) = tokio::join!(crowd, late);
    for seen in crowd.iter().chain([&answer]) {
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.body.contains("<Play"), "{}", seen.body);
    }
    assert!(took < Duration::from_millis(100), "{took:?}");
}

/// What was sent in part, and by anybody, used to have the places of all callers.
#[tokio::test(start_paused = true)]
async fn strangers_with_slow_bodies_take_no_place() {
    let desk = quiet();
    let endless = || {
        let body = Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
        let (mut parts, _) = signed(&hold_path(), "").into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        Request::from_parts(parts, body)
    };
    let start = tokio::time::Instant::now();
    let crowd = futures_util::future::join_all((0..1_500).map(|_| desk.send(endless())));
    let late = async {
        sleep(Duration::from_secs(1)).await;
        let pick_up = hold_path().replace("/hold", "/pickup");
        desk.send(signed(&pick_up, format!("CallSid={CALL}"))).await
    };
    let (crowd, served) = tokio::join!(crowd, late);
    assert_eq!(served.status, StatusCode::OK, "{}", served.body);
    let slow = |seen: &Seen| seen.status == StatusCode::REQUEST_TIMEOUT;
    assert!(crowd.iter().all(slow));
    assert_eq!(start.elapsed().as_secs(), 3, "a body has three seconds");
}
