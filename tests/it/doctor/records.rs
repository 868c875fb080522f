//! Records that this version cannot read.

use switchboard::cli::check::Verdict;

use super::{found, only};
use crate::stage::{Stage, plant};

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_is_named_wherever_it_is() {
    let maps = [
        "Global.ParkedCalls.3f",
        "Global.Dispatch.03",
        "Global.DispatchPhones",
        "Global.DispatchWorkers",
        "Global.DispatchCallers",
        "Global.Extensions",
        "Global.FollowUps.03",
        "Global.Voicemails.01",
        "Global.DidCallers.02",
        "Global.IntakeGuesses",
    ];
    for map in maps {
        let stage = Stage::new();
        let ann = stage.agent("ann");
        stage.parked_by(&ann).await;
        assert_eq!(
            found(&stage.examined().await, "records")[0].verdict,
            Verdict::Pass
        );
        let key = plant(&stage.emulator, map, 0xff);
        if map.ends_with("3f") {
            // The table of contents says where to look.
            plant_note(&stage.emulator, "3f");
        }
        let told = only(&stage.examined().await, "records", Verdict::Warn);
        assert!(told.contains(&key) && told.contains(map), "{map}: {told}");
        stage.curtain().await;
    }
}

/// Most of what is amiss in a note of a call that moves is read leniently.
#[tokio::test(start_paused = true)]
async fn a_note_of_a_call_on_its_way_that_cannot_be_read_is_named() {
    let stage = Stage::new();
    let note = serde_json::json!({ "until": "later" });
    let (map, key) = ("Global.OnTheWay.05", "WK00000000000000000000000000000005");
    stage.emulator.plant(map, key, &note).expect("planted");
    let told = only(&stage.examined().await, "records", Verdict::Warn);
    assert!(told.contains(key) && told.contains(map), "{told}");
    stage.curtain().await;
}

fn plant_note(emulator: &switchboard::emulator::Emulator, shard: &str) {
    let note = serde_json::json!({ "noted": 1 });
    emulator
        .plant("Global.ParkedCalls", shard, &note)
        .expect("planted");
}
