//! What is lost, late, repeated or killed: a few minutes later every worker stands as they should.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::{
    emulator::{Fault, HookTrouble, RestTrouble},
    twilio::{deadline::Deadline, resource::workers::WorkerChange},
};

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Setting, live_task, many::Part};

/// As long as it may take until everybody was looked at: a small floor is looked at one by one.
const A_WHILE: u64 = 300;

#[tokio::test(start_paused = true)]
async fn a_lost_event_is_made_good() {
    // Each of the events of a call that is parked and picked up, lost in turn.
    for lost in 1..=12 {
        let floor = Floor::new();
        let (stage, ann) = (&floor.stage, floor.agent("ann"));
        let weather = stage.emulator.weather();
        let event = || Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
        weather.script(event().nth(lost));
        let caller = stage.parked_by(&ann).await;
        assert!(ann.pick_up(caller).await.expect("an answer").is_success());
        stage.moment().await;
        floor.finishes(&ann).await;
        weather.clear();
        let what = format!("event {lost} is lost");
        floor.comes_right(ann.worker(), 90, &what).await;
        assert_eq!(floor.set(ann.worker()), (true, 1), "{what}");
        floor.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_event_everybody_is_right_all_the_same() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    stage.emulator.events_to(None, None);
    let caller = stage.calls(MAIN_LINE).await;
    stage.accepts(&ann).await;
    floor.comes_right(ann.worker(), A_WHILE, "she talks").await;
    stage.emulator.hang_up(caller);
    stage.moment().await;
    for task in ann.tasks() {
        ann.complete(task).expect("completed");
    }
    floor.comes_right(ann.worker(), 90, "she is free").await;
    assert_eq!(floor.set(ann.worker()), (true, 1));
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_writes_over_ours_is_put_right() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    floor.stands(&ann, (true, 1), "free").await;
    let twilio = stage.twilio();
    let by = || Deadline::after(Duration::from_secs(30));
    let overwrite = async |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let worker = twilio.workers(by()).fetch(ann.worker()).await;
        let mut attributes = worker.expect("a worker").attributes;
        change(&mut attributes);
        let change = WorkerChange {
            attributes: Some(attributes),
            ..WorkerChange::default()
        };
        let written = twilio.workers(by()).update(ann.worker(), &change, None);
        written.await.expect("written");
    };
    // A single sign-on that knows nothing of it, and a browser that computes from an old copy.
    overwrite(&|attributes| drop(attributes.remove("isAcdReady"))).await;
    let set = || stage.emulator.worker(ann.worker()).unwrap().attributes["isAcdReady"] == true;
    stage.until(70, "it is there again", set).await;
    overwrite(&|attributes| drop(attributes.insert("isAcdReady".to_owned(), json!(false)))).await;
    stage.until(70, "she is ready again", set).await;
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m17_fifty_writers_of_other_attributes_lose_nothing() {
    let floor = Floor::with(Setting::default().replicas(2));
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    let (twilio, worker) = (stage.twilio(), ann.worker());
    let write = |key: usize| {
        let twilio = twilio.clone();
        async move {
            let by = Deadline::after(Duration::from_mins(5));
            loop {
                let it = twilio.workers(by).fetch(worker).await.expect("a worker");
                let mut attributes = it.attributes.clone();
                attributes.insert(format!("key{key}"), json!(key));
                let change = WorkerChange {
                    attributes: Some(attributes),
                    ..WorkerChange::default()
                };
                let revision = it.revision.as_deref();
                match twilio.workers(by).update(worker, &change, revision).await {
                    Err(error) if error.is_outdated() => {}
                    other => return other.map(|_| ()).expect("written"),
                }
            }
        }
    };
    let writers = futures_util::future::join_all((0..50).map(write));
    let calls = async {
        for _ in 0..3 {
            stage.talks_to(&ann).await;
            floor.finishes(&ann).await;
        }
    };
    tokio::join!(writers, calls);
    floor.stands(&ann, (true, 1), "free").await;
    let attributes = stage.emulator.worker(worker).expect("a worker").attributes;
    for key in 0..50 {
        assert_eq!(attributes[format!("key{key}")], key, "{attributes}");
    }
    assert_eq!(attributes["directExtension"], "1234");
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn any_fault_of_taskrouter_is_made_good() {
    let mut part = Part::of_a_matrix();
    for trouble in [
        RestTrouble::Answer(429, 20_429),
        RestTrouble::Answer(503, 20_503),
        RestTrouble::Answer(412, 20_412),
        RestTrouble::Hang,
        RestTrouble::Lost,
        RestTrouble::LostHanging,
    ] {
        for (nth, times) in (1..=8).flat_map(|nth| [(nth, 1), (nth, 20)]) {
            if part.skips() {
                continue;
            }
            let floor = Floor::new();
            let (stage, ann) = (&floor.stage, floor.agent("ann"));
            let workers = Fault::rest(trouble).product("taskrouter").path("/Workers/");
            let weather = stage.emulator.weather();
            weather.script(workers.nth(nth).times(times));
            let caller = stage.calls(MAIN_LINE).await;
            stage.accepts(&ann).await;
            let parked = ann.park(live_task(&ann)).await.expect("an answer");
            stage.seconds(30).await;
            weather.clear();
            let what = format!("{trouble:?} × {times} at {nth}");
            floor.comes_right(ann.worker(), 180, &what).await;
            if parked.is_success() {
                assert!(stage.on_hold(caller), "{what}: parked all the same");
                assert!(ann.pick_up(caller).await.expect("an answer").is_success());
                stage.moment().await;
            }
            assert!(stage.call(caller).conference.is_some(), "{what}: they talk");
            floor.finishes(&ann).await;
            floor.comes_right(ann.worker(), 180, &what).await;
            assert_eq!(floor.set(ann.worker()), (true, 1), "{what}");
            floor.stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_is_killed_between_any_two_requests_leaves_nobody_wrong() {
    let mut part = Part::of_a_matrix();
    for (nth, acted) in (1..=24).flat_map(|nth| [(nth, false), (nth, true)]) {
        if part.skips() {
            continue;
        }
        let floor = Floor::with(Setting::default().replicas(2));
        let (stage, ann) = (&floor.stage, floor.agent("ann"));
        stage.talks_to(&ann).await;
        stage.kill_at(0, nth, acted);
        let _answer = ann.park(live_task(&ann)).await;
        stage.seconds(5).await;
        let what = format!("killed at request {nth}, acted: {acted}");
        // The first one may be alive yet: it dies by the way, or now.
        stage.kill(0);
        floor.comes_right(ann.worker(), A_WHILE, &what).await;
        stage.start(0);
        stage.seconds(30).await;
        assert_eq!(floor.set(ann.worker()), floor.truth(ann.worker()), "{what}");
    }
}
