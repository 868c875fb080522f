//! Calls and messages that the client makes, and the refusals it tells apart.

use std::time::Duration;

use switchboard::{
    emulator::{Answer, Callee, Pickup},
    twilio::{
        deadline::Deadline,
        party::{E164, Party},
        resource::{
            calls::{CallStatus, Detection, Listening, NewCall, Progress},
            messages::{NewMessage, Sender, is_opted_out},
        },
    },
};

use crate::stage::{MAIN_LINE, PUBLIC_URL, Stage, number};

const WORKER: &str = "+13035550177";

/// A leg given up while it rings, one ended by REST, one that may not be made; a message sent and one refused.
pub(super) async fn legs_and_messages() -> Stage {
    let stage = Stage::new();
    let twilio = stage.twilio();
    let by = Deadline::after(Duration::from_mins(10));
    let fax = Pickup::new(Duration::from_secs(5), Callee::Fax);
    stage.emulator.phone(WORKER, Answer::By(fax));
    let hold = format!("{PUBLIC_URL}/hold");
    let (to, from) = (Party::read(WORKER), Party::read(MAIN_LINE));
    let new = NewCall {
        to: &to,
        from: &from,
        url: &hold,
        fallback: Some(&hold),
        status_callback: Some((&hold, &[Progress::Initiated, Progress::Ringing])),
        ring: Duration::from_secs(20),
        detection: Some(Detection {
            listening: Listening::ForAVerdict,
            timeout: Duration::from_secs(10),
            callback: Some(&hold),
        }),
        call_token: None,
    };
    let begun = stage.emulator.now();
    let (one, two) = (twilio.calls(by).create(&new), twilio.calls(by).create(&new));
    let (one, two) = (one.await.expect("a call"), two.await.expect("a call"));
    stage.moment().await;
    let given_up = twilio.calls(by).cancel(one.sid).await;
    assert_eq!(given_up.expect("an answer"), CallStatus::Over);
    stage.seconds(8).await;
    let fetched = twilio.calls(by).fetch(two.sid).await.expect("a call");
    assert_eq!(fetched.answered_by.as_deref(), Some("fax"));
    for _ in 0..2 {
        let ended = twilio.calls(by).end(two.sid).await;
        assert_eq!(ended.expect("an answer"), CallStatus::Over);
    }
    let found = twilio.calls(by).to_since(&to, begun).await.expect("calls");
    let found: Vec<_> = found
        .iter()
        .map(|call| (call.sid, call.from.clone()))
        .collect();
    assert_eq!(found, [(two.sid, from.clone()), (one.sid, from)]);
    let foreign = Party::read("+13035550123");
    let forbidden = NewCall {
        from: &foreign,
        call_token: Some("nobody's"),
        ..new
    };
    let refused = twilio
        .calls(by)
        .create(&forbidden)
        .await
        .expect_err("a refusal");
    assert!(refused.nothing_happened() && refused.code() == Some(21_210));
    messages(&stage, by).await;
    stage
}

async fn messages(stage: &Stage, by: Deadline) {
    let twilio = stage.twilio();
    let (to, from): (E164, E164) = (number(WORKER), number(MAIN_LINE));
    let service = stage.emulator.messaging_service(&[from.clone()]);
    for sender in [Sender::Number(&from), Sender::Service(service)] {
        let new = NewMessage {
            to: &to,
            from: sender,
            body: "You are off line now.",
        };
        twilio.messages(by).create(&new).await.expect("a message");
    }
    stage.emulator.text(WORKER, &from, "STOP");
    stage.moment().await;
    let new = NewMessage {
        to: &to,
        from: Sender::Number(&from),
        body: "Are you there?",
    };
    let refused = twilio.messages(by).create(&new).await;
    assert!(refused.is_err_and(|error| is_opted_out(&error)));
    let read = stage.emulator.inbox(WORKER);
    assert_eq!(read.len(), 3, "two of ours and the carrier's answer");
}
