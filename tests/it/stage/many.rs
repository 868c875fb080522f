//! Many stories, each grown from its number alone: how many is a matter of the environment, and they are played on all
//! processors at once, each on a virtual time of its own.

use std::{
    env,
    num::NonZero,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use tokio::runtime::Builder;

/// After how many failures a processor plays no more.
const ENOUGH: usize = 3;

/// What a variable of the environment says, if it is a number.
pub(crate) fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().and_then(|text| text.parse().ok())
}

/// Plays one story on a virtual time of its own.
pub(crate) fn play<T>(story: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(story)
}

/// Has every number played, and gathers what was wrong.
pub(crate) fn failures(
    numbers: Range<u64>,
    story: impl Fn(u64) -> Option<String> + Sync,
) -> Vec<String> {
    let next = AtomicU64::new(numbers.start);
    let work = || {
        let mut failures = vec![];
        while failures.len() < ENOUGH {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= numbers.end {
                break;
            }
            failures.extend(story(number));
        }
        failures
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let hands: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let hands = hands.into_iter();
        hands
            .flat_map(|hand| hand.join().expect("no panic in a story"))
            .collect()
    })
}
