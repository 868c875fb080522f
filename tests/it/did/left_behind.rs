//! A workflow ends while somebody waits for the owner of a number, and Twilio leaves them in the queue, or does not.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Browser, CallStatus, EndedTasks, Fault, HookTrouble};

use super::{ANN, NOBODY, Office};
use crate::stage::{Boxes, Dids, Setting};

/// What a caller hears whose call nobody takes.
const UNTAKEN: &str = "Sorry, no one can take your call right now";

const ENDED: [EndedTasks; 2] = [EndedTasks::FreeCallers, EndedTasks::KeepCallers];

/// An office with messages, whose calls end after half a minute. Ann has gone home.
fn office(ended: EndedTasks) -> (Office, Browser) {
    let setting = Setting::default().dids(Dids::Ours).boxes(Boxes::Usual);
    let office = Office::set(setting.ended(ended).replicas(2));
    let ann = office.agent("ann", ANN);
    ann.go_to("Offline").expect("an activity");
    let queue = office.emulator.add_queue("Nobody there", "1 == 2");
    let queue = queue.expect("a queue");
    for name in ["Direct Inward Dial", "The desk"] {
        let ends = json!({ "task_routing": { "filters": [{
            "expression": "1==1", "targets": [{ "queue": queue, "timeout": 30 }],
        }] } });
        let set = office
            .emulator
            .set_routing(office.workflow(name), &ends, false);
        set.expect("a workflow");
    }
    (office, ann)
}

#[tokio::test(start_paused = true)]
async fn whoever_is_left_in_the_queue_is_told_once_and_leaves_the_owner_a_message() {
    for ended in ENDED {
        for thrice in [false, true] {
            let (mut office, ann) = office(ended);
            let weather = office.emulator.weather();
            if thrice {
                let again = Fault::webhook(HookTrouble::Repeated(2)).path("/taskrouter-events");
                weather.script(again.times(100));
            }
            let call = office.rings(ANN).await;
            office
                .emulator
                .speaks(call, Duration::from_secs(5), "Please call me.");
            office.seconds(19).await;
            assert!(office.call(call).in_queue.is_some(), "{ended:?}");
            assert!(!office.hears(call, UNTAKEN), "{ended:?}");
            office.seconds(60).await;
            assert_eq!(
                office.times(call, UNTAKEN),
                1,
                "{ended:?}\n{}",
                office.emulator.journal()
            );
            assert_eq!(office.call(call).status, CallStatus::Completed, "{ended:?}");
            let listed = ann.get("/voicemails").await.expect("an answer").body;
            assert_eq!(
                listed["voicemails"].as_array().map_or(0, Vec::len),
                1,
                "{ended:?}"
            );
            weather.clear();
            office.stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_left_at_the_desk_is_told_that_nobody_can_take_the_call() {
    for ended in ENDED {
        let (mut office, _) = office(ended);
        let call = office.rings(NOBODY).await;
        office.seconds(60).await;
        assert_eq!(
            office.times(call, UNTAKEN),
            1,
            "{ended:?}\n{}",
            office.emulator.journal()
        );
        assert_eq!(office.call(call).status, CallStatus::Completed, "{ended:?}");
        office.stage.curtain().await;
    }
}

/// No event reaches us; the reconciler finds who is left, also when the task itself is long forgotten.
#[tokio::test(start_paused = true)]
async fn whoever_is_left_in_the_queue_is_found_although_no_event_came() {
    for hidden in [false, true] {
        for minutes in [0, 7] {
            let (mut office, _) = office(EndedTasks::KeepCallers);
            office.emulator.show_attributes_in_lists(!hidden);
            let weather = office.emulator.weather();
            let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
            weather.script(lost.times(10_000));
            if minutes > 0 {
                let down = Fault::rest(switchboard::emulator::RestTrouble::Answer(503, 20_503));
                weather.script(down.path("/Queues").times(100_000));
            }
            let (call, other) = (office.rings(ANN).await, office.rings(ANN).await);
            office.emulator.hang_up(other);
            office.seconds(minutes * 60).await;
            weather.clear();
            office.seconds(90).await;
            assert_eq!(
                office.times(call, UNTAKEN),
                1,
                "{hidden} {minutes}\n{}",
                office.emulator.journal()
            );
            assert_eq!(office.times(other, UNTAKEN), 0);
            office.emulator.hang_up(call);
            office.moment().await;
            office.stage.curtain().await;
        }
    }
}

/// Somebody who waits and has a task is left alone, however long it takes.
#[tokio::test(start_paused = true)]
async fn whoever_has_a_task_waits_on() {
    for hidden in [false, true] {
        let mut office = Office::set(Setting::default().dids(Dids::Ours));
        office.emulator.show_attributes_in_lists(!hidden);
        let ann = office.agent("ann", ANN);
        ann.go_to("Offline").expect("an activity");
        let call = office.rings(ANN).await;
        office.seconds(600).await;
        assert!(office.call(call).in_queue.is_some());
        assert!(!office.hears(call, UNTAKEN));
        office.emulator.hang_up(call);
        office.moment().await;
        office.stage.curtain().await;
    }
}

/// A conversation's task is deleted five minutes after it, and by then its caller may wait again, with another.
#[tokio::test(start_paused = true)]
async fn the_end_of_an_old_task_moves_nobody_who_has_a_new_one() {
    let mut office = Office::new(Dids::Ours);
    let ann = office.agent("ann", ANN);
    ann.go_to("Offline").expect("an activity");
    let call = office.rings(ANN).await;
    let task = office.task_of(call);
    let (workflow, attributes) = (office.workflow("Direct Inward Dial"), &task.attributes);
    let (workflow, mut parked) = (workflow.to_string(), attributes.clone());
    parked["parkTicket"] = json!("an old one");
    let mut extension = attributes.clone();
    extension["extension"] = json!({ "owner": ann.worker() });
    for kind in [
        "task.canceled",
        "task.deleted",
        "task.system-deleted",
        "workflow.timeout",
    ] {
        for attributes in [attributes, &parked, &extension] {
            let attributes = attributes.to_string();
            let fields = [
                ("EventType", kind),
                ("TaskSid", "WT000000000000000000000000000000ff"),
                ("WorkflowSid", workflow.as_str()),
                ("TaskAttributes", attributes.as_str()),
            ];
            let (status, _) = office
                .hears_from_twilio("/taskrouter-events", &fields)
                .await;
            assert_eq!(status, 204, "{kind}");
            office.seconds(30).await;
            assert!(office.call(call).in_queue.is_some(), "{kind}: they wait");
            assert_eq!(office.task_of(call).status, "pending", "{kind}");
        }
    }
    assert!(!office.hears(call, UNTAKEN));
    office.emulator.hang_up(call);
    office.moment().await;
    office.stage.curtain().await;
}
