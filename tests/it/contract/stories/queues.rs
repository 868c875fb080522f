//! Calls that wait in a queue, and one that is taken out of it.

use switchboard::twilio::{
    deadline::Deadline,
    sid::{CallSid, WorkflowSid},
};

use crate::stage::Stage;

/// Looks for a caller who waits for this workflow, and takes them out; once.
pub(super) async fn taken_out(stage: &Stage, workflow: WorkflowSid, call: CallSid, by: Deadline) {
    let twilio = stage.twilio();
    let queues = twilio.call_queues(by);
    let queue = queues.of_workflow(workflow).await.expect("an answer");
    let queue = queue.expect("a queue");
    let name = queues.name(queue).await.expect("an answer");
    assert_eq!(name, workflow.to_string());
    let members = queues.members(queue).await.expect("an answer");
    let waiting: Vec<_> = members.iter().map(|it| it.call_sid).collect();
    assert_eq!(waiting, [call]);
    assert!(members[0].date_enqueued.is_some());
    assert!(queues.has(queue, call).await.expect("an answer"));
    let bye = "https://handler.twilio.com/twiml/EH2";
    let document = "<Response><Hangup/></Response>";
    stage.emulator.bin(bye, "text/xml", document);
    for taken in [true, false] {
        let out = queues.take_out(queue, call, bye).await;
        assert_eq!(out.expect("an answer"), taken);
    }
    assert!(!queues.has(queue, call).await.expect("an answer"));
}
