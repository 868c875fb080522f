//! Queues and conferences: how an agent and a caller meet, and how they part.

use serde_json::json;

use super::*;
use crate::{
    emulator::{
        CallStatus, Heard,
        taskrouter::{Attributes, TaskStatus},
    },
    twilio::sid::{TaskSid, WorkflowSid},
};

/// A stage with one agent, Ann, and one workflow.
pub(super) struct Floor {
    pub(super) stage: Stage,
    workflow: WorkflowSid,
}

impl Floor {
    pub(super) fn new() -> Self {
        let stage = Stage::new();
        let workflow = stage.emulator.with(|world| {
            let now = world.now();
            let rng = world.rng.clone();
            let router = &mut world.router;
            let available = router.activity_named("Available");
            let ann = Attributes::read(r#"{"contact_uri":"client:ann"}"#).unwrap();
            router.add_worker("ann", ann, available, &rng, now).unwrap();
            router.add_workflow("Anyone", None, &rng).unwrap()
        });
        Self { stage, workflow }
    }

    pub(super) fn queue(&self, attributes: &str, inside: &str) {
        let enqueue = format!(
            "<Enqueue workflowSid=\"{}\" {attributes}>{inside}</Enqueue>",
            self.workflow
        );
        self.stage.app.on("/voice", &enqueue);
    }

    /// Ann accepts whatever is offered to her.
    fn accept(&self) -> TaskSid {
        self.stage.emulator.with(|world| {
            let now = world.now();
            let offer = world.router.reservations().last().unwrap();
            let (reservation, task) = (offer.sid, offer.task);
            world.router.accept(reservation, now).unwrap();
            world.bridge(task, "client:ann").unwrap();
            task
        })
    }

    /// Ann accepts something, if anything is offered to her, and is free for more.
    pub(super) fn accept_any(&self) {
        self.stage.emulator.with(|world| {
            let now = world.now();
            let offers = world.router.reservations();
            let offers: Vec<_> = offers.map(|it| (it.sid, it.task)).collect();
            for (reservation, task) in offers {
                if world.router.accept(reservation, now).is_ok() {
                    let _ = world.bridge(task, "client:ann");
                    return;
                }
                let _ = world.router.complete(task, None, now);
            }
        });
    }

    fn task(&self, task: TaskSid) -> (TaskStatus, Value) {
        let world = self.stage.emulator.lock();
        let task = world.router.task(task).unwrap();
        (task.status, task.attributes.value.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_and_a_caller_meet_in_a_conference() {
    let floor = Floor::new();
    floor.queue(
        "action=\"/left\"",
        "<Task priority=\"7\">{\"name\":\"Bo &amp; Co\"}</Task>",
    );
    floor.stage.app.on("/left", "<Say>Goodbye</Say><Hangup/>");
    let call = floor.stage.call();
    floor.stage.wait(20).await;
    let view = floor.stage.emulator.call(call).unwrap();
    assert_eq!(
        (view.heard.as_slice(), view.in_queue.is_some()),
        (&[Heard::QueueMusic][..], true)
    );
    let task = floor.accept();
    let conference = floor.stage.emulator.conferences().pop().unwrap();
    assert_eq!(
        (conference.name, conference.customer),
        (task.to_string(), Some(call))
    );
    let (_, attributes) = floor.task(task);
    assert_eq!(attributes["name"], "Bo & Co");
    assert_eq!(attributes["call_sid"], json!(call));
    assert_eq!(attributes["caller"], CALLER);
    assert_eq!(
        attributes["conference"]["participants"]["worker"],
        json!(conference.worker)
    );
    let worker = conference.worker.unwrap();
    let worker = floor.stage.emulator.call(worker).unwrap();
    assert_eq!(
        (worker.to.as_str(), worker.status),
        ("client:ann", CallStatus::InProgress)
    );

    floor.stage.wait(30).await;
    floor.stage.emulator.hang_up(worker.sid);
    floor.stage.wait(1).await;
    let left = &floor.stage.app.seen("/left")[0].form;
    assert_eq!(
        (left["QueueResult"].as_str(), left["QueueTime"].as_str()),
        ("bridged", "19")
    );
    assert_eq!(floor.task(task).0, TaskStatus::Wrapping);
    floor.stage.wait(5).await;
    assert_eq!(
        floor.stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    assert_eq!(floor.stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn moving_the_customer_out_ends_the_conference_and_wraps_the_task() {
    let floor = Floor::new();
    floor.queue("action=\"/left\"", "");
    floor
        .stage
        .app
        .on("/left", "<Say>Never to be heard</Say><Hangup/>");
    floor
        .stage
        .app
        .on("/hold", "<Play>/audio/1</Play><Redirect/>");
    let call = floor.stage.call();
    floor.stage.wait(5).await;
    let task = floor.accept();
    floor.stage.wait(5).await;
    let name = format!("/Conferences.json?Status=in-progress&FriendlyName={task}");
    let (_, found) = floor.stage.rest("GET", &name, &[]).await;
    let conference = found["conferences"][0]["sid"].as_str().unwrap().to_owned();
    let people = format!("/Conferences/{conference}/Participants.json");
    let (_, found) = floor.stage.rest("GET", &people, &[]).await;
    assert_eq!(found["participants"].as_array().unwrap().len(), 2);

    let hold = format!("{ORIGIN}/hold");
    floor
        .stage
        .rest("POST", &format!("/Calls/{call}.json"), &[("Url", &hold)])
        .await;
    let seen = floor.stage.emulator.conferences().pop().unwrap();
    assert!(seen.ended && seen.customer.is_none());
    assert_eq!(floor.task(task).0, TaskStatus::Wrapping);
    floor.stage.wait(3).await;
    let left = floor.stage.app.seen("/left");
    assert_eq!(left[0].form["QueueResult"], "redirected-from-bridged");
    let view = floor.stage.emulator.call(call).unwrap();
    assert_eq!(
        view.heard.last(),
        Some(&Heard::Audio(format!("{ORIGIN}/audio/1")))
    );
    assert!(
        !view
            .heard
            .iter()
            .any(|heard| matches!(heard, Heard::Words(_)))
    );
    let worker = floor
        .stage
        .emulator
        .calls()
        .into_iter()
        .find(|it| it.to == "client:ann")
        .unwrap();
    assert_eq!(worker.status, CallStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_in_the_queue_takes_the_task_along() {
    let floor = Floor::new();
    floor.queue("action=\"/left\" waitUrl=\"/wait\"", "");
    floor.stage.app.on("/wait", "<Play>/audio/1</Play>");
    let call = floor.stage.call();
    floor.stage.wait(65).await;
    let task = floor.stage.emulator.call(call).unwrap().in_queue.unwrap();
    let waits = floor.stage.app.seen("/wait");
    assert_eq!(waits.len(), 3, "the wait document is asked for again");
    assert_eq!(waits[2].form["QueueTime"], "60");
    floor.stage.emulator.hang_up(call);
    floor.stage.emulator.settled().await;
    assert_eq!(
        floor.stage.app.seen("/left")[0].form["QueueResult"],
        "hangup"
    );
    assert_eq!(floor.task(task).0, TaskStatus::Canceled);
}

#[tokio::test(start_paused = true)]
async fn a_wait_document_can_leave_the_queue() {
    let floor = Floor::new();
    floor.queue("action=\"/left\" waitUrl=\"/wait\"", "");
    floor.stage.app.on("/wait", "<Pause length=\"3\"/><Leave/>");
    floor
        .stage
        .app
        .on("/left", "<Pause length=\"60\"/><Hangup/>");
    let call = floor.stage.call();
    floor.stage.wait(10).await;
    let left = &floor.stage.app.seen("/left")[0].form;
    assert_eq!(
        (left["QueueResult"].as_str(), left["CallSid"].clone()),
        ("leave", call.to_string())
    );
    assert_eq!(
        floor.stage.emulator.call(call).unwrap().status,
        CallStatus::InProgress
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_made_is_an_error_for_the_action() {
    let floor = Floor::new();
    floor
        .stage
        .app
        .on("/left", "<Say>We are sorry</Say><Hangup/>");
    for (workflow, task) in [
        (floor.workflow, "{not json"),
        (WorkflowSid::from_bytes([9; 16]), "{}"),
        (
            floor.workflow,
            &*format!("{{\"long\":\"{}\"}}", "x".repeat(4096)),
        ),
    ] {
        let enqueue = format!(
            "<Enqueue workflowSid=\"{workflow}\" action=\"/left\"><Task>{task}</Task></Enqueue>"
        );
        floor.stage.app.on("/voice", &enqueue);
        let call = floor.stage.call();
        floor.stage.wait(5).await;
        let left = floor.stage.app.seen("/left").pop().unwrap();
        assert_eq!(left.form["QueueResult"], "error");
        assert_eq!(left.form["CallSid"], call.to_string());
    }
    assert_eq!(floor.stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_third_party_keeps_the_conference_alive() {
    let floor = Floor::new();
    floor.queue("", "");
    let call = floor.stage.call();
    floor.stage.wait(5).await;
    let task = floor.accept();
    let conference = floor.stage.emulator.conferences().pop().unwrap();
    let number = "+15125550188".parse().unwrap();
    let guest = floor
        .stage
        .emulator
        .add_party(conference.sid, &number)
        .unwrap();
    floor.stage.emulator.hang_up(conference.worker.unwrap());
    floor.stage.wait(1).await;
    let seen = floor.stage.emulator.conferences().pop().unwrap();
    assert_eq!(
        (seen.ended, seen.customer, seen.guests),
        (false, Some(call), vec![guest])
    );
    assert_eq!(floor.task(task).0, TaskStatus::Wrapping);
    floor.stage.emulator.hang_up(guest);
    floor.stage.wait(1).await;
    assert_eq!(
        floor.stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    assert_eq!(floor.stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_participant_can_be_held_and_removed() {
    let floor = Floor::new();
    floor.queue("", "");
    let call = floor.stage.call();
    floor.stage.wait(5).await;
    floor.accept();
    let conference = floor.stage.emulator.conferences().pop().unwrap();
    let path = format!("/Conferences/{}/Participants/{call}.json", conference.sid);
    let (status, body) = floor.stage.rest("POST", &path, &[("Hold", "true")]).await;
    assert_eq!((status, body["hold"].as_bool()), (200, Some(true)));
    assert_eq!(floor.stage.rest("DELETE", &path, &[]).await.0, 204);
    assert_eq!(floor.stage.rest("GET", &path, &[]).await.0, 404);
    floor.stage.wait(1).await;
    assert_eq!(
        floor.stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    assert!(floor.stage.emulator.conferences().pop().unwrap().ended);
}

/// The status of the only conference, as it is found by asking for each. A list that names no status is one of running
/// conferences only.
async fn room_status(stage: &Stage) -> Option<&'static str> {
    let listed = async |query: &str| {
        let path = format!("/Conferences.json{query}");
        let (_, body) = stage.rest("GET", &path, &[]).await;
        body["conferences"].as_array().map_or(0, Vec::len)
    };
    let mut found = vec![];
    for status in ["init", "in-progress", "completed"] {
        if listed(&format!("?Status={status}")).await > 0 {
            found.push(status);
        }
    }
    assert_eq!(listed("").await == 1, found == ["in-progress"]);
    found.pop()
}

#[tokio::test(start_paused = true)]
async fn a_room_starts_once_two_are_in_it_of_whom_one_may_start_it() {
    let stage = Stage::new();
    let room = |starts: bool, wait: &str| {
        format!(
            "<Dial action=\"/after\"><Conference startConferenceOnEnter=\"{starts}\" \
             endConferenceOnExit=\"true\" waitUrl=\"{wait}\">room</Conference></Dial>"
        )
    };
    stage
        .app
        .on("/wait", "<Say>Alone</Say><Redirect>/wait</Redirect>");
    stage.app.on("/after", "<Hangup/>");
    let enters = async |starts: bool| {
        stage.app.on("/voice", &room(starts, "/wait"));
        let call = stage.call();
        stage.wait(3).await;
        call
    };
    let heard = |call| stage.emulator.call(call).unwrap().heard;
    // A participant who may not start it, and another: they hear what is for those who wait, again and again.
    let (one, two) = (enters(false).await, enters(false).await);
    assert!(stage.app.seen("/wait").len() > 4);
    for call in [one, two] {
        assert!(heard(call).contains(&Heard::Words("Alone".to_owned())));
        assert!(!heard(call).contains(&Heard::Conference));
    }
    let status = async || room_status(&stage).await;
    assert_eq!(status().await, Some("init"));
    // A participant who may start it: all hear each other, and nothing else any more.
    let three = enters(true).await;
    assert_eq!(status().await, Some("in-progress"));
    let asked = stage.app.seen("/wait").len();
    for call in [one, two, three] {
        assert_eq!(heard(call).last(), Some(&Heard::Conference));
    }
    stage.wait(20).await;
    assert_eq!(stage.app.seen("/wait").len(), asked);
    stage.emulator.hang_up(two);
    stage.wait(2).await;
    assert_eq!(status().await, Some("completed"));
    assert_eq!(stage.app.seen("/after").len(), 3);
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}
