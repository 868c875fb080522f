//! What a worker chose decides whose calls come to them.

use serde_json::json;
use switchboard::emulator::Flow;

use super::{PHONE, seen, stage, text, worker};
use crate::stage::number;

const SALES_LINE: &str = "+15125550120";

#[tokio::test(start_paused = true)]
async fn a_chosen_skill_brings_the_calls_of_its_queue_and_no_others() {
    let stage = stage("known");
    let worker = worker(&stage);
    let queue = stage
        .emulator
        .add_queue("Sales", "routing.skills HAS 'sales'")
        .expect("a queue");
    let workflow = stage
        .emulator
        .add_workflow("Sales", Some(queue))
        .expect("a workflow");
    stage
        .emulator
        .number(&number(SALES_LINE))
        .voice(Flow::Enqueue {
            workflow,
            attributes: json!({ "direction": "inbound" }),
        });

    text(&stage, PHONE, "online support").await;
    assert!(seen(&stage, worker).await.available);
    let call = stage.calls(SALES_LINE).await;
    let task = stage.call(call).in_queue.expect("in the queue");
    let status = |wanted: &str| {
        let task = stage.emulator.task(task).expect("a task");
        assert_eq!(task.status, wanted);
        task.worker
    };
    assert_eq!(status("pending"), None, "support does not sell");

    text(&stage, PHONE, "online sales").await;
    stage.moment().await;
    assert_eq!(status("reserved"), Some(worker));
    text(&stage, PHONE, "off").await;
    stage.moment().await;
    status("pending");
    stage.emulator.hang_up(call);
    stage.moment().await;
    stage.curtain().await;
}
