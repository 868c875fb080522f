//! Every route against every kind of wrong request, and the promises that hold for all of them.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};

use super::testing::{
    CALL, ORIGIN, PUBLIC_URL, Stage, WORKER, post, signed, signed_json, with_login,
};
use crate::{config::VoiceFault, twilio::signature};

const SIGNED: [&str; 6] = [
    "/hold",
    "/hold/left",
    "/hold/queue",
    "/pickup",
    "/call-status-handler",
    "/worker-lookup",
];
const PLUGIN: [&str; 3] = ["/park-call", "/pickup-parked-call", "/worker-capacity"];
const OPEN: [&str; 6] = [
    "/live",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/hold-music/0",
];

const VALID: &str = r#"{"valid":true,"worker_sid":"WK00000000000000000000000000000001","identity":"ann","roles":["agent"]}"#;

fn quiet() -> Stage {
    Stage::with(404, "{}", |_| ())
}

fn hold_path() -> String {
    let workflow = "WW00000000000000000000000000000001";
    format!("/hold?worker={WORKER}&workflow={workflow}&since=1800000000000&round=1&x=it's%20%2B")
}

#[test]
fn the_tables_of_these_tests_hold_every_route() {
    let api = super::openapi();
    let mut known: Vec<_> = SIGNED.iter().chain(&PLUGIN).chain(&OPEN).copied().collect();
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
        (&OPEN, "GET,HEAD"),
    ] {
        for path in paths {
            let request = Request::builder().method(Method::PATCH).uri(*path);
            let seen = stage.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(seen.headers[header::ALLOW], right, "{path}");
            seen.problem();
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    for path in [
        "/",
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
async fn a_signature_for_another_url_or_body_is_refused() {
    let good = signed(&hold_path(), format!("CallSid={CALL}"));
    let signature = &good.headers()[signature::HEADER];
    for (path, body) in [
        (
            hold_path().replace("round=1", "round=2"),
            format!("CallSid={CALL}"),
        ),
        (hold_path().replace("%20", "+"), format!("CallSid={CALL}")),
        (hold_path(), format!("CallSid={CALL}&Digits=1")),
    ] {
        let mut request = post(&path, body);
        request
            .headers_mut()
            .insert(signature::HEADER, signature.clone());
        assert_eq!(quiet().send(request).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_signed_request_is_spoken_to() {
    let seen = quiet()
        .send(signed(&hold_path(), format!("CallSid={CALL}")))
        .await;
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(
        seen.headers[header::CONTENT_TYPE],
        "text/xml; charset=utf-8"
    );
    assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(seen.headers["x-content-type-options"], "nosniff");
    assert!(seen.body.contains("<Redirect"), "{}", seen.body);
}

#[tokio::test]
async fn a_fault_is_spoken_once_the_signature_is_proved() {
    let wrong = || signed("/hold?worker=nobody&round=1", format!("CallSid={CALL}"));
    let spoken = quiet().send(wrong()).await;
    assert_eq!(spoken.status, StatusCode::OK);
    assert_eq!(
        spoken.headers[header::CONTENT_TYPE],
        "text/xml; charset=utf-8"
    );
    assert!(spoken.body.contains("<Response>"), "{}", spoken.body);

    let failing = Stage::with(404, "{}", |config| config.voice_fault = VoiceFault::Fail);
    let written = failing.send(wrong()).await;
    assert_eq!(written.status, StatusCode::BAD_REQUEST);
    let pointers: Vec<_> = written.problem()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(pointers, ["#/worker", "#/workflow", "#/since"]);
}

#[tokio::test]
async fn a_report_of_a_call_that_goes_on_asks_nothing() {
    let stage = quiet();
    let body = format!("CallSid={CALL}&CallStatus=in-progress&New=1");
    let seen = stage.send(signed("/call-status-handler", body)).await;
    assert_eq!((seen.status, stage.asked()), (StatusCode::NO_CONTENT, 0));
    let json = r#"{"CallStatus":"ringing","CallSid":"CA00000000000000000000000000000001"}"#;
    let seen = stage.send(signed_json("/call-status-handler", json)).await;
    assert_eq!(seen.status, StatusCode::NO_CONTENT);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_noted_is_reported_again() {
    let stage = Stage::with(0, "", |_| ());
    let body = format!("CallSid={CALL}&CallStatus=canceled");
    let seen = stage.send(signed("/call-status-handler", body)).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(seen.headers.contains_key(header::RETRY_AFTER));
    seen.problem();
}

#[tokio::test]
async fn bodies_that_are_too_long_or_of_another_kind_are_refused() {
    let stage = Stage::with(200, VALID, with_login);
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
    let fields: String = (0..10_000).map(|n| format!("f{}=&", n % 1_000)).collect();
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

#[tokio::test]
async fn the_plugin_reads_every_wrong_field_at_once() {
    let stage = Stage::with(200, VALID, |_| ());
    let seen = stage
        .send(post("/park-call", "Token=t&callSid=undefined&taskSid=CA1"))
        .await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    let problem = seen.problem();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 4);
    assert_eq!(problem["message"], problem["detail"]);
    assert!(
        seen.body.contains("expected WT followed by"),
        "{}",
        seen.body
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_and_proved() {
    for path in PLUGIN {
        let seen = quiet().send(post(path, "callSid=1")).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(seen.problem()["message"].is_string());

        let refusing = Stage::with(200, r#"{"valid":false}"#, |_| ());
        let seen = refusing.send(post(path, "Token=t")).await;
        assert_eq!((seen.status, refusing.asked()), (StatusCode::FORBIDDEN, 1));

        let silent = Stage::with(0, "", |_| ());
        let seen = silent.send(post(path, "Token=t")).await;
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
        seen.problem();
    }
}

#[tokio::test]
async fn json_from_the_plugin_is_read_too() {
    let stage = Stage::with(200, VALID, |_| ());
    let request = |body: &'static str| {
        let mut request = post("/park-call", body);
        let json = "application/json".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        request
    };
    let seen = stage.send(request(r#"{"Token":"t","callSid":5}"#)).await;
    assert_eq!(seen.problem()["errors"].as_array().unwrap().len(), 4);
    for body in ["{", "[]", "null", ""] {
        let seen = stage.send(request(body)).await;
        assert_eq!(seen.problem()["type"], "/docs#malformed");
    }
}

#[tokio::test]
async fn only_flex_may_read_the_plugins_answers() {
    let stage = quiet();
    for (origin, allowed) in [
        (ORIGIN, true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        for path in PLUGIN {
            let mut request = post(path, "");
            request
                .headers_mut()
                .insert(header::ORIGIN, origin.parse().unwrap());
            let seen = stage.send(request).await;
            let allow = seen.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allow.is_some_and(|allow| allow == origin), allowed);
            assert_eq!(allow.is_some(), allowed);
            assert_eq!(seen.headers[header::VARY], "Origin");

            let request = Request::options(path)
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
            let seen = stage.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(seen.status, StatusCode::NO_CONTENT);
            let allow = seen.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allow.is_some(), allowed);
            assert_eq!(
                seen.headers[header::ACCESS_CONTROL_ALLOW_METHODS],
                "POST, OPTIONS"
            );
        }
    }
    for path in SIGNED.iter().chain(&OPEN) {
        let request = Request::options(*path).header(header::ORIGIN, ORIGIN);
        let seen = stage.send(request.body(Body::empty()).unwrap()).await;
        assert!(
            !seen
                .headers
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_look_up_takes_a_signature_or_a_password() {
    let nobody = r#"{"workers":[],"meta":{"next_page_url":null,"key":"workers"}}"#;
    let login = |text: &str| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut request = post("/worker-lookup", "extension=1234");
        let basic = format!("Basic {}", STANDARD.encode(text));
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, basic.parse().unwrap());
        request
    };
    let stage = Stage::with(200, nobody, with_login);
    for good in [
        login("studio:secret"),
        signed("/worker-lookup", "extension=1234"),
    ] {
        let seen = stage.send(good).await;
        assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
        assert_eq!(
            seen.body,
            r#"{"success":false,"message":"no worker has this extension"}"#
        );
    }
    for bad in [
        login("studio:wrong"),
        login(":"),
        post("/worker-lookup", "extension=1"),
    ] {
        let seen = stage.send(bad).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            seen.headers[header::WWW_AUTHENTICATE],
            "Basic realm=\"switchboard\""
        );
        seen.problem();
    }
    let without = Stage::with(200, nobody, |_| ());
    assert_eq!(
        without.send(login("studio:secret")).await.status,
        StatusCode::FORBIDDEN
    );
    let seen = stage
        .send(signed("/worker-lookup", "extension=12';drop"))
        .await;
    assert_eq!(
        seen.body,
        r#"{"success":false,"message":"an extension is made of digits"}"#
    );
}

#[tokio::test]
async fn readiness_ends_with_the_process_and_with_the_credentials() {
    let ready = || Request::get("/ready").body(Body::empty()).unwrap();
    let stage = Stage::with(401, r#"{"code":20003}"#, |_| ());
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

#[tokio::test]
async fn the_signed_url_is_the_public_one_whatever_the_host_says() {
    let mut request = signed(&hold_path(), format!("CallSid={CALL}"));
    request
        .headers_mut()
        .insert(header::HOST, "evil.example".parse().unwrap());
    assert_eq!(quiet().send(request).await.status, StatusCode::OK);
    assert!(
        PUBLIC_URL.ends_with("/base"),
        "the prefix of a proxy is part of it"
    );
}
