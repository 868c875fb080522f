//! What can be seen of a request without reading it: method, path, length, origin.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};

use super::door::{Who, doors, doors_of, send, value};
use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn every_other_method_is_refused_and_the_right_one_named() {
    let stage = Stage::new();
    for door in doors() {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            // One address may be read and posted to.
            let same = doors().into_iter().filter(|other| other.path == door.path);
            let allowed: Vec<_> = same.map(|other| other.method).collect();
            let reads = allowed.contains(&Method::GET) && method == "HEAD";
            let preflight = door.who == Who::Flex && method == "OPTIONS";
            if allowed.iter().any(|it| *it == method) || reads || preflight {
                continue;
            }
            let request = Request::builder().method(method).uri(&door.uri);
            let seen = send_quietly(
                &stage,
                request.body(Body::empty()).expect("a request"),
                method,
            )
            .await;
            assert_eq!(
                seen.0,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {}",
                door.path
            );
            assert!(
                seen.1.contains(door.method.as_str()),
                "{method} {}: {}",
                door.path,
                seen.1
            );
        }
    }
    stage.curtain().await;
}

/// An answer to HEAD has no body to look at.
async fn send_quietly(stage: &Stage, request: Request<Body>, method: &str) -> (StatusCode, String) {
    use tower::ServiceExt;
    let (status, headers) = if method == "HEAD" {
        let answer = stage.router().oneshot(request).await.expect("an answer");
        (answer.status(), answer.headers().clone())
    } else {
        let seen = send(stage, request).await;
        (seen.status, seen.headers)
    };
    let allow = headers
        .get(header::ALLOW)
        .map(|it| it.to_str().expect("text").to_owned());
    (status, allow.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn no_other_spelling_of_a_path_is_a_route() {
    let stage = Stage::new();
    let spellings: [fn(&str) -> String; 7] = [
        |path| format!("{path}/"),
        |path| format!("/{path}"),
        |path| format!("{path}x"),
        |path| format!("{path}%00"),
        |path| format!("/x/..{path}"),
        |path| path.to_uppercase(),
        |path| format!("{path}/%2e%2e/{path}"),
    ];
    for door in doors() {
        for spelling in spellings {
            let uri = spelling(&door.path);
            // "/" has no letters to write in capitals.
            if uri == door.path {
                continue;
            }
            let request = Request::builder().method(door.method.clone()).uri(&uri);
            let seen = send(&stage, request.body(Body::empty()).expect("a request")).await;
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{uri}");
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_url_or_headers_of_nine_or_seventeen_kilobytes_are_too_long() {
    let stage = Stage::new();
    for door in doors() {
        let uri = format!("{}?x={}", door.path, "x".repeat(9 * 1024));
        let request = Request::builder().method(door.method.clone()).uri(uri);
        let seen = send(&stage, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(seen.status, StatusCode::URI_TOO_LONG, "{}", door.path);
        let request = Request::builder()
            .method(door.method.clone())
            .uri(&door.uri);
        let request = request.header("cookie", "x".repeat(17 * 1024));
        let seen = send(&stage, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(
            seen.status,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "{}",
            door.path
        );
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn no_page_of_a_foreign_origin_may_read_an_answer() {
    let stage = Stage::new();
    let ours = "https://flex.twilio.com";
    for door in doors() {
        for origin in [
            ours,
            "https://flex.twilio.com.evil.example",
            "http://flex.twilio.com",
            "null",
            "*",
            "é",
        ] {
            for method in [door.method.clone(), Method::OPTIONS] {
                let mut request = door.knock(&door.uri, super::door::FORM, "");
                *request.method_mut() = method;
                let origin = http::HeaderValue::from_bytes(origin.as_bytes()).expect("a header");
                request.headers_mut().insert(header::ORIGIN, origin.clone());
                let seen = send(&stage, request).await;
                let allowed = seen.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
                let may = door.who == Who::Flex && origin == ours;
                assert_eq!(allowed.is_some(), may, "{} for {origin:?}", door.path);
                assert!(allowed.is_none_or(|it| *it == origin), "{}", door.path);
                assert!(
                    !seen
                        .headers
                        .contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
                );
            }
        }
    }
    for door in doors_of(Who::Flex) {
        let mut request = door.knock(&door.uri, super::door::FORM, "");
        request
            .headers_mut()
            .insert("x-request-id", value("a b<script>"));
        let seen = send(&stage, request).await;
        assert_ne!(seen.headers["x-request-id"], "a b<script>");
    }
    stage.curtain().await;
}
