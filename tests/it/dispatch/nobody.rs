//! Callers who come when nobody works: TaskRouter puts them into the queue without workers, and they are told so.

use serde_json::json;
use switchboard::{
    emulator::{CallStatus, EndedTasks, Fault, Heard, HookTrouble},
    twilio::sid::CallSid,
};

use super::remote::{CLOSED, Remote};
use crate::stage::{Extra, Setting};

fn nobody_works(setting: Setting) -> Remote {
    Remote::with(setting.extra(Extra::Nobody))
}

/// TaskRouter tells us that a caller came into a queue; the status of our answer.
async fn enters(remote: &Remote, customer: CallSid, queue: &str, event: &str) -> u16 {
    let task = remote.task(customer);
    let (sid, attributes) = (task.sid.to_string(), task.attributes.to_string());
    let fields = [
        ("EventType", "task-queue.entered"),
        ("Sid", event),
        ("TaskSid", &sid),
        ("TaskQueueSid", queue),
        ("TaskAttributes", &attributes),
    ];
    remote.told("/taskrouter-events", &fields).await
}

pub(super) async fn d4_27_nobody_works_and_the_caller_is_told_once(setting: Setting) {
    let remote = nobody_works(setting);
    // TaskRouter's own report is lost; what comes is told here.
    let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
    remote.stage.emulator.weather().script(lost.times(10_000));
    let customer = remote.customer();
    remote.seconds(2).await;
    let queue = remote.stage.nobody.expect("a queue").to_string();
    let event = |queue, event| enters(&remote, customer, queue, event);
    // Another queue is none of our business.
    let other = "WQ000000000000000000000000000000ff";
    assert_eq!(
        event(other, "EV000000000000000000000000000000ff").await,
        204
    );
    remote.seconds(1).await;
    assert!(remote.waits(customer));
    // The same three times at once, and the same under another SID.
    let same = "EV00000000000000000000000000000001";
    let answers = tokio::join!(
        event(&queue, same),
        event(&queue, same),
        event(&queue, "EV00000000000000000000000000000002")
    );
    assert_eq!(answers, (204, 204, 204));
    remote
        .until(30, "the call ends", || {
            remote.call(customer).status == CallStatus::Completed
        })
        .await;
    let heard = remote.call(customer).heard;
    let told = heard
        .iter()
        .filter(|it| **it == Heard::Words(CLOSED.to_owned()));
    assert_eq!(told.count(), 1, "{heard:?}");
    let redirects = remote.stage.emulator.exchanges().into_iter();
    let of_call = format!("/Calls/{customer}.json");
    let redirects = redirects.filter(|it| it.method == "POST" && it.path.ends_with(&of_call));
    assert_eq!(redirects.count(), 1, "redirected once");
    remote.calm();
    remote.curtain().await;
}

pub(super) async fn d4_27_taskrouter_says_that_the_caller_has_come_to_a_queue_without_workers(
    setting: Setting,
) {
    let remote = nobody_works(setting);
    let customer = remote.customer();
    let over = || remote.call(customer).status == CallStatus::Completed;
    remote.until(30, "the call ends", over).await;
    let heard = remote.call(customer).heard;
    let told = Heard::Words(CLOSED.to_owned());
    assert_eq!(
        heard.iter().filter(|it| **it == told).count(),
        1,
        "{heard:?}"
    );
    remote.curtain().await;
}

/// The queue without workers gives up before the caller could be told, and Twilio leaves them in it, or does not.
pub(super) async fn whoever_is_left_in_the_queue_without_workers_is_told_once(setting: Setting) {
    for all_lost in [false, true] {
        let remote = nobody_works(setting.clone().ended(EndedTasks::KeepCallers));
        let queue = remote.stage.nobody.expect("a queue");
        let ends = json!({ "task_routing": { "filters": [{
            "expression": "1==1", "targets": [{ "queue": queue, "timeout": 2 }],
        }] } });
        let emulator = &remote.stage.emulator;
        let workflow = emulator.workflow_named("Remote").expect("a workflow");
        let set = emulator.set_routing(workflow, &ends, false);
        set.expect("a workflow");
        let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
        emulator.weather().script(lost.times(10_000));
        let customer = remote.customer();
        remote
            .until(10, "they wait", || remote.waits(customer))
            .await;
        if !all_lost {
            // The report of their coming was lost, that of their task's end is not.
            remote.calm();
        }
        let over = || remote.call(customer).status == CallStatus::Completed;
        remote.until(90, "the call ends", over).await;
        let heard = remote.call(customer).heard;
        let told = Heard::Words(CLOSED.to_owned());
        let told = heard.iter().filter(|it| **it == told).count();
        assert_eq!(told, 1, "{all_lost} {heard:?}");
        remote.calm();
        remote.curtain().await;
    }
}
