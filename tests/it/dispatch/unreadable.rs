//! Records that this version cannot read, as after a rollback: they ring no phone twice, and keep no worker from calls.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Answer, CallStatus, Fault, Heard, HookTrouble, Pickup};

use super::remote::{CLOSED, HOME, Remote};
use crate::stage::{Extra, Setting};

/// The map of phones in use.
const PHONES: &str = "Global.DispatchPhones";

/// Makes every item of the maps whose name begins so unreadable; gives where they are.
fn garble(remote: &Remote, maps: &str) -> Vec<(String, String)> {
    let emulator = &remote.stage.emulator;
    let mut places = vec![];
    for map in emulator.map_names() {
        if map.starts_with(maps) {
            for (key, _) in emulator.map_items(&map) {
                let garbled = json!({ "phase": "from-a-later-version", "reservationSid": 7 });
                assert!(emulator.meddle(&map, &key, &garbled));
                places.push((map.clone(), key));
            }
        }
    }
    assert!(!places.is_empty(), "{maps}");
    places
}

fn wendy() -> Answer {
    Answer::By(Pickup::human(Duration::from_secs(2)).presses(Duration::from_secs(3), "1"))
}

/// She talks to one caller, has room for another, and what tells about her phone cannot be read.
#[tokio::test(start_paused = true)]
async fn a_phone_whose_claim_cannot_be_read_does_not_ring_while_its_owner_talks() {
    for maps in [PHONES, "Global.Dispatch."] {
        for setting in [Setting::default(), Setting::default().conference()] {
            let remote = Remote::with(setting);
            let worker = remote.worker("wendy", HOME, wendy());
            let emulator = &remote.stage.emulator;
            emulator
                .set_worker_capacity(worker, "voice", 2)
                .expect("set");
            let first = remote.customer();
            remote.they_talk(30, first).await;
            garble(&remote, maps);
            let second = remote.customer();
            for _ in 0..60 {
                remote.seconds(1).await;
                let rung = remote.legs(HOME).len();
                assert_eq!(rung, 1, "{maps}: it rings twice\n{}", emulator.journal());
            }
            assert!(remote.talks(first, HOME), "{maps}");
            assert!(remote.waits(second), "{maps}");
            for caller in [first, second] {
                emulator.hang_up(caller);
            }
            remote.seconds(60).await;
        }
    }
}

/// What is left of an earlier call cannot be read; no call to her goes on.
#[tokio::test(start_paused = true)]
async fn a_claim_that_cannot_be_read_keeps_no_worker_from_a_call() {
    let remote = Remote::with(Setting::default());
    remote.worker("wendy", HOME, wendy());
    let emulator = &remote.stage.emulator;
    let first = remote.customer();
    remote.they_talk(30, first).await;
    let (map, key) = garble(&remote, PHONES).remove(0);
    emulator.hang_up(first);
    remote.seconds(120).await;
    let left = emulator.map_items(&map);
    assert!(left.iter().any(|(left, _)| *left == key), "still there");
    let second = remote.customer();
    remote.they_talk(20, second).await;
    assert_eq!(remote.legs(HOME).len(), 2, "once for each");
    // It can be read again, and is given back.
    emulator.hang_up(second);
    remote.seconds(60).await;
    assert!(emulator.map_items(&map).is_empty());
    remote.curtain().await;
}

/// A note that somebody is telling a caller that nobody is there cannot be read.
#[tokio::test(start_paused = true)]
async fn a_caller_is_told_once_although_the_note_of_it_cannot_be_read() {
    let remote = Remote::with(Setting::default().extra(Extra::Nobody));
    let emulator = &remote.stage.emulator;
    // TaskRouter's own report is lost, so that there is time to plant the note; the reconciler finds the caller.
    let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
    emulator.weather().script(lost.times(10_000));
    let customer = remote.customer();
    remote
        .until(10, "they wait", || remote.waits(customer))
        .await;
    let task = remote.task(customer).sid.to_string();
    let note = json!({ "taken": "on a later version" });
    emulator
        .plant("Global.DispatchCallers", &task, &note)
        .expect("planted");
    let over = || remote.call(customer).status == CallStatus::Completed;
    remote.until(120, "the call ends", over).await;
    let heard = remote.call(customer).heard;
    let told = Heard::Words(CLOSED.to_owned());
    let told = heard.iter().filter(|it| **it == told).count();
    assert_eq!(told, 1, "{heard:?}");
    remote.calm();
    remote.curtain().await;
}
