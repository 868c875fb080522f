//! A caller who reached an agent by the extension is parked: what becomes of them then is parking's affair, whatever the
//! agent makes of the call when it comes back.

use serde_json::json;
use switchboard::{
    emulator::{Browser, EndedTasks, Fault, HookTrouble},
    twilio::sid::CallSid,
};

use super::{ANN, LATER, Office};
use crate::stage::{Dids, Setting, by_extension};

/// Ann's caller, on hold, in an office whose workflow of extensions knows parked calls, as the plugin needs it.
async fn parked(setting: Setting) -> (Office, Browser, CallSid) {
    let mut office = Office::set(setting.dids(Dids::Ours));
    let emulator = &office.stage.emulator;
    let everyone = emulator
        .add_queue("Everyone there", "1 == 1")
        .expect("a queue");
    let mut routing = by_extension(Dids::Ours, everyone);
    let filters = routing["task_routing"]["filters"].as_array_mut();
    filters.expect("filters").insert(
        0,
        json!({
            "expression": "isParkPickup == true OR isParkHangup == true",
            "targets": [{ "queue": everyone, "known_worker_sid": "task.targetWorker" }],
        }),
    );
    let workflow = emulator.workflow_named("Extensions").expect("a workflow");
    let set = emulator.set_routing(workflow, &routing, false);
    set.expect("a workflow");
    let ann = office.agent("ann", ANN);
    let call = office.dials(ANN).await;
    office.stage.accepts(&ann).await;
    office.stage.parks(&ann).await;
    assert!(office.stage.on_hold(call));
    (office, ann, call)
}

/// These callers were once told that their call cannot be taken, as if no agent had answered it.
#[tokio::test(start_paused = true)]
async fn a_parked_call_that_comes_back_and_is_declined_stays_on_hold() {
    let setting = Setting::default()
        .variable("PARK_TIMEOUT", "40")
        .variable("PARK_RETURN_RING", "20");
    let (office, ann, call) = parked(setting).await;
    let offered = || !ann.offers().is_empty();
    office.stage.until(80, "it comes back", offered).await;
    ann.reject(ann.offers()[0]).expect("rejected");
    office.stage.seconds(40).await;
    assert!(
        !office.hears(call, LATER),
        "{}",
        office.stage.emulator.journal()
    );
    assert!(office.stage.on_hold(call), "{:?}", office.stage.call(call));
    office.stage.emulator.hang_up(call);
    office.stage.moment().await;
    office.stage.curtain().await;
}

/// Ann picks it up, and her other calls leave no room for it yet.
///
/// The caller waited longer than `EXTENSION_PATIENCE`, and was told once that the call cannot be taken.
#[tokio::test(start_paused = true)]
async fn a_parked_call_that_is_picked_up_waits_for_its_agent_as_long_as_it_takes() {
    let (office, ann, call) = parked(Setting::default()).await;
    assert!(ann.pick_up(call).await.expect("an answer").is_success());
    ann.go_to("Offline").expect("an activity");
    office.stage.seconds(150).await;
    assert!(
        !office.hears(call, LATER),
        "{}",
        office.stage.emulator.journal()
    );
    ann.go_to("Available").expect("an activity");
    office.stage.seconds(5).await;
    assert!(office.stage.call(call).conference.is_some(), "they talk");
    office.stage.emulator.hang_up(call);
    office.stage.moment().await;
    office.stage.curtain().await;
}

/// The workflow gives up on her before she comes, and Twilio leaves the caller in its queue.
#[tokio::test(start_paused = true)]
async fn a_parked_call_whose_pick_up_ends_is_on_hold_again() {
    for (ended, lost) in [
        (EndedTasks::FreeCallers, false),
        (EndedTasks::KeepCallers, false),
        (EndedTasks::KeepCallers, true),
    ] {
        let (office, ann, call) = parked(Setting::default().ended(ended)).await;
        let stage = &office.stage;
        let workflow = stage
            .emulator
            .workflow_named("Extensions")
            .expect("a workflow");
        let nobody = stage.emulator.add_queue("Nobody there", "1 == 2");
        let ends = json!({ "task_routing": { "filters": [{
            "expression": "1==1", "targets": [{ "queue": nobody.expect("a queue"), "timeout": 20 }],
        }] } });
        let set = stage.emulator.set_routing(workflow, &ends, false);
        set.expect("a workflow");
        if lost {
            let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
            stage.emulator.weather().script(lost.times(10_000));
        }
        assert!(ann.pick_up(call).await.expect("an answer").is_success());
        stage.seconds(10).await;
        assert!(!stage.on_hold(call), "{ended:?}: on its way");
        stage.seconds(if lost { 80 } else { 20 }).await;
        assert!(
            stage.on_hold(call),
            "{ended:?} {lost}\n{}",
            stage.emulator.journal()
        );
        stage.emulator.weather().clear();
        stage.emulator.hang_up(call);
        stage.moment().await;
        office.stage.curtain().await;
    }
}
