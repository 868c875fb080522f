//! Callers who come when nobody works: to voicemail, or to the operator's own TwiML; once, however often it is told.

use std::time::Duration;

use serde_json::json;
use switchboard::{
    emulator::{CallStatus, Flow, Heard, HookTrouble},
    twilio::sid::{CallSid, WorkflowSid},
};

use super::{Office, THANKS, words};
use crate::stage::{Boxes, PUBLIC_URL, Setting, number};

/// The line of an office where nobody works.
const CLOSED_LINE: &str = "+15125550130";

/// An office where nobody works on the closed line.
struct Closed {
    office: Office,
    queue: String,
}

impl Closed {
    fn new(next: &str) -> Self {
        let setting = Setting::default().boxes(Boxes::Nobody);
        Self::with(setting.variable("DISPATCH_NOBODY_NEXT", next))
    }

    fn with(setting: Setting) -> Self {
        let office = Office::with(setting);
        let emulator = &office.stage.emulator;
        let queue = office.stage.nobody.expect("a queue without workers");
        let workflow: WorkflowSid = emulator
            .add_workflow("Closed", Some(queue))
            .expect("a workflow");
        emulator.number(&number(CLOSED_LINE)).voice(Flow::Enqueue {
            workflow,
            attributes: json!({ "direction": "inbound", "name": "Nora" }),
        });
        let events = format!("{PUBLIC_URL}/taskrouter-events");
        emulator.events_to(Some(&events), None);
        Self {
            queue: queue.to_string(),
            office,
        }
    }

    async fn calls(&self) -> CallSid {
        self.office.stage.calls(CLOSED_LINE).await
    }

    /// How often the call was redirected.
    fn redirects(&self, call: CallSid) -> usize {
        let of_call = format!("/Calls/{call}.json");
        let all = self.office.stage.emulator.exchanges().into_iter();
        all.filter(|it| it.method == "POST" && it.path.ends_with(&of_call))
            .count()
    }
}

#[tokio::test(start_paused = true)]
async fn a2_39_nobody_works_and_the_caller_leaves_a_message_for_the_queue() {
    let closed = Closed::new("voicemail");
    let office = &closed.office;
    let call = closed.calls().await;
    office
        .stage
        .emulator
        .speaks(call, Duration::from_secs(15), "");
    let over = || office.call(call).status == CallStatus::Completed;
    office.stage.until(90, "the call ends", over).await;
    office.stage.seconds(10).await;
    assert_eq!(words(&office.call(call)).last(), Some(&THANKS));
    let task = office.task();
    assert_eq!(task.attributes["voicemailQueue"], json!(closed.queue));
    assert_eq!(task.attributes["voicemailWorker"], json!(null));
    let tasks = office.stage.emulator.tasks();
    let waited = tasks.iter().find(|task| task.call == Some(call)).unwrap();
    assert_eq!(waited.status, "canceled");
    assert_eq!(waited.attributes["conversations"]["abandoned"], "Follow-Up");
    assert_eq!(closed.redirects(call), 1);
    assert_eq!(office.kept(&closed.queue)[0]["name"], "Nora");
    closed.office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a2_39_the_message_may_be_for_somebody_else() {
    let setting = Setting::default().boxes(Boxes::Nobody);
    // Ann's SID is known only once she is there; the queue of another office is known before.
    let queue = "WQ000000000000000000000000000000aa";
    let closed = Closed::with(setting.variable("DISPATCH_NOBODY_NEXT", queue));
    let call = closed.calls().await;
    let emulator = &closed.office.stage.emulator;
    emulator.speaks(call, Duration::from_secs(15), "");
    closed.office.stage.seconds(60).await;
    assert_eq!(closed.office.task().attributes["voicemailQueue"], queue);
    closed.office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a2_40_nobody_works_and_the_caller_hears_the_operators_own_twiml_once() {
    let url = "https://handler.twilio.com/twiml/EH1";
    let closed = Closed::new(url);
    let emulator = &closed.office.stage.emulator;
    emulator.weather().always(HookTrouble::Repeated(2));
    let twiml = "<Response><Say>We open at nine.</Say><Hangup/></Response>";
    emulator.bin(url, "text/xml", twiml);
    let call = closed.calls().await;
    closed.office.stage.seconds(60).await;
    let heard = closed.office.call(call);
    let told = Heard::Words("We open at nine.".to_owned());
    assert_eq!(heard.heard.iter().filter(|it| **it == told).count(), 1);
    assert_eq!(
        (heard.status, closed.redirects(call)),
        (CallStatus::Completed, 1)
    );
    emulator.weather().clear();
    closed.office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a2_41_it_is_told_by_the_event_or_found_without_it_and_other_queues_are_left_alone() {
    for lost in [false, true] {
        let closed = Closed::new("voicemail");
        let office = &closed.office;
        if lost {
            office.stage.emulator.events_to(None, None);
        } else {
            office
                .stage
                .emulator
                .weather()
                .always(HookTrouble::Repeated(2));
        }
        office.ann.go_to("Offline").expect("off line");
        let other = office.stage.calls(crate::stage::MAIN_LINE).await;
        let call = closed.calls().await;
        office
            .stage
            .emulator
            .speaks(call, Duration::from_secs(9), "");
        office.stage.seconds(120).await;
        assert_eq!(closed.redirects(call), 1, "events lost: {lost}");
        assert_eq!(office.made().len(), 1, "events lost: {lost}");
        assert!(
            office.call(other).in_queue.is_some(),
            "another queue's caller waits"
        );
        office.stage.emulator.weather().clear();
        office.stage.emulator.hang_up(other);
        closed.office.curtain().await;
    }
}

/// The event comes once more while the caller speaks: nobody begins anew, and no word is lost.
#[tokio::test(start_paused = true)]
async fn a2_41_an_event_that_comes_again_late_does_not_interrupt_a_message() {
    let closed = Closed::new("voicemail");
    let (office, emulator) = (&closed.office, &closed.office.stage.emulator);
    let call = closed.calls().await;
    emulator.speaks(call, Duration::from_mins(1), "");
    office.beep(call).await;
    office.stage.seconds(25).await;
    let waited = emulator.tasks().into_iter();
    let mut waited = waited.filter(|task| task.call == Some(call));
    let waited = waited.next().expect("the task that waited");
    let (task, attributes) = (waited.sid.to_string(), waited.attributes.to_string());
    let fields = [
        ("EventType", "task-queue.entered"),
        ("Sid", "EV00000000000000000000000000000001"),
        ("TaskSid", &task),
        ("TaskQueueSid", &closed.queue),
        ("TaskAttributes", &attributes),
    ];
    let (status, _) = office
        .stage
        .hears_from_twilio("/taskrouter-events", &fields)
        .await;
    assert_eq!(status, 204);
    office.stage.seconds(90).await;
    assert_eq!(closed.redirects(call), 1);
    assert_eq!(office.kept(&closed.queue)[0]["seconds"], 60);
    closed.office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_for_the_queue_without_workers_is_for_supervisors_or_for_all() {
    for shared in [false, true] {
        let mut setting = Setting::default().boxes(Boxes::Nobody);
        setting = setting.variable("DISPATCH_NOBODY_NEXT", "voicemail");
        let queue = Closed::with(setting.clone()).queue;
        if shared {
            // The same seed makes the same queue.
            setting = setting.variable("VOICEMAIL_SHARED", &queue);
        }
        let closed = Closed::with(setting);
        assert_eq!(closed.queue, queue);
        let office = &closed.office;
        let call = closed.calls().await;
        office
            .stage
            .emulator
            .speaks(call, Duration::from_secs(9), "");
        office.stage.seconds(60).await;
        let sue = office.stage.supervisor("sue");
        let seen = office.reads(&sue, "/voicemails").await.json();
        assert_eq!(seen["voicemails"].as_array().unwrap().len(), 1);
        let seen = office.reads(&office.ann, "/voicemails").await.json();
        let count = seen["voicemails"].as_array().unwrap().len();
        assert_eq!(count, usize::from(shared));
        closed.office.curtain().await;
    }
}
