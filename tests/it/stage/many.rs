//! Many stories, each grown from its number alone, played on all processors at once, each on a virtual time of its own.
//!
//! How many is said in one place: [`SIZES`]. What `cargo test` plays by itself should fit into three minutes on two cores (it
//! takes three), and has every kind of story in it; `.ci/run` sets the large numbers by environment. A fault that is found in the
//! large run is played again by its number, however few are played by default.

use std::{
    env,
    num::NonZero,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use tokio::runtime::Builder;

/// How much a large test plays.
pub(crate) struct Size {
    /// The variable that says otherwise.
    pub(crate) variable: &'static str,
    /// What `cargo test` plays.
    pub(crate) small: u64,
    /// What `.ci/run` plays.
    pub(crate) large: u64,
    /// What is counted.
    pub(crate) what: &'static str,
}

const fn size(variable: &'static str, small: u64, large: u64, what: &'static str) -> Size {
    Size {
        variable,
        small,
        large,
        what,
    }
}

/// Every test that can play more than it does by default. `ROUTED_TASKS` and `STORMS` are
/// unit tests of the emulator.
pub(crate) const SIZES: [Size; 12] = [
    size(
        "WEATHER_RUNS",
        30,
        5_000,
        "stories of parking in random weather",
    ),
    size(
        "CENTRE_RUNS",
        4,
        300,
        "stories of the whole contact center in random weather",
    ),
    size("DAYS", 1, 84, "days of a contact center"),
    size(
        "DAY_HOURS",
        6,
        24,
        "hours of such a day; it is open for a third of them",
    ),
    size(
        "DISPATCH_DAYS",
        8,
        40,
        "days of two workers on their own phones",
    ),
    size(
        "DISPATCH_CROWDS",
        12,
        200,
        "days of crowds who leave before the phone is answered",
    ),
    size(
        "EXTENSION_RUNS",
        15,
        100,
        "stories of extensions in random weather",
    ),
    size(
        "AVAILABILITY_CASES",
        12,
        48,
        "random orders of events for availability",
    ),
    size(
        "MATRIX",
        5,
        1,
        "one case in so many, where every fault meets every step",
    ),
    size(
        "ROUTED_TASKS",
        16_000,
        48_000,
        "tasks of a large day in TaskRouter",
    ),
    size("STORMS", 4, 20, "storms over the emulator alone"),
    size(
        "STRANGERS",
        700,
        10_000,
        "strangers of each kind who hold connections over TCP",
    ),
];

/// How much of what a variable of [`SIZES`] counts is to be played.
pub(crate) fn wanted(variable: &str) -> u64 {
    let size = SIZES.iter().find(|size| size.variable == variable);
    let size = size.unwrap_or_else(|| panic!("{variable} is not in the table of sizes"));
    number(variable).unwrap_or(size.small)
}

/// Which cases of a matrix are played: every `MATRIX`th, or all of them with `MATRIX=1`.
///
/// The default has no divisor in common with the numbers of faults, steps and kinds, so that each of them is met, though
/// not each with each.
pub(crate) struct Part {
    every: u64,
    seen: u64,
}

impl Part {
    pub(crate) fn of_a_matrix() -> Self {
        Self {
            every: wanted("MATRIX").max(1),
            seen: 0,
        }
    }

    /// Whether the next case is left out.
    pub(crate) fn skips(&mut self) -> bool {
        self.seen += 1;
        !(self.seen - 1).is_multiple_of(self.every)
    }
}

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
