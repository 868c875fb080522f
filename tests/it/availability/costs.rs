//! What it costs: requests to Twilio for each call, each park and each quiet minute, as its chapter of the guide says.

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Stage};

/// Requests by product, without what the parking reconciler asks meanwhile.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    taskrouter: usize,
    sync: usize,
    rest: usize,
}

async fn cost(stage: &Stage, act: impl Future<Output = ()>) -> (Cost, Vec<String>) {
    let before = stage.asked();
    act.await;
    let reconciler = |line: &String| {
        line.contains("Global.ParkedCalls/Items")
            || line.starts_with("GET") && line.contains("Global.ParkedCalls.")
            || line.ends_with("/Calls.json")
            || line.ends_with("/Workers")
    };
    let asked: Vec<_> = stage.asked_since(before);
    let asked: Vec<_> = asked.into_iter().filter(|it| !reconciler(it)).collect();
    let count = |product: &str| asked.iter().filter(|it| it.contains(product)).count();
    let (taskrouter, sync) = (count(" taskrouter "), count(" sync "));
    let rest = asked.len() - taskrouter - sync;
    let cost = Cost {
        taskrouter,
        sync,
        rest,
    };
    (cost, asked)
}

/// The reconciler has just looked, and will not for the better part of a minute.
async fn just_after_a_pass(stage: &Stage) {
    let passes = || {
        let asked = stage.asked_since(0);
        asked.iter().filter(|it| it.ends_with("/Workers")).count()
    };
    let before = passes();
    let again = || passes() > before;
    stage.until(90, "the reconciler looks", again).await;
    stage.moment().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_costs_three_looks_and_four_writes() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    stage.talks_to(&ann).await;
    floor.finishes(&ann).await;
    just_after_a_pass(stage).await;
    let (call, asked) = cost(stage, async {
        stage.talks_to(&ann).await;
        floor.finishes(&ann).await;
    })
    .await;
    // Three reads of TaskRouter and one of Sync for each look: when it rings, when the agent writes up, when they are
    // done. Not ready and room for two; room for one; ready. Twice a look asks for calls on their way.
    let expected = Cost {
        taskrouter: 3 * 3 + 4,
        sync: 3 + 2,
        rest: 0,
    };
    assert_eq!(call, expected, "{asked:#?}");
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_park_costs_four_requests_more_and_what_follows_from_the_task_that_ends() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    let caller = stage.parked_by(&ann).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    // The note of the first time is gone.
    stage.seconds(200).await;
    just_after_a_pass(stage).await;
    let (park, asked) = cost(stage, stage.parks(&ann)).await;
    // The park itself: two proofs and the token's, four writes, one note, one look. Then the task is written up and
    // completed in one moment: one more look, which takes back the room.
    let expected = Cost {
        taskrouter: 3 + 3 + 1,
        sync: 3 + 1 + 1,
        rest: 2 + 1 + 1,
    };
    assert_eq!(park, expected, "{asked:#?}");
    let (picked_up, asked) = cost(stage, async {
        assert!(ann.pick_up(caller).await.expect("an answer").is_success());
        stage.moment().await;
    })
    .await;
    // The pick-up itself: three writes, one note (there is one), one look. Then it rings: a look, and room for two.
    let expected = Cost {
        taskrouter: 3 + 3 + 1,
        sync: 2 + 2 + 1,
        rest: 1,
    };
    assert_eq!(picked_up, expected, "{asked:#?}");
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_hour_of_five_hundred_agents_costs_a_request_a_second() {
    let floor = Floor::new();
    let stage = &floor.stage;
    for number in 0..500 {
        let more = serde_json::json!({ "isAcdReady": true });
        let worker = stage
            .emulator
            .add_agent(&format!("a{number}@example.com"), &more);
        worker.expect("an agent");
    }
    let before = stage.asked();
    stage.seconds(3_600).await;
    let asked = stage.asked_since(before);
    let taskrouter = asked.iter().filter(|it| it.contains(" taskrouter "));
    let an_hour = taskrouter.count();
    assert!((3_000..3_600).contains(&an_hour), "{an_hour}");
    let none = asked.iter().filter(|it| it.starts_with("POST"));
    assert_eq!(none.count(), 0, "nothing is written");

    // Nobody is asked about twice in a row: a call is followed all the same.
    let (call, asked) = cost(stage, async {
        stage.calls(MAIN_LINE).await;
    })
    .await;
    assert!(call.taskrouter <= 3 * 18 + 2, "{asked:#?}");
    floor.stage.curtain().await;
}
