//! Event callbacks: what is told, to whom, and with which parameters.

use super::{assignment::Desk, *};
use crate::emulator::{Fault, HookTrouble};

/// Tasks and reservations only: what moves inside TaskRouter is the routing engine's affair.
impl Desk {
    fn told(&self, filter: Option<&str>) {
        let url = format!("{ORIGIN}/events");
        self.stage.emulator.events_to(Some(&url), filter);
    }

    fn events(&self) -> Vec<Seen> {
        let mut told = self.stage.app.seen("/events");
        let about = |kind: &str| kind.starts_with("task.") || kind.starts_with("reservation.");
        told.retain(|it| about(&it.form["EventType"]));
        told.sort_by_key(|it| it.form["TimestampMs"].clone());
        told
    }

    fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self
            .events()
            .iter()
            .map(|it| it.form["EventType"].clone())
            .collect();
        kinds.dedup();
        kinds
    }
}

#[tokio::test(start_paused = true)]
async fn everything_that_happens_to_a_task_is_told() {
    let desk = Desk::new();
    desk.told(None);
    desk.call().await;
    let it = desk.reservation();
    let path = format!("/Tasks/{}/Reservations/{}", it.task, it.sid);
    desk.ask("POST", &path, &[("ReservationStatus", "accepted")]);
    desk.stage.wait(1).await;
    let done = [("AssignmentStatus", "completed"), ("Reason", "solved")];
    desk.ask("POST", &format!("/Tasks/{}", it.task), &done);
    desk.stage.wait(301).await;
    desk.ask("GET", "/Tasks", &[]);
    desk.stage.wait(1).await;
    assert!(desk.stage.emulator.task(it.task).is_none(), "it is deleted");
    let mut kinds = desk.kinds();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "reservation.accepted",
            "reservation.completed",
            "reservation.created",
            "task.completed",
            "task.created",
            "task.deleted"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_says_what_it_is_about() {
    let desk = Desk::new();
    desk.told(None);
    let call = desk.call().await;
    let it = desk.reservation();
    desk.stage.emulator.hang_up(call);
    desk.stage.wait(1).await;
    assert_eq!(desk.events().len(), 4);
    for event in desk.events() {
        let form = &event.form;
        let kind = form["EventType"].as_str();
        let resource = kind.split('.').next().unwrap_or_default();
        assert_eq!(form["ResourceType"], resource);
        let about = if resource == "task" {
            it.task.to_string()
        } else {
            it.sid.to_string()
        };
        assert_eq!(form["ResourceSid"], about);
        assert!(form["Sid"].starts_with("EV") && form["Sid"].len() == 34);
        assert_eq!(form["TimestampMs"][..10], form["Timestamp"]);
        assert_eq!(form["WorkspaceName"], "Flex Task Assignment");
        assert_eq!(form["TaskSid"], it.task.to_string());
        assert_eq!(form["WorkflowName"], "Anyone");
        assert_eq!(form["TaskChannelUniqueName"], "voice");
        assert!(form["TaskAttributes"].contains(call.as_str()), "{kind}");
        if resource == "reservation" {
            assert_eq!(form["ReservationSid"], it.sid.to_string());
            assert_eq!(form["WorkerName"], "ann");
            assert_eq!(form["WorkerActivityName"], "Available");
        }
        if kind == "task.canceled" {
            assert_eq!(form["TaskCanceledReason"], "hangup");
            assert_eq!(form["TaskAssignmentStatus"], "canceled");
        }
    }
    let sids: std::collections::BTreeSet<_> = desk
        .events()
        .iter()
        .map(|it| it.form["Sid"].clone())
        .collect();
    assert_eq!(sids.len(), desk.events().len(), "each event has its own");
}

#[tokio::test(start_paused = true)]
async fn a_filter_chooses_by_type() {
    let desk = Desk::new();
    desk.told(Some("task.canceled, reservation.canceled"));
    let call = desk.call().await;
    desk.stage.emulator.hang_up(call);
    desk.stage.wait(1).await;
    let mut kinds = desk.kinds();
    kinds.sort();
    assert_eq!(kinds, ["reservation.canceled", "task.canceled"]);
    let told = desk.events();
    assert!(
        told.iter()
            .all(|it| it.form["TaskCanceledReason"] == "hangup")
    );
    desk.stage.emulator.events_to(None, None);
    let call = desk.call().await;
    desk.stage.emulator.hang_up(call);
    desk.stage.wait(1).await;
    assert_eq!(desk.events().len(), 2, "nobody is told any more");
}

#[tokio::test(start_paused = true)]
async fn an_event_may_come_late_twice_or_never() {
    let desk = Desk::new();
    desk.told(Some("task.created,task.canceled"));
    let weather = desk.stage.emulator.weather();
    weather.script(Fault::webhook(HookTrouble::Delayed(Duration::from_secs(20))).path("/events"));
    weather.script(
        Fault::webhook(HookTrouble::Repeated(1))
            .path("/events")
            .nth(1),
    );
    let call = desk.call().await;
    desk.stage.emulator.hang_up(call);
    desk.stage.wait(25).await;
    let told = desk.stage.app.seen("/events");
    let kinds: Vec<_> = told
        .iter()
        .map(|it| it.form["EventType"].as_str())
        .collect();
    assert_eq!(kinds, ["task.canceled", "task.canceled", "task.created"]);
    assert_eq!(told[0].form["Sid"], told[1].form["Sid"]);
    assert_eq!(told[0].delivery, told[1].delivery);
    weather.script(Fault::webhook(HookTrouble::Dropped).path("/events"));
    desk.call().await;
    assert_eq!(desk.stage.app.seen("/events").len(), 3);
}
