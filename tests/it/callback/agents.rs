//! What agents find, and what they can do with it.

use serde_json::json;
use switchboard::{
    emulator::{Browser, Fault, Reply, RestTrouble},
    twilio::sid::TaskSid,
};

use super::line::Line;

pub(super) const REQUEUE: &str = "/features/callback-and-voicemail/flex/requeue-callback";

/// A call-back that Ann has accepted.
async fn accepted(line: &Line) -> (Browser, TaskSid) {
    let ann = line.agent("ann");
    ann.go_to("Offline").expect("an activity");
    let call = line.caller().await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(20).await;
    let task = line.follow_up().sid;
    ann.go_to("Available").expect("an activity");
    line.moment().await;
    line.accepts(&ann).await;
    assert_eq!(ann.tasks(), [task]);
    (ann, task)
}

async fn requeue(agent: &Browser, task: TaskSid) -> Reply {
    let reply = agent.post(REQUEUE, &[("taskSid", task.as_str())]).await;
    reply.expect("an answer")
}

/// The published function answers no task, because it reads the wrong member, and a double click makes two.
#[tokio::test(start_paused = true)]
async fn f16_a_call_back_that_is_put_into_line_again_is_one_task_and_is_named() {
    let line = Line::new();
    let (ann, task) = accepted(&line).await;
    let twice = tokio::join!(requeue(&ann, task), requeue(&ann, task));
    for reply in [&twice.0, &twice.1] {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.body["success"], true);
    }
    assert_eq!(twice.0.body["taskSid"], twice.1.body["taskSid"]);
    // The plugin completes the old one, and the agent presses a third time all the same.
    ann.complete(task).expect("completed");
    line.seconds(60).await;
    let third = requeue(&ann, task).await;
    assert_eq!(third.body["taskSid"], twice.0.body["taskSid"], "{third:?}");
    let made: TaskSid = third.body["taskSid"]
        .as_str()
        .expect("a SID")
        .parse()
        .expect("a SID");
    let again = line.emulator.task(made).expect("a task");
    assert_eq!(line.follow_ups().len(), 2, "the old one and the new one");
    assert_eq!(Line::data(&again, "attempts"), 1);
    assert_eq!(again.attributes["taskType"], "callback");
    assert_eq!(again.attributes["skill"], json!("billing"));
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn only_whose_task_it_is_puts_it_into_line_again() {
    let line = Line::new();
    let (_ann, task) = accepted(&line).await;
    let bob = line.agent("bob");
    assert_eq!(requeue(&bob, task).await.status, 403);
    let sue = line.supervisor("sue");
    assert_eq!(requeue(&sue, task).await.status, 200);
    let nothing = "WT00000000000000000000000000000001".parse().expect("a SID");
    assert_eq!(requeue(&sue, nothing).await.status, 404);
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_no_call_back_cannot_be_put_into_line_again() {
    let line = Line::new();
    let ann = line.agent("ann");
    let call = line.caller().await;
    line.accepts(&ann).await;
    assert_eq!(requeue(&ann, line.task_of(call).sid).await.status, 409);
    assert!(line.follow_ups().is_empty());
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_back_is_put_into_line_once_though_twilios_answer_is_lost() {
    for trouble in [
        RestTrouble::Lost,
        RestTrouble::LostHanging,
        RestTrouble::Reset,
    ] {
        let line = Line::new();
        let (ann, task) = accepted(&line).await;
        let fault = Fault::rest(trouble).method("POST").path("/Tasks");
        line.emulator.weather().script(fault);
        let first = requeue(&ann, task).await;
        line.seconds(40).await;
        let second = requeue(&ann, task).await;
        assert_eq!(second.status, 200, "{trouble:?}: {first:?} {second:?}");
        assert_eq!(
            line.follow_ups().len(),
            2,
            "{trouble:?}: the old one and the new one"
        );
        line.close().await;
    }
}
