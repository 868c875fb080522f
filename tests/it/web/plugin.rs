//! Flex and Studio: tokens, fields, CORS, and who may look a worker up.

use axum::body::Body;
use http::{Request, StatusCode, header};

use super::desk::{
    Desk, LOGIN, OPEN, ORIGIN, PLUGIN, SIGNED, TOKEN_FIELD, VALID, post, quiet, signed,
};
use crate::stage::PUBLISHED;

#[tokio::test]
async fn the_plugin_reads_every_wrong_field_at_once() {
    let stage = Desk::with(200, VALID, &[]);
    let seen = stage
        .send(post(
            "/park-call",
            format!("{TOKEN_FIELD}&callSid=undefined&taskSid=CA1"),
        ))
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

        let refusing = Desk::with(200, r#"{"valid":false}"#, &[]);
        let seen = refusing.send(post(path, TOKEN_FIELD)).await;
        assert_eq!((seen.status, refusing.asked()), (StatusCode::FORBIDDEN, 1));

        let silent = Desk::with(0, "", &[]);
        let seen = silent.send(post(path, TOKEN_FIELD)).await;
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
        seen.problem();
    }
}

/// `fetch` in a browser: it accepts anything.
fn fetched(mut request: Request<Body>) -> Request<Body> {
    let anything = header::HeaderValue::from_static("*/*");
    request.headers_mut().insert(header::ACCEPT, anything);
    request
}

#[tokio::test(start_paused = true)]
async fn the_published_plugin_cannot_take_any_refusal_for_a_success() {
    let long = format!("{TOKEN_FIELD}&name={}", "x".repeat(70_000));
    let bodies = ["", "Token=t", "Token=undefined", TOKEN_FIELD, &long];
    let stages = [
        quiet(),
        Desk::with(200, VALID, &[]),
        Desk::with(200, r#"{"valid":false}"#, &[]),
        Desk::with(0, "", &[]),
        Desk::with(1, "", &[]),
    ];
    for stage in &stages {
        for path in PLUGIN {
            let patched = Request::patch(path).body(Body::empty()).unwrap();
            let odd = Request::post(path).body(Body::from("x")).unwrap();
            let long_url = post(&format!("{path}?{}", "x".repeat(9_000)), "");
            let forms = bodies.map(|body| post(path, body.to_owned()));
            for request in [patched, odd, long_url].into_iter().chain(forms) {
                let seen = stage.send(fetched(request)).await;
                assert!(seen.status.as_u16() >= 400, "{path}: {seen:?}");
                if !PUBLISHED.contains(&path) {
                    seen.problem();
                    continue;
                }
                let kind = &seen.headers[header::CONTENT_TYPE];
                assert_eq!(kind, "text/plain; charset=utf-8", "{path}: {seen:?}");
                let json = serde_json::from_str::<serde_json::Value>(&seen.body);
                assert!(json.is_err(), "response.json() must throw: {seen:?}");
                let id = seen.headers["x-request-id"].to_str().unwrap();
                assert!(
                    seen.body.ends_with(&format!("\nRequest {id}\n")),
                    "{seen:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn json_from_the_plugin_is_read_too() {
    let stage = Desk::with(200, VALID, &[]);
    let request = |body: &'static str| {
        let mut request = post("/park-call", body);
        let json = "application/json".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        request
    };
    let whole = r#"{"Token":"eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn","callSid":5}"#;
    let seen = stage.send(request(whole)).await;
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
            let varies = seen.headers[header::VARY].to_str().unwrap();
            assert!(varies.contains("origin"), "{varies}");

            let request = Request::options(path)
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
            let seen = stage.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(seen.status, StatusCode::OK);
            assert_eq!(seen.body, "");
            let allow = seen.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allow.is_some(), allowed);
            let methods = &seen.headers[header::ACCESS_CONTROL_ALLOW_METHODS];
            assert_eq!(methods, "GET,POST");
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
    let stage = Desk::with(200, nobody, LOGIN);
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
    let without = Desk::with(200, nobody, &[]);
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
