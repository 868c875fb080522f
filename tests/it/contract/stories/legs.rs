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

use crate::stage::{MAIN_LINE, Stage, number};

const WORKER: &str = "+13035550177";

/// A leg given up while it rings, one ended by REST, one that may not be made; a message sent and one refused.
pub(super) async fn legs_and_messages() -> Stage {
    let stage = Stage::new();
    let by = Deadline::after(Duration::from_mins(10));
    legs(&stage, by).await;
    messages(&stage, by).await;
    stage
}

async fn legs(stage: &Stage, by: Deadline) {
    let twilio = stage.twilio();
    let fax = Pickup::new(Duration::from_secs(5), Callee::Fax);
    stage.emulator.phone(WORKER, Answer::By(fax));
    let hold = "https://handler.twilio.com/twiml/EH1";
    let pause = "<Response><Pause length=\"60\"/><Hangup/></Response>";
    stage.emulator.bin(hold, "text/xml", pause);
    let (to, from) = (Party::read(WORKER), Party::read(MAIN_LINE));
    let new = NewCall {
        to: &to,
        from: &from,
        url: hold,
        fallback: Some(hold),
        status_callback: Some((hold, &[Progress::Initiated, Progress::Ringing])),
        ring: Duration::from_secs(20),
        detection: Some(detection(hold)),
        call_token: None,
    };
    let begun = stage.emulator.now();
    let one = twilio.calls(by).create(&new).await.expect("a call").sid;
    let two = twilio.calls(by).create(&new).await.expect("a call").sid;
    stage.moment().await;
    let given_up = twilio.calls(by).cancel(one).await;
    assert_eq!(given_up.expect("an answer"), CallStatus::Over);
    stage.seconds(8).await;
    let fetched = twilio.calls(by).fetch(two).await.expect("a call");
    assert_eq!(fetched.answered_by.as_deref(), Some("fax"));
    for _ in 0..2 {
        let ended = twilio.calls(by).end(two).await;
        assert_eq!(ended.expect("an answer"), CallStatus::Over);
    }
    let found = twilio.calls(by).to_since(&to, begun).await.expect("calls");
    let found: Vec<_> = found.iter().map(|call| (call.sid, &call.from)).collect();
    assert_eq!(found, [(two, &from), (one, &from)]);
    let foreign = Party::read("+13035550123");
    let forbidden = NewCall {
        from: &foreign,
        call_token: Some("nobody's"),
        ..new
    };
    let refused = twilio.calls(by).create(&forbidden).await;
    let refused = refused.expect_err("a refusal");
    assert!(refused.nothing_happened() && refused.code() == Some(21_210));
}

fn detection(callback: &str) -> Detection<'_> {
    Detection {
        listening: Listening::ForAVerdict,
        timeout: Duration::from_secs(10),
        callback: Some(callback),
    }
}

async fn messages(stage: &Stage, by: Deadline) {
    let twilio = stage.twilio();
    let (to, from): (E164, E164) = (number(WORKER), number(MAIN_LINE));
    let service = stage
        .emulator
        .messaging_service(std::slice::from_ref(&from));
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
