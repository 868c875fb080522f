//! Instructions carried out: who is called, who meets whom, and how each ends.

use serde_json::json;

use super::{
    assignment::{Desk, PHONE},
    *,
};
use crate::{
    emulator::{Answer, CallStatus, Heard},
    twilio::sid::ActivitySid,
};

const LINE: &str = "+15125550100";

impl Desk {
    /// An activity in which no worker gets tasks.
    pub(super) fn away(&self) -> ActivitySid {
        self.stage.emulator.add_activity("Break", false)
    }

    /// Ann is called, and her leg asks for `/leg`, which takes the reservation.
    async fn called(&self) -> CallSid {
        let from = json!({ "instruction": "call", "from": LINE, "url": format!("{ORIGIN}/leg"),
            "timeout": 20, "status_callback_url": format!("{ORIGIN}/leg-status") });
        self.stage.app.json("/assign", &from.to_string());
        let call = self.stage.call();
        self.stage.wait(1).await;
        let reservation = self.reservation().sid;
        let queue = format!("<Queue reservationSid=\"{reservation}\"/>");
        self.stage
            .app
            .on("/leg", &format!("<Dial action=\"/after\">{queue}</Dial>"));
        self.stage.app.on("/after", "<Say>Over</Say><Hangup/>");
        call
    }

    fn heard_somebody(&self, call: CallSid) -> bool {
        let heard = self.stage.emulator.call(call).unwrap().heard;
        heard.contains(&Heard::Somebody)
    }

    fn call_status(&self, call: CallSid) -> CallStatus {
        self.stage.emulator.call(call).unwrap().status
    }
}

#[tokio::test(start_paused = true)]
async fn a_called_worker_takes_the_reservation_from_their_leg() {
    let desk = Desk::new();
    let customer = desk.called().await;
    let leg = desk.leg().unwrap();
    assert_eq!((leg.from.as_str(), leg.status), (LINE, CallStatus::Ringing));
    assert_eq!(desk.task().attributes["worker_call_sid"], json!(leg.sid));
    assert_eq!(
        desk.reservation().status,
        "pending",
        "a ringing phone is no answer"
    );
    desk.stage.wait(5).await;
    assert_eq!(desk.reservation().status, "accepted");
    assert_eq!(desk.task().status, "assigned");
    assert!(desk.heard_somebody(customer) && desk.heard_somebody(leg.sid));
    assert!(desk.stage.app.seen("/left").is_empty());

    desk.stage.emulator.hang_up(leg.sid);
    desk.stage.wait(10).await;
    let left = desk.stage.app.seen("/left");
    assert_eq!(
        (left.len(), left[0].form["QueueResult"].as_str()),
        (1, "bridged")
    );
    assert_eq!(
        desk.stage.app.seen("/leg-status")[0].form["CallStatus"],
        "completed"
    );
    assert_eq!(desk.call_status(customer), CallStatus::Completed);
    assert_eq!(
        (desk.task().status, desk.reservation().status),
        ("wrapping", "wrapping")
    );
    assert_eq!(desk.stage.emulator.finish(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_sends_the_worker_to_the_action() {
    let desk = Desk::new();
    let customer = desk.called().await;
    desk.stage.wait(5).await;
    desk.stage.emulator.hang_up(customer);
    desk.stage.wait(5).await;
    let after = desk.stage.app.seen("/after");
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].form["DialCallStatus"], "completed");
    assert_eq!(after[0].form["DialCallSid"], customer.to_string());
    assert_eq!(
        desk.stage.app.seen("/left")[0].form["QueueResult"],
        "bridged"
    );
    assert_eq!(desk.task().status, "wrapping");
    let task = desk.task().sid;
    let done = [("AssignmentStatus", "completed"), ("Reason", "call over")];
    assert_eq!(desk.ask("POST", &format!("/Tasks/{task}"), &done).0, 200);
    assert_eq!(desk.reservation().status, "completed");
    assert_eq!(desk.stage.emulator.finish(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_hear_something_before_they_talk() {
    let desk = Desk::new();
    let customer = desk.called().await;
    let reservation = desk.reservation().sid;
    let queue = format!("<Queue reservationSid=\"{reservation}\" url=\"/whisper\"/>");
    desk.stage.app.on("/leg", &format!("<Dial>{queue}</Dial>"));
    desk.stage.app.on(
        "/whisper",
        "<Say>This call may be recorded for training</Say>",
    );
    desk.stage.wait(4).await;
    let leg = desk.leg().unwrap().sid;
    let asked = desk.stage.app.seen("/whisper");
    assert_eq!(asked[0].form["DequeingCallSid"], leg.to_string());
    assert_eq!(asked[0].form["CallSid"], customer.to_string());
    assert_eq!(desk.reservation().status, "accepted");
    assert!(!desk.heard_somebody(leg), "not before the whisper is over");
    desk.stage.wait(3).await;
    assert!(desk.heard_somebody(leg) && desk.heard_somebody(customer));
    desk.stage.emulator.hang_up(leg);
    desk.stage.wait(3).await;
    assert_eq!(
        desk.stage.app.seen("/left")[0].form["QueueResult"],
        "bridged"
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_who_does_not_answer_leaves_the_reservation_as_it_is() {
    let desk = Desk::new();
    desk.stage.emulator.phone(PHONE, Answer::Never);
    desk.called().await;
    desk.stage.wait(25).await;
    assert_eq!(desk.leg().unwrap().status, CallStatus::NoAnswer);
    assert_eq!(
        desk.stage.app.seen("/leg-status")[0].form["CallStatus"],
        "no-answer"
    );
    assert_eq!(desk.reservation().status, "pending");
}

#[tokio::test(start_paused = true)]
async fn only_a_pending_reservation_can_be_taken() {
    // What becomes of it before the worker answers, and what the worker's <Dial> then meets.
    for (fate, code) in [
        ("rejected", 14215),
        ("accepted", 14215),
        ("canceled", 14217),
        ("timeout", 14215),
    ] {
        let desk = Desk::new();
        let away = desk.away().to_string();
        desk.stage
            .emulator
            .phone(PHONE, Answer::After(Duration::from_secs(15)));
        let wait = Duration::from_secs(10);
        desk.stage
            .emulator
            .set_reservation_timeout(desk.workflow, wait);
        let customer = desk.called().await;
        let path = {
            let it = desk.reservation();
            format!("/Tasks/{}/Reservations/{}", it.task, it.sid)
        };
        let form = [
            ("ReservationStatus", fate),
            ("WorkerActivitySid", away.as_str()),
        ];
        match fate {
            "canceled" => desk.stage.emulator.hang_up(customer),
            "timeout" => {}
            _ => assert_eq!(desk.ask("POST", &path, &form).0, 200),
        }
        desk.stage.wait(20).await;
        assert_eq!(desk.codes(), [code], "{fate}");
        assert_eq!(
            desk.stage.app.seen("/after")[0].form["DialCallStatus"],
            "failed"
        );
        assert!(!desk.heard_somebody(customer), "{fate}");
        assert_eq!(desk.reservation().status, fate);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dequeued_caller_meets_the_worker_who_answers() {
    let desk = Desk::new();
    let away = desk.away();
    let callback = format!("{ORIGIN}/leg-status?x=1");
    let answer = json!({ "instruction": "dequeue", "post_work_activity_sid": away, "timeout": "15",
        "status_callback_url": callback, "status_callback_events": "answered,completed" });
    desk.stage.app.json("/assign", &answer.to_string());
    let customer = desk.call().await;
    let leg = desk.leg().unwrap();
    assert_eq!(leg.from, LINE, "the number that the caller dialled");
    desk.stage.wait(3).await;
    assert_eq!(desk.reservation().status, "accepted");
    assert!(desk.heard_somebody(customer) && desk.heard_somebody(leg.sid));
    desk.stage.emulator.hang_up(customer);
    desk.stage.wait(3).await;
    assert_eq!(desk.call_status(leg.sid), CallStatus::Completed);
    let ann = desk.stage.emulator.worker_activity(desk.ann);
    assert_eq!(ann.as_deref(), Some("Break"));
    let told = desk.stage.app.seen("/leg-status");
    let told: Vec<_> = told
        .iter()
        .map(|it| {
            (
                it.form["CallStatus"].as_str(),
                it.form["taskCallSid"].as_str(),
            )
        })
        .collect();
    let call = customer.to_string();
    assert_eq!(told, [("in-progress", call.as_str()), ("completed", &call)]);
    assert_eq!(desk.stage.emulator.finish(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_redirected_caller_goes_elsewhere_and_the_task_is_taken() {
    let desk = Desk::new();
    desk.stage
        .app
        .on("/message", "<Say>Leave a message</Say><Hangup/>");
    let customer = desk.call().await;
    let it = desk.reservation();
    let path = format!("/Workers/{}/Reservations/{}", it.worker, it.sid);
    let (url, call) = (format!("{ORIGIN}/message"), customer.to_string());
    let form = [
        ("Instruction", "redirect"),
        ("RedirectCallSid", &call),
        ("RedirectUrl", &url),
        ("RedirectAccept", "true"),
    ];
    let (status, body) = desk.ask("POST", &path, &form);
    assert_eq!(
        (status, body["reservation_status"].as_str()),
        (200, Some("accepted"))
    );
    desk.stage.wait(3).await;
    assert_eq!(
        desk.stage.app.seen("/left")[0].form["QueueResult"],
        "redirected"
    );
    assert_eq!(desk.stage.app.seen("/message").len(), 1);
    assert_eq!(desk.task().status, "assigned");
    let (status, body) = desk.ask("POST", &path, &form);
    assert_eq!((status, body["code"].as_u64()), (400, Some(40123)));
}

#[tokio::test(start_paused = true)]
async fn a_conference_brings_the_worker_and_the_caller_together() {
    let desk = Desk::new();
    let away = desk.away();
    let answer = json!({ "instruction": "conference", "to": PHONE, "from": LINE,
        "post_work_activity_sid": away, "end_conference_on_exit": "true" });
    desk.stage.app.json("/assign", &answer.to_string());
    let customer = desk.call().await;
    assert_eq!(desk.reservation().status, "pending");
    desk.stage.wait(3).await;
    let conference = desk.stage.emulator.conferences().pop().unwrap();
    let leg = desk.leg().unwrap().sid;
    assert_eq!(
        (conference.customer, conference.worker),
        (Some(customer), Some(leg))
    );
    assert_eq!(conference.name, desk.task().sid.to_string());
    let noted = &desk.task().attributes["conference"]["participants"];
    assert_eq!(noted["worker"], json!(leg));
    assert_eq!(desk.task().status, "assigned");
    desk.stage.emulator.hang_up(leg);
    desk.stage.wait(3).await;
    assert_eq!(desk.task().status, "wrapping");
    assert_eq!(
        desk.stage.app.seen("/left")[0].form["QueueResult"],
        "bridged"
    );
    let ann = desk.stage.emulator.worker_activity(desk.ann);
    assert_eq!(ann.as_deref(), Some("Break"));
    assert_eq!(desk.stage.emulator.finish(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_conference_whose_caller_left_is_none() {
    let desk = Desk::new();
    let answer = json!({ "instruction": "conference", "to": PHONE, "from": LINE });
    desk.stage.app.json("/assign", &answer.to_string());
    let customer = desk.call().await;
    desk.stage.emulator.hang_up(customer);
    desk.stage.wait(5).await;
    assert_eq!(desk.leg().unwrap().status, CallStatus::Completed);
    assert_eq!(desk.codes(), [40144]);
    assert!(desk.stage.emulator.conferences().is_empty());
}
