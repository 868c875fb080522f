//! Bodies of people who may come in: too long, broken, of another kind, full of odd characters.

use http::{Method, StatusCode};
use serde_json::json;

use super::door::{Door, FORM, JSON, Seen, Who, doors, form, good, send};
use crate::stage::{Stage, many::Part};

/// Where Twilio reports, with nobody on the phone waiting for the answer.
const REPORTS: [&str; 9] = [
    "/callback/recording",
    "/call-status-handler",
    "/assignment-callback",
    "/taskrouter-events",
    "/dispatch/status",
    "/dispatch/amd",
    "/voicemail/status",
    "/voicemail/transcript",
    "/callback/transcript",
];

/// The doors that read a body.
fn readers() -> impl Iterator<Item = Door> {
    let readers = doors().into_iter();
    readers.filter(|door| door.who != Who::Anybody && door.method == Method::POST)
}

/// What a door says to somebody it knows who asks for nonsense: to a caller it speaks.
fn is_told_off(door: &Door, seen: &Seen) -> bool {
    match door.who {
        // Nothing has to be said to learn what runs.
        Who::Twilio if door.path == "/instance" => {
            seen.status == StatusCode::OK && seen.body.contains("\"version\"")
        }
        Who::Twilio if !REPORTS.contains(&door.path.as_str()) => {
            seen.status == StatusCode::OK && seen.body.contains("<Response>")
        }
        // Nothing has to be said to see all messages.
        Who::Flex if door.path == "/voicemails" => seen.status == StatusCode::OK,
        // To a flow, "no such extension" is an answer.
        Who::Studio if door.path == "/worker-lookup" => {
            seen.status == StatusCode::OK && seen.body.contains("\"success\":false")
        }
        _ => seen.status.is_client_error(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    for door in readers() {
        for (length, fits) in [
            (64 * 1024, true),
            (64 * 1024 + 1, false),
            (2 * 1024 * 1024, false),
        ] {
            for kind in [FORM, JSON] {
                let request = door.enter(&ann, &door.uri, kind, vec![b'a'; length]);
                let seen = send(&stage, request).await;
                let too_large = seen.status == StatusCode::PAYLOAD_TOO_LARGE;
                assert_eq!(!too_large, fits, "{} {length}: {}", door.path, seen.status);
            }
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn only_forms_and_json_are_read() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    for door in readers() {
        for kind in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
            "é",
            ";",
            "application/json+x",
        ] {
            let mut request = door.enter(&ann, &door.uri, FORM, door.good_form());
            let kind = http::HeaderValue::from_bytes(kind.as_bytes()).expect("a header");
            request.headers_mut().insert("content-type", kind.clone());
            let seen = send(&stage, request).await;
            assert_eq!(
                seen.status,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{} {kind:?}",
                door.path
            );
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_form_is_told_off() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    for door in readers() {
        for body in [
            "",
            "&&&",
            "=",
            "%",
            "%zz=%zz",
            "%ff%fe=%00",
            "a",
            "a=b=c",
            "CallSid",
            "CallSid=%",
            "\u{feff}",
        ] {
            let seen = send(&stage, door.enter(&ann, &door.path, FORM, body)).await;
            assert!(
                is_told_off(&door, &seen),
                "{} {body:?}: {seen:?}",
                door.path
            );
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn broken_json_is_told_off() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let deep = "[".repeat(30_000);
    let deep_object = "{\"a\":".repeat(10_000);
    for door in readers() {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "\"x\"",
            "{\"a\":1,}",
            "{} {}",
            "\u{feff}{}",
            "NaN",
            &deep,
            &deep_object,
        ] {
            let seen = send(&stage, door.enter(&ann, &door.uri, JSON, body.to_owned())).await;
            let spoken = is_told_off(&door, &seen);
            assert!(
                spoken || seen.status == StatusCode::BAD_REQUEST,
                "{} {body:.9}: {seen:?}",
                door.path
            );
        }
    }
    stage.curtain().await;
}

/// Texts that mean something to some reader on the way.
fn odd_texts() -> Vec<String> {
    let tricks = [
        "\u{fffe}",
        "\u{202e}",
        "\u{0}\u{1}",
        "]]>",
        "<x a='",
        "&#0;",
        "\r\nSet-Cookie: a=b",
    ];
    let control = (0_u8..0x20)
        .chain([0x7f])
        .map(|code| char::from(code).to_string());
    control.chain(tricks.map(str::to_owned)).collect()
}

/// Good fields, but for one, which has something odd around it.
fn bend(names: &[String], target: &str, odd: &str) -> Vec<(String, String)> {
    let bent = |name: &String| match good(name) {
        good if name == target => format!("{odd}{good}{odd}"),
        good => good.to_owned(),
    };
    names
        .iter()
        .map(|name| (name.clone(), bent(name)))
        .collect()
}

fn form_of(pairs: &[(String, String)]) -> String {
    form(
        pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

#[tokio::test(start_paused = true)]
async fn control_characters_in_any_field_are_data_or_told_off() {
    let mut part = Part::of_a_matrix();
    let stage = Stage::new();
    // All of them come within one moment of the story.
    stage.emulator.limit_rates(false);
    let ann = stage.agent("ann");
    for door in readers() {
        let named = door.fields.iter().chain(&door.query);
        for (named, odd) in
            named.flat_map(|named| odd_texts().into_iter().map(move |odd| (named, odd)))
        {
            if part.skips() {
                continue;
            }
            let fields = bend(&door.fields, named, &odd);
            let uri = format!("{}?{}", door.path, form_of(&bend(&door.query, named, &odd)));
            let seen = send(&stage, door.enter(&ann, &uri, FORM, form_of(&fields))).await;
            assert!(!seen.headers.contains_key("set-cookie"));
            if !door.query.contains(named) {
                let object: serde_json::Map<_, _> = fields
                    .into_iter()
                    .map(|(name, value)| (name, json!(value)))
                    .collect();
                send(
                    &stage,
                    door.enter(&ann, &door.uri, JSON, json!(object).to_string()),
                )
                .await;
            }
        }
    }
    stage.curtain().await;
}

#[tokio::test]
async fn ten_thousand_fields_are_read_at_once() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let many = "a=&b=&c=&".repeat(3_400);
    let same = "a=1&".repeat(10_001);
    for door in readers() {
        for many in [&many, &same] {
            assert!(many.matches('&').count() > 10_000 && many.len() < 64 * 1024);
            let body = format!("{many}{}", door.good_form());
            let start = tokio::time::Instant::now();
            let seen = send(&stage, door.enter(&ann, &door.uri, FORM, body)).await;
            assert!(!seen.body.contains("too-large"), "{}", door.path);
            assert!(
                start.elapsed().as_millis() < 1_000,
                "{}: {:?}",
                door.path,
                start.elapsed()
            );
        }
    }
    stage.curtain().await;
}
