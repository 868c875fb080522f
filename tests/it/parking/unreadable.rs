//! A record that cannot be read, as after a rollback, hides none of its neighbors.

use switchboard::features::parking::ledger::shard_name;

use crate::stage::{Setting, Stage, plant};

/// The names of the maps that parking reads a call's neighbors in.
fn maps(stage: &Stage, worker: &str) -> Vec<String> {
    let mut maps: Vec<_> = (0..64).map(shard_name).collect();
    maps.push("Global.ParkedCalls".to_owned());
    maps.push(format!("{worker}.ParkedCalls"));
    let known = stage.emulator.map_names();
    maps.retain(|map| known.contains(map));
    maps
}

#[tokio::test(start_paused = true)]
async fn a_caller_hangs_up_beside_an_unreadable_record_and_is_not_forgotten() {
    let stage = Setting::default().stage();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    let maps = maps(&stage, ann.worker().as_str());
    assert_eq!(maps.len(), 3, "index, contents, list: {maps:?}");
    for (map, number) in maps.iter().zip(0x40..) {
        plant(&stage.emulator, map, number);
    }
    let shown = sue.get("/parked-calls").await.expect("an answer");
    assert_eq!(shown.status, 200, "{shown:?}");
    assert_eq!(shown.body["calls"].as_array().map(Vec::len), Some(1));
    // Every report of the end is lost.
    let lost = switchboard::emulator::HookTrouble::Dropped;
    let lost = switchboard::emulator::Fault::webhook(lost).path("/call-status-handler");
    stage.emulator.weather().script(lost.times(9));
    stage.emulator.hang_up(caller);
    stage.seconds(60).await;
    assert_eq!(
        stage.wrap_ups(caller).len(),
        1,
        "{}",
        stage.emulator.journal()
    );
    assert!(stage.record(caller).is_none());
    stage.emulator.weather().clear();
    // It is counted and logged once, however often it is passed over. What is read leniently is not among them.
    stage.seconds(300).await;
    assert_eq!(stage.counted("switchboard_unreadable_records_total"), 1);
    let place = stage.twilio().unreadable();
    assert_eq!(place.len(), 1);
    assert_eq!(place[0].map, maps[0]);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_list_that_a_browser_garbled_is_still_a_list() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let list = format!("{}.ParkedCalls", ann.worker());
    let garbled = serde_json::json!({ "callerHangup": "no", "dateCreated": 7 });
    assert!(stage.emulator.meddle(&list, caller.as_str(), &garbled));
    let before = stage.asked();
    stage.seconds(120).await;
    let written = |line: &&String| line.starts_with("POST") && line.contains(&list);
    let since = stage.asked_since(before);
    assert_eq!(since.iter().filter(written).count(), 0, "{since:#?}");
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    assert!(stage.call(caller).conference.is_some());
    assert!(stage.listed(ann.worker(), caller).is_none());
    stage.curtain().await;
}
