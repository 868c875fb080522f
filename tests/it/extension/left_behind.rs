//! A workflow ends while somebody waits for an extension or the operator, and Twilio leaves them in the queue, or does
//! not.

use serde_json::json;
use switchboard::{
    emulator::{CallStatus, EndedTasks, Fault, HookTrouble},
    twilio::sid::CallSid,
};

use super::{ANN, LATER, OPERATOR, Office};
use crate::stage::{Dids, Setting};

/// An office in which nobody comes, and whose calls end after ten seconds.
fn office(ended: EndedTasks) -> Office {
    let setting = Setting::default().dids(Dids::Ours).ended(ended).replicas(2);
    let office = Office::set(setting);
    let queue = office.emulator.add_queue("Nobody there", "1 == 2");
    let queue = queue.expect("a queue");
    let ends = json!({ "task_routing": { "filters": [{
        "expression": "1==1", "targets": [{ "queue": queue, "timeout": 10 }],
    }] } });
    for name in ["Extensions", "The operator"] {
        let workflow = office.emulator.workflow_named(name).expect("a workflow");
        let set = office.emulator.set_routing(workflow, &ends, false);
        set.expect("a workflow");
    }
    office.agent("ann", ANN);
    office
}

fn is_told(office: &Office, call: CallSid, ended: EndedTasks) {
    assert_eq!(
        office.times(call, LATER),
        1,
        "{ended:?}\n{}",
        office.emulator.journal()
    );
    assert_eq!(office.call(call).status, CallStatus::Completed, "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_left_in_the_queue_of_an_extension_is_told_once() {
    for ended in [
        EndedTasks::FreeCallers,
        EndedTasks::KeepCallers,
        EndedTasks::Either,
    ] {
        let mut office = office(ended);
        let call = office.dials(ANN).await;
        office.seconds(15).await;
        is_told(&office, call, ended);
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_left_with_the_operator_is_told_once() {
    for ended in [EndedTasks::FreeCallers, EndedTasks::KeepCallers] {
        let mut office = office(ended);
        let call = office.dials("0").await;
        assert!(office.hears(call, OPERATOR));
        office.seconds(30).await;
        assert_eq!(
            office.call(call).status,
            CallStatus::Completed,
            "{}",
            office.emulator.journal()
        );
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_left_in_the_queue_of_an_extension_is_found_although_no_event_came() {
    let ended = EndedTasks::KeepCallers;
    let mut office = office(ended);
    let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
    office.emulator.weather().script(lost.times(10_000));
    let call = office.dials(ANN).await;
    office.seconds(75).await;
    is_told(&office, call, ended);
    office.emulator.weather().clear();
    office.stage.curtain().await;
}
