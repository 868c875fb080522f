//! Calls that come back by themselves after `PARK_TIMEOUT`.

use serde_json::json;

use crate::stage::{Setting, Stage, live_task};

fn stage() -> Stage {
    Setting::default().variable("PARK_TIMEOUT", "120").stage()
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_call_rings_at_the_worker_who_parked_it() {
    let stage = stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage
        .until(155, "the call rings at Ann's", || !ann.offers().is_empty())
        .await;
    assert!(!stage.on_hold(caller));
    stage.accepts(&ann).await;
    assert!(stage.call(caller).conference.is_some(), "they talk");
    let task = stage.emulator.task(live_task(&ann)).expect("the task");
    assert_eq!(
        task.attributes["autoAnswer"], false,
        "nobody is connected to an empty desk"
    );
    assert_eq!(task.attributes["targetWorker"], json!(ann.worker()));
    stage.seconds(60).await;
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "no longer parked"
    );
    assert!(
        stage.call(caller).conference.is_some(),
        "and nothing has disturbed them"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_takes_it_so_it_goes_back_on_hold_and_at_last_to_its_workflow() {
    let stage = stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let bob = stage.agent("bob");
    for _ in 0..2 {
        stage
            .until(185, "it rings at Ann's", || !ann.offers().is_empty())
            .await;
        assert!(bob.offers().is_empty(), "and at nobody else's");
        stage
            .until(65, "it is back on hold", || stage.on_hold(caller))
            .await;
        stage.seconds(30).await;
        assert!(stage.listed(ann.worker(), caller).is_some(), "and listed");
    }
    ann.go_to("Offline").expect("an activity");
    stage
        .until(185, "it rings at whoever is free", || {
            !bob.offers().is_empty()
        })
        .await;
    stage.accepts(&bob).await;
    assert!(stage.call(caller).conference.is_some());
    stage.seconds(60).await;
    assert!(stage.listed(ann.worker(), caller).is_none());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_caller_hangs_up_while_coming_back_unanswered() {
    let stage = stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage
        .until(155, "it rings at Ann's", || !ann.offers().is_empty())
        .await;
    stage.emulator.hang_up(caller);
    stage.seconds(90).await;
    assert_eq!(stage.wrap_ups(caller).len(), 1, "they are not forgotten");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn picking_up_before_the_time_keeps_it_from_coming_back() {
    let stage = stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(60).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.seconds(600).await;
    assert!(stage.call(caller).conference.is_some(), "still talking");
    assert_eq!(stage.emulator.tasks().len(), 1, "no other task was made");
    stage.curtain().await;
}
