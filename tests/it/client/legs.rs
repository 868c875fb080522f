//! Calls and messages that the client makes: what is sent, what is never sent twice, what may be.

use std::time::Duration;

use jiff::Timestamp;
use switchboard::twilio::{
    error::Error,
    party::{E164, Party},
    resource::{
        calls::{Call, CallStatus, Detection, Listening, NewCall, Progress},
        messages::{NewMessage, Sender, is_opted_out},
    },
    sid::CallSid,
};

use super::{Answer, Does, Hang, Lose, Refuse, client, count, soon};

const MADE: &str = r#"{"sid":"CA00000000000000000000000000000000","status":"queued","to":"+15125550177","from":"+15125550100",
    "date_created":"Fri, 15 Jan 2027 08:00:00 +0000"}"#;

fn to() -> Party {
    Party::read("+15125550177")
}

async fn ring(script: Vec<Does>) -> (Result<Call, Error>, usize) {
    let (twilio, seen) = client(script);
    let from = Party::read("+15125550100");
    let new = NewCall {
        to: &to(),
        from: &from,
        url: "https://x/leg",
        fallback: None,
        status_callback: Some(("https://x/status", &Progress::ALL)),
        ring: Duration::from_secs(20),
        detection: None,
        call_token: None,
    };
    (twilio.calls(soon()).create(&new).await, count(&seen))
}

#[tokio::test(start_paused = true)]
async fn a_call_is_never_made_twice_after_an_unclear_failure() {
    for unclear in [Lose, Hang, Answer(500, ""), Answer(503, "")] {
        let (made, sent) = ring(vec![unclear, Answer(201, MADE)]).await;
        assert!(!made.unwrap_err().nothing_happened());
        assert_eq!(sent, 1);
    }
    let (made, sent) = ring(vec![Answer(429, ""), Refuse, Answer(201, MADE)]).await;
    let made = made.unwrap();
    assert_eq!((made.status, made.to, sent), (CallStatus::Ringing, to(), 3));
}

#[tokio::test(start_paused = true)]
async fn ending_what_has_ended_is_done() {
    let call = CallSid::from_bytes([0; 16]);
    let over = Answer(400, r#"{"code":21220,"message":"","status":400}"#);
    let gone = Answer(404, r#"{"code":20404,"message":"","status":404}"#);
    for last in [over, gone] {
        let (twilio, seen) = client(vec![Lose, last]);
        assert_eq!(
            twilio.calls(soon()).end(call).await.unwrap(),
            CallStatus::Over
        );
        assert_eq!(
            twilio.calls(soon()).cancel(call).await.unwrap(),
            CallStatus::Over
        );
        assert_eq!(count(&seen), 3, "an unclear end is asked for again");
    }
    let talking = r#"{"sid":"CA00000000000000000000000000000000","status":"in-progress","to":"x"}"#;
    let (twilio, _) = client(vec![Answer(200, talking)]);
    assert_eq!(
        twilio.calls(soon()).cancel(call).await.unwrap(),
        CallStatus::InProgress,
        "an answered call cannot be given up"
    );
}

#[tokio::test(start_paused = true)]
async fn calls_since_a_moment_are_read_until_one_is_older() {
    let page = |dates: &[&str], more: bool| {
        let calls: Vec<_> = dates
            .iter()
            .map(|date| MADE.replace("08:00:00", date))
            .collect();
        let next = if more { "\"/2010-04-01/next\"" } else { "null" };
        let body = format!(
            "{{\"calls\":[{}],\"next_page_uri\":{next}}}",
            calls.join(",")
        );
        Answer(200, body.leak())
    };
    let since: Timestamp = "2027-01-15T08:00:00.9Z".parse().unwrap();
    let script = vec![
        page(&["08:00:09", "08:00:05"], true),
        page(&["08:00:00", "07:59:59"], true),
        page(&["07:00:00"], false),
    ];
    let (twilio, seen) = client(script);
    let found = twilio.calls(soon()).to_since(&to(), since).await.unwrap();
    assert_eq!(
        (found.len(), count(&seen)),
        (3, 2),
        "within the second counts"
    );
    let asked = seen.lock().unwrap()[0].1.clone();
    assert!(
        asked.ends_with("/Calls.json?To=%2B15125550177&PageSize=50"),
        "{asked}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_is_never_sent_twice_and_an_opt_out_is_told() {
    let (to, from): (E164, E164) = (
        "+15125550177".parse().unwrap(),
        "+15125550100".parse().unwrap(),
    );
    let new = NewMessage {
        to: &to,
        from: Sender::Number(&from),
        body: "You are off line now.",
    };
    let (twilio, seen) = client(vec![Lose, Answer(201, "{}")]);
    let error = twilio.messages(soon()).create(&new).await.unwrap_err();
    assert!(!error.nothing_happened() && count(&seen) == 1);
    let (twilio, _) = client(vec![Answer(
        400,
        r#"{"code":21610,"message":"","status":400}"#,
    )]);
    assert!(is_opted_out(
        &twilio.messages(soon()).create(&new).await.unwrap_err()
    ));
}

#[test]
fn debug_shows_no_whole_number_no_url_no_token_and_no_text() {
    let (to, from) = (to(), Party::read("+13035550123"));
    let call = NewCall {
        to: &to,
        from: &from,
        url: "https://x/leg?nonce=secret",
        fallback: Some("https://x/leg?nonce=secret"),
        status_callback: None,
        ring: Duration::from_secs(20),
        detection: Some(Detection {
            listening: Listening::ForAVerdict,
            timeout: Duration::from_secs(10),
            callback: Some("https://x/amd?nonce=secret"),
        }),
        call_token: Some("secret"),
    };
    let number = "+15125550177".parse().unwrap();
    let message = NewMessage {
        to: &number,
        from: Sender::Number(&number),
        body: "a secret",
    };
    let shown = format!("{call:?} {message:?}");
    for hidden in ["secret", "5125550177", "3035550123", "https"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("+15…77"));
}
