//! Assignment callbacks: what is asked, how long, whom else, and what answers are taken for.

use http::Request;
use serde_json::json;

use super::*;
use crate::{
    emulator::{ReservationView, TaskView},
    twilio::sid::{ReservationSid, WorkerSid, WorkflowSid},
};

pub(super) const PHONE: &str = "+15125550142";

/// A line whose callers wait for one worker, Ann, who has a phone and no browser.
pub(super) struct Desk {
    pub(super) stage: Stage,
    pub(super) workflow: WorkflowSid,
    pub(super) ann: WorkerSid,
}

impl Desk {
    pub(super) fn new() -> Self {
        let stage = Stage::new();
        let emulator = &stage.emulator;
        let workflow = emulator.add_workflow("Anyone", None).unwrap();
        let ann = emulator
            .add_worker("ann", &json!({ "contact_uri": PHONE }))
            .unwrap();
        let (url, other) = (format!("{ORIGIN}/assign"), format!("{ORIGIN}/assign-again"));
        emulator.workflow_callback(workflow, Some(&url), Some(&other));
        let enqueue = format!("<Enqueue workflowSid=\"{workflow}\" action=\"/left\"/>");
        stage.app.on("/voice", &enqueue);
        stage.app.on("/left", "<Say>Goodbye</Say><Hangup/>");
        stage.app.json("/assign", "{}");
        Self {
            stage,
            workflow,
            ann,
        }
    }

    /// A caller calls and waits for three seconds.
    pub(super) async fn call(&self) -> CallSid {
        let call = self.stage.call();
        self.stage.wait(3).await;
        call
    }

    /// The reservation that was made last.
    pub(super) fn reservation(&self) -> ReservationView {
        self.stage.emulator.reservations().pop().unwrap()
    }

    pub(super) fn status(&self, reservation: ReservationSid) -> &'static str {
        self.stage.emulator.reservation(reservation).unwrap().status
    }

    pub(super) fn task(&self) -> TaskView {
        self.stage.emulator.tasks().pop().unwrap()
    }

    pub(super) fn codes(&self) -> Vec<u32> {
        let journal = self.stage.emulator.journal();
        journal.warnings().iter().map(|it| it.0).collect()
    }

    /// The worker's leg, if there is one.
    pub(super) fn leg(&self) -> Option<crate::emulator::CallView> {
        let calls = self.stage.emulator.calls().into_iter();
        calls.rev().find(|call| call.to == PHONE)
    }

    /// Asks TaskRouter for something below the workspace.
    pub(super) fn ask(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let workspace = self.stage.emulator.workspace();
        let url = format!("https://taskrouter.twilio.com/v1/Workspaces/{workspace}{path}");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let proof = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{}:{TOKEN}", account()),
        );
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {proof}"))
            .body(body.into())
            .unwrap();
        let answer = self.stage.emulator.rest(&request);
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }
}

#[tokio::test(start_paused = true)]
async fn the_application_is_asked_about_every_reservation() {
    let desk = Desk::new();
    let call = desk.call().await;
    let asked = desk.stage.app.seen("/assign");
    assert_eq!(asked.len(), 1);
    let (form, reservation) = (&asked[0].form, desk.reservation());
    let names: Vec<_> = form.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AccountSid",
            "ReservationSid",
            "TaskAge",
            "TaskAttributes",
            "TaskPriority",
            "TaskQueueSid",
            "TaskSid",
            "Timestamp",
            "WorkerAttributes",
            "WorkerSid",
            "WorkflowSid",
            "WorkspaceSid"
        ]
    );
    assert_eq!(form["ReservationSid"], reservation.sid.to_string());
    assert_eq!(form["TaskSid"], reservation.task.to_string());
    assert_eq!(form["WorkerSid"], desk.ann.to_string());
    assert_eq!(form["WorkflowSid"], desk.workflow.to_string());
    let worker: Value = serde_json::from_str(&form["WorkerAttributes"]).unwrap();
    let task: Value = serde_json::from_str(&form["TaskAttributes"]).unwrap();
    assert_eq!(worker["contact_uri"], PHONE);
    assert_eq!(task["call_sid"], call.to_string());
    // `{}` leaves it to the application, which did nothing: the offer times out and Ann is sent off line.
    assert_eq!(reservation.status, "pending");
    desk.stage.wait(120).await;
    assert_eq!(desk.status(reservation.sid), "timeout");
    let ann = desk.stage.emulator.worker(desk.ann).unwrap();
    assert_eq!((ann.activity.as_str(), ann.available), ("Offline", false));
    assert!(desk.stage.app.seen("/assign-again").is_empty());
    assert_eq!(desk.codes(), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_fallback_is_asked_when_there_is_no_proper_answer_in_time() {
    for (status, kind, slow, code) in [
        (200, "application/json", 6, 11200),
        (500, "application/json", 0, 11200),
        (204, "application/json", 0, 11200),
        (200, "text/plain", 0, 40000),
    ] {
        let desk = Desk::new();
        let app = &desk.stage.app;
        app.kind("/assign", kind)
            .answer("/assign", status, r#"{"instruction":"accept"}"#);
        app.slow("/assign", Duration::from_secs(slow));
        let answer = json!({ "instruction": "reject", "activity_sid": desk.away() });
        app.json("/assign-again", &answer.to_string());
        desk.stage.call();
        desk.stage.wait(10).await;
        let (first, second) = (app.seen("/assign"), app.seen("/assign-again"));
        assert_eq!((first.len(), second.len()), (1, 1), "{code}");
        assert_eq!(first[0].form, second[0].form);
        let waited = second[0].at.duration_since(first[0].at).as_millis();
        assert!(waited < 5100 && (slow == 0 || waited >= 4900), "{waited}");
        assert_eq!(desk.reservation().status, "rejected");
        assert_eq!(desk.codes(), [code]);
        let ann = desk.stage.emulator.worker_activity(desk.ann);
        assert_eq!(ann.as_deref(), Some("Break"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_is_told_and_left() {
    for (body, code) in [
        ("", None),
        (" {} ", None),
        ("nonsense", Some(40001)),
        (r#""{\"instruction\":\"accept\"}""#, Some(40001)),
        (r#"{"success":true}"#, Some(40005)),
        (r#"{"instruction":"sing"}"#, Some(55555)),
    ] {
        let desk = Desk::new();
        desk.stage.app.json("/assign", body);
        desk.call().await;
        assert_eq!(desk.reservation().status, "pending", "{body}");
        assert_eq!(desk.codes(), Vec::from_iter(code), "{body}");
        assert!(desk.stage.app.seen("/assign-again").is_empty(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_workflow_without_urls_asks_nobody() {
    let desk = Desk::new();
    desk.stage
        .emulator
        .workflow_callback(desk.workflow, None, None);
    desk.call().await;
    assert_eq!(desk.reservation().status, "pending");
    assert!(desk.stage.app.seen("/assign").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_repeated_callback_is_answered_twice_and_obeyed_once() {
    use crate::emulator::{Fault, HookTrouble};
    let desk = Desk::new();
    let twice = Fault::webhook(HookTrouble::Repeated(2)).path("/assign");
    desk.stage.emulator.weather().script(twice);
    desk.stage
        .app
        .json("/assign", r#"{"instruction":"accept"}"#);
    desk.call().await;
    assert_eq!(desk.stage.app.seen("/assign").len(), 3);
    assert_eq!(desk.reservation().status, "accepted");
    assert_eq!(desk.codes(), [0; 0]);
}
