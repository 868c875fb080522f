//! What becomes of a call to a worker's own phone: people, mailboxes, faxes, silence, and phones that are off.

use std::time::Duration;

use switchboard::{
    emulator::{Answer, Callee, GreetingEnd, Pickup},
    rng::Rng,
};

/// How a phone behaves for the next while. Two in three have a person at them.
pub(super) fn mood(rng: &Rng, screening: &str) -> Answer {
    let after = Duration::from_secs(1 + rng.below(15));
    let soon = Duration::from_secs(1 + rng.below(20));
    match rng.below(24) {
        0..=13 => Answer::By(person(rng, after)),
        // They press the wrong key, "not now", or hang up before or while they talk.
        14 => Answer::By(Pickup::human(after).presses(soon, "2")),
        15 => Answer::By(person(rng, after).hangs_up(Duration::from_secs(20 + rng.below(90)))),
        16 => Answer::By(Pickup::human(after).hangs_up(soon)),
        17 | 18 => Answer::By(mailbox(rng, after, screening)),
        19 => Answer::By(Pickup::new(after, Callee::Fax)),
        20 => Answer::By(Pickup::new(after, Callee::Silence)),
        21 => Answer::Busy,
        22 => Answer::Never,
        _ if rng.below(3) == 0 => Answer::Refused(21214),
        _ => Answer::Unreachable,
    }
}

/// A person who presses the key, whether asked or not, and is sometimes taken for a machine.
pub(super) fn person(rng: &Rng, after: Duration) -> Pickup {
    let person = Pickup::human(after).presses(Duration::from_secs(4 + rng.below(9)), "1");
    let greeting = Duration::from_secs(6);
    match rng.below(12) {
        0 => person.taken_for(Callee::Machine {
            greeting,
            end: GreetingEnd::Silence,
        }),
        1 => person.taken_for(Callee::Silence),
        _ => person,
    }
}

/// A mailbox. Detection alone takes one that says only its name for a person, as the guide says; where a key is asked
/// for, it may be as short as it likes.
fn mailbox(rng: &Rng, after: Duration, screening: &str) -> Pickup {
    let least = if screening == "amd" { 6 } else { 1 };
    Pickup::mailbox(after, Duration::from_secs(least + rng.below(20)))
}
