//! Measuring: the median of many batches, ours and the floor's taken in turns so that both meet the same noise.

use std::{hint::black_box, time::Duration};

use tokio::time::Instant;

/// How thoroughly to measure.
pub(crate) struct Bench {
    batches: usize,
    batch: Duration,
}

impl Bench {
    /// Some seconds an entry, or with `quick` a glance.
    pub(crate) const fn new(quick: bool) -> Self {
        let batches = if quick { 21 } else { 201 };
        Self {
            batches,
            batch: Duration::from_millis(5),
        }
    }

    /// Prints what `ours` costs beside `floor`, under `name`.
    pub(crate) fn compare<A, B>(
        &self,
        name: &str,
        mut ours: impl FnMut() -> A,
        mut floor: impl FnMut() -> B,
    ) {
        let (our_rounds, floor_rounds) = (self.rounds(&mut ours), self.rounds(&mut floor));
        let (mut our_times, mut floor_times) = (Vec::new(), Vec::new());
        for _ in 0..self.batches {
            our_times.push(nanoseconds(&mut ours, our_rounds));
            floor_times.push(nanoseconds(&mut floor, floor_rounds));
        }
        let (ours, floor) = (median(our_times), median(floor_times));
        println!(
            "{name:<34} {ours:>9.0} ns {floor:>9.0} ns {:>7.2}×",
            ours / floor
        );
    }

    /// How many rounds fill a batch, found by doubling; this also warms the caches.
    fn rounds<T>(&self, work: &mut impl FnMut() -> T) -> u32 {
        let mut rounds = 1;
        while nanoseconds(work, rounds) * f64::from(rounds) < self.batch.as_secs_f64() * 1e9 {
            rounds *= 2;
        }
        rounds
    }
}

/// What one round of `work` takes, over `rounds` of them.
fn nanoseconds<T>(work: &mut impl FnMut() -> T, rounds: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(work());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
}

/// The middle one.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
