//! Instructions refused: each with the code that Twilio's error dictionary has for it.

use super::assignment::{Desk, PHONE};

const LINE: &str = "+15125550100";

/// An update of a reservation, and the code that refuses it.
const WRONG: [(&str, u64); 17] = [
    ("Instruction=sing", 55555),
    ("Instruction=reject&WorkerActivitySid=nowhere", 40100),
    (
        "Instruction=reject&WorkerActivitySid=WA00000000000000000000000000000000",
        40100,
    ),
    ("Instruction=call&CallUrl=https://a.example", 40111),
    ("Instruction=call&CallFrom=client:bob", 40112),
    ("Instruction=call&CallFrom=client:bob&CallUrl=leg", 40112),
    ("Instruction=dequeue&DequeuePostWorkActivitySid=x", 40130),
    ("Instruction=dequeue&DequeueTimeout=1000", 40133),
    ("Instruction=dequeue&DequeueStatusCallbackEvent=gone", 40134),
    ("Instruction=dequeue&DequeueStatusCallbackUrl=", 40157),
    ("Instruction=redirect&RedirectCallSid=CA1", 40120),
    ("Instruction=redirect&RedirectUrl=https://a.example", 40121),
    (
        "Instruction=redirect&RedirectUrl=https://a.example&RedirectCallSid=CA00000000000000000000000000000000",
        40122,
    ),
    ("Instruction=conference&From=client:bob", 40137),
    ("Instruction=conference&To=client:ann", 40138),
    ("Instruction=accept&ReservationStatus=accepted", 20001),
    ("Instruction=accept&Cal=x", 20001),
];

#[tokio::test(start_paused = true)]
async fn what_an_instruction_lacks_is_told_by_its_code() {
    for (update, code) in WRONG {
        let desk = Desk::new();
        desk.call().await;
        let it = desk.reservation();
        let path = format!("/Tasks/{}/Reservations/{}", it.task, it.sid);
        let form: Vec<_> = update
            .split('&')
            .filter_map(|it| it.split_once('='))
            .collect();
        let (status, body) = desk.ask("POST", &path, &form);
        assert_eq!(
            (status, body["code"].as_u64()),
            (400, Some(code)),
            "{update}"
        );
        assert_eq!(desk.reservation().status, "pending", "{update}");
        assert!(desk.leg().is_none(), "{update}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_waiting_call_can_be_dequeued() {
    let desk = Desk::new();
    let workflow = desk.workflow.to_string();
    let form = [("WorkflowSid", workflow.as_str()), ("Attributes", "{}")];
    assert_eq!(desk.ask("POST", "/Tasks", &form).0, 201);
    desk.stage.wait(1).await;
    let it = desk.reservation();
    let path = format!("/Tasks/{}/Reservations/{}", it.task, it.sid);
    let codes = [
        (vec![("Instruction", "dequeue")], 40140),
        (
            vec![("Instruction", "conference"), ("To", PHONE), ("From", LINE)],
            40142,
        ),
    ];
    for (form, code) in codes {
        let (status, body) = desk.ask("POST", &path, &form);
        assert_eq!((status, body["code"].as_u64()), (400, Some(code)));
    }
    let accept = [("Instruction", "accept")];
    assert_eq!(desk.ask("POST", &path, &accept).0, 200);
    for (form, code) in [
        (vec![("Instruction", "dequeue")], 40135),
        (
            vec![("Instruction", "conference"), ("To", PHONE), ("From", LINE)],
            40136,
        ),
        (
            vec![
                ("Instruction", "call"),
                ("CallFrom", LINE),
                ("CallUrl", "https://a.example"),
            ],
            40114,
        ),
    ] {
        let (status, body) = desk.ask("POST", &path, &form);
        assert_eq!((status, body["code"].as_u64()), (400, Some(code)));
    }
}
