//! Twilio's own requests: what is signed is believed, what fails is spoken or reported again.

use axum::body::Body;
use http::{Request, StatusCode, header};
use switchboard::twilio::signature;

use super::desk::{
    CALL, Desk, PUBLIC_URL, TOKEN_FIELD, hold_path, post, quiet, signed, signed_json,
};

#[tokio::test]
async fn a_signature_for_another_url_or_body_is_refused() {
    let good = signed(&hold_path(), format!("CallSid={CALL}"));
    let signature = &good.headers()[signature::HEADER];
    for (path, body) in [
        (
            hold_path().replace("round=1", "round=2"),
            format!("CallSid={CALL}"),
        ),
        (hold_path().replace("%2B", "+"), format!("CallSid={CALL}")),
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

    let failing = Desk::with(404, "{}", &[("VOICE_FAULT", "fail")]);
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
    let stage = Desk::with(0, "", &[]);
    let body = format!("CallSid={CALL}&CallStatus=canceled");
    let seen = stage.send(signed("/call-status-handler", body)).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(seen.headers.contains_key(header::RETRY_AFTER));
    seen.problem();
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

/// A caller who hears the apology and is asked to stay on the line is counted while they wait.
#[tokio::test(start_paused = true)]
async fn callers_who_are_told_to_wait_are_a_gauge() {
    let desk = Desk::with(1, "", &[]);
    let gauge = async || {
        // The metrics are written anew ten times a second.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let asked = Request::get("/metrics").body(Body::empty()).unwrap();
        let shown = desk.send(asked).await.body;
        let mut lines = shown.lines();
        let line = lines.find(|it| it.starts_with("switchboard_callers_told_to_wait "));
        line.unwrap().to_owned()
    };
    assert_eq!(gauge().await, "switchboard_callers_told_to_wait 0");
    let later_round = hold_path().replace("round=1", "round=2");
    for _ in 0..3 {
        let asks = signed(&later_round, format!("CallSid={CALL}"));
        let seen = desk.send(asks).await;
        assert!(seen.body.contains("stay on the line"), "{}", seen.body);
    }
    assert_eq!(gauge().await, "switchboard_callers_told_to_wait 1");
    tokio::time::sleep(std::time::Duration::from_secs(21)).await;
    assert_eq!(gauge().await, "switchboard_callers_told_to_wait 0");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_to_a_caller_an_apology() {
    let desk = Desk::with(1, "", &[]);
    let ended = signed(
        "/call-status-handler",
        format!("CallSid={CALL}&CallStatus=busy"),
    );
    for request in [post("/park-call", TOKEN_FIELD), ended] {
        let seen = desk.send(request).await;
        assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
        seen.problem();
    }
    let later_round = hold_path().replace("round=1", "round=2");
    let seen = desk
        .send(signed(&later_round, format!("CallSid={CALL}")))
        .await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.body.contains("<Redirect"), "{}", seen.body);
    assert_eq!(
        desk.send(Request::get("/live").body(Body::empty()).unwrap())
            .await
            .status,
        200
    );
}
