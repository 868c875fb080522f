//! Random people in random weather: whatever they do, the small world stays whole, and a seed repeats it.

use super::{queues::Floor, *};
use crate::{emulator::Climate, rng::Rng};

#[tokio::test(start_paused = true)]
async fn a_storm_leaves_a_whole_world_and_can_be_repeated() {
    // How many is in the table of sizes, `tests/it/stage/many.rs`.
    let storms = std::env::var("STORMS").ok();
    let storms = storms.and_then(|it| it.parse().ok()).unwrap_or(4);
    for seed in 0..storms {
        let transcript = storm(seed).await;
        assert!(transcript.lines().count() > 200);
        assert_eq!(transcript, storm(seed).await, "seed {seed}");
    }
}

async fn storm(seed: u64) -> String {
    let floor = Floor::new();
    let stage = &floor.stage;
    floor.queue(
        "action=\"/hold\" waitUrl=\"/wait\"",
        "<Task>{\"a\":1}</Task>",
    );
    stage.app.on(
        "/wait",
        "<Gather numDigits=\"1\" action=\"/hold\"><Play>/audio/1</Play></Gather>",
    );
    stage
        .app
        .on("/hold", "<Say>Hold</Say><Play>/audio/2</Play><Redirect/>");
    stage.emulator.weather().random(Climate::even(0.03));
    people(&floor, seed).await;
    stage.emulator.weather().clear();
    for call in stage.emulator.calls() {
        stage.emulator.hang_up(call.sid);
    }
    stage.emulator.settled().await;
    stage.wait(30).await;
    let calls = stage.emulator.calls();
    assert!(
        calls
            .iter()
            .all(|call| call.status.is_final() && call.in_queue.is_none())
    );
    let conferences = stage.emulator.conferences();
    assert!(
        conferences
            .iter()
            .all(|it| it.ended && it.customer.is_none() && it.worker.is_none())
    );
    assert_eq!(stage.emulator.finish(), Vec::<String>::new(), "seed {seed}");
    stage.emulator.journal().to_string()
}

/// Sixty things that people do, drawn from a seed.
async fn people(floor: &Floor, seed: u64) {
    let stage = &floor.stage;
    let rng = Rng::seeded(seed);
    let mut calls = Vec::new();
    for _ in 0..60 {
        stage.wait(rng.below(20)).await;
        let any = usize::try_from(rng.below(8)).unwrap();
        let one = calls.iter().rev().nth(any).copied();
        match (rng.below(6), one) {
            (0 | 1, _) | (_, None) => calls.push(stage.call()),
            (2, Some(call)) => stage.emulator.hang_up(call),
            (3, Some(call)) => stage.emulator.press(call, "1"),
            (4, Some(call)) => {
                let hold = format!("{ORIGIN}/hold");
                let path = format!("/Calls/{call}.json");
                let form = [("Url", &*hold)];
                let update = stage.rest("POST", &path, &form);
                // In this weather an answer may be lost, or never come.
                let _ = tokio::time::timeout(Duration::from_secs(5), update).await;
            }
            (_, Some(_)) => floor.accept_any(),
        }
    }
}
