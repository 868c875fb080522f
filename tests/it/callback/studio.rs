//! What Studio flows ask for, and links of the published function in the middle of a call.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use switchboard::twilio::{sid::CallSid, signature};
use tower::ServiceExt;

use super::line::{LINE, Line, WAIT};
use crate::stage::{PUBLIC_URL, TOKEN};

const CREATE: &str = "/features/callback-and-voicemail/studio/create-callback";

/// A signed request.
pub(super) async fn signed(
    line: &Line,
    path: &str,
    fields: &[(&str, &str)],
) -> (StatusCode, String) {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let url = format!("{PUBLIC_URL}{path}");
    let proof = signature::sign(&TOKEN.into(), &url, &signature::fields(body.as_bytes()));
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(signature::HEADER, proof)
        .body(Body::from(body))
        .expect("a request");
    let answer = line.router().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    (parts.status, String::from_utf8_lossy(&body).into_owned())
}

/// What a waiting call is answered.
pub(super) async fn as_twilio(
    line: &Line,
    query: &str,
    call: CallSid,
    more: &[(&str, &str)],
) -> String {
    let from = line.call(call).from;
    let mut fields = vec![("CallSid", call.as_str()), ("From", &from), ("To", LINE)];
    fields.extend(more);
    let (status, body) = signed(line, &format!("{WAIT}?{query}"), &fields).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

pub(super) const ASKED: [(&str, &str); 3] = [
    ("numberToCall", "+13035550155"),
    ("numberToCallFrom", LINE),
    ("flexFlowSid", "FN00000000000000000000000000000001"),
];

pub(super) async fn create(line: &Line, more: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut fields = ASKED.to_vec();
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    let (status, body) = signed(line, CREATE, &fields).await;
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test(start_paused = true)]
async fn a_flow_asks_for_a_call_back_and_is_told_its_task() {
    let line = Line::new();
    let more = [
        ("priority", "7"),
        ("timeout", "600"),
        ("conversation_id", "x"),
        ("message", "Hello"),
    ];
    let (status, answer) = create(&line, &more).await;
    assert_eq!(
        (status, &answer["success"]),
        (StatusCode::OK, &Value::Bool(true)),
        "{answer}"
    );
    let task = line.follow_up();
    assert_eq!(answer["taskSid"], task.sid.as_str());
    assert_eq!(task.priority, 7);
    assert_eq!(task.attributes["taskType"], "callback");
    assert_eq!(
        task.attributes["flow_execution_sid"],
        "FN00000000000000000000000000000001"
    );
    assert_eq!(task.attributes["conversations"]["conversation_id"], "x");
    assert_eq!(task.attributes["message"], "Hello");
    let asked = line.made().pop().expect("a task");
    assert_eq!(asked["Timeout"], "600");
    line.close().await;
}

/// A flow passes on what stood in `From`.
#[tokio::test(start_paused = true)]
async fn a_flow_is_refused_a_call_back_to_what_is_no_number_and_its_message_is_from_nobody() {
    for number in [
        "+17378742833",
        "+7378742833",
        "+1266696687",
        "+18656696",
        "Restricted",
        "+",
    ] {
        let line = Line::new();
        let (status, _) = create(&line, &[("numberToCall", number)]).await;
        assert!(status.is_client_error(), "{number}: {status}");
        assert!(line.follow_ups().is_empty(), "{number}");
        let recording = ("RecordingSid", "RE00000000000000000000000000000001");
        let (status, answer) = create(&line, &[("numberToCall", number), recording]).await;
        assert_eq!(status, StatusCode::OK, "{number}: {answer}");
        let task = line.follow_up();
        for named in [
            Line::data(&task, "numberToCall"),
            task.attributes["from"].clone(),
        ] {
            assert_eq!(named, "anonymous", "{number}");
        }
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_asks_twice_is_given_the_same_task() {
    let line = Line::new();
    let asks = [create(&line, &[]), create(&line, &[]), create(&line, &[])];
    let answers = futures_util::future::join_all(asks).await;
    for (status, answer) in &answers {
        assert_eq!(*status, StatusCode::OK, "{answer}");
        assert_eq!(answer["taskSid"], answers[0].1["taskSid"]);
    }
    line.follow_up();
    // For somebody else it is another.
    let (_, other) = create(&line, &[("numberToCall", "+13035550156")]).await;
    assert_ne!(other["taskSid"], answers[0].1["taskSid"]);
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_a_flow_has_recorded_becomes_a_task_with_its_transcript_cut() {
    let line = Line::new();
    let text = "word ".repeat(3_000);
    let (status, _) = create(
        &line,
        &[
            ("RecordingSid", "RE00000000000000000000000000000001"),
            (
                "RecordingUrl",
                "https://api.twilio.com/RE00000000000000000000000000000001",
            ),
            ("TranscriptionSid", "TR00000000000000000000000000000001"),
            ("TranscriptionText", &text),
        ],
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let task = line.follow_up();
    assert_eq!(task.attributes["taskType"], "voicemail");
    assert_eq!(
        Line::data(&task, "recordingSid"),
        "RE00000000000000000000000000000001"
    );
    let said = Line::data(&task, "transcriptText");
    assert!(
        said.as_str()
            .is_some_and(|said| said.starts_with("word") && said.len() < 4_096)
    );
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f3_a_flow_is_refused_a_number_that_is_none_or_dear() {
    let line = Line::new();
    for number in ["+19005550123", "+18765550123", "12", "+442071838750"] {
        let (status, answer) = create(&line, &[("numberToCall", number)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{number}: {answer}");
        assert!(!answer.to_string().contains(number), "{answer}");
    }
    let (status, answer) = signed_without(&line).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer.contains("numberToCall") && answer.contains("numberToCallFrom"));
    assert!(line.follow_ups().is_empty());
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_names_what_is_not_there_is_told_and_nothing_is_tried_again() {
    let line = Line::new();
    for (name, value) in [
        ("workflowSid", "WW00000000000000000000000000000001"),
        ("taskChannel", "pigeon"),
    ] {
        let (status, answer) = create(&line, &[(name, value)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let asked = line.asked();
    line.seconds(120).await;
    let tried = line.asked_since(asked);
    assert!(!tried.iter().any(|it| it.starts_with("POST")), "{tried:#?}");
    // Put right, it works.
    assert_eq!(create(&line, &[]).await.0, StatusCode::OK);
    line.close().await;
}

async fn signed_without(line: &Line) -> (StatusCode, String) {
    signed(line, CREATE, &[("flexFlowSid", "FN1")]).await
}
