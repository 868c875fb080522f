//! Weather: random stories × random faults × crashes × three replicas. Whatever happened, once things have settled
//! nobody is lost, forgotten or answered twice.
//!
//! `WEATHER_RUNS=10000 cargo test weather` plays that many stories, from number `WEATHER_FROM` on; each grows from its
//! number alone, so `SEED=4711 cargo test weather -- --nocapture` plays one of them again and prints its transcript.

mod judgement;
mod story;

use std::sync::atomic::{AtomicU64, Ordering};

use judgement::Held;
use story::Tale;

use crate::stage::many::{self, number};

/// How many stories are played when nobody says.
const RUNS: u64 = 150;

#[test]
fn whatever_the_weather_nobody_is_lost_forgotten_or_answered_twice() {
    if let Some(seed) = number("SEED") {
        let tale = play(seed);
        println!("{}", tale.transcript());
        let faults = judgement::of(&tale);
        assert!(faults.is_empty(), "SEED={seed}: {faults:#?}");
        return;
    }
    let runs = number("WEATHER_RUNS").unwrap_or(RUNS);
    let from = number("WEATHER_FROM").unwrap_or(0);
    let told = Told::default();
    let failures = many::failures(from..from + runs, |seed| {
        let tale = play(seed);
        told.add(&tale);
        let faults = judgement::of(&tale);
        (!faults.is_empty()).then(|| format!("SEED={seed}: {faults:#?}"))
    });
    println!("weather: {runs} stories, {told}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn play(seed: u64) -> Tale {
    many::play(story::play(seed))
}

/// What all stories together came to: a test in which nothing happens proves nothing.
#[derive(Default)]
struct Told {
    calls: AtomicU64,
    parks: AtomicU64,
    pick_ups: AtomicU64,
    held_to_the_end: AtomicU64,
    hang_ups_on_hold: AtomicU64,
    crashes: AtomicU64,
}

impl Told {
    fn add(&self, tale: &Tale) {
        let sums = [
            (&self.calls, tale.callers.len()),
            (&self.parks, tale.parks),
            (&self.pick_ups, tale.pick_ups),
            (
                &self.held_to_the_end,
                tale.callers
                    .iter()
                    .filter(|caller| tale.stage.on_hold(**caller))
                    .count(),
            ),
            (
                &self.hang_ups_on_hold,
                tale.callers
                    .iter()
                    .filter(|caller| judgement::ended_on_hold(tale, **caller) == Held::Yes)
                    .count(),
            ),
            (&self.crashes, tale.crashes),
        ];
        for (sum, more) in sums {
            sum.fetch_add(more as u64, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let read = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        write!(
            f,
            "{} calls, {} parked, {} picked up, {} on hold at the end, {} hung up on hold, {} crashes",
            read(&self.calls),
            read(&self.parks),
            read(&self.pick_ups),
            read(&self.held_to_the_end),
            read(&self.hang_ups_on_hold),
            read(&self.crashes)
        )
    }
}
