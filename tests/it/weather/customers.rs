//! The callers of a story: which line they call, what they key in and when, what they say into a recorder, and when they
//! have had enough.

use std::time::Duration;

use switchboard::{
    emulator::Emulator,
    rng::Rng,
    twilio::{party::E164, sid::CallSid},
};
use tokio::{task::JoinSet, time::sleep};

use super::{
    centre::{CLOSING_LINE, EXTENSIONS, NOBODYS, OWN, SHARED},
    story::Leavers,
};
use crate::stage::{DIRECT_LINE, MAIN_LINE, number};

/// What somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Whoever is free, and perhaps a call back.
    Line,
    /// The same, on the line that ends in messages.
    Closing,
    /// The extension of the plugin's own sample.
    Direct,
    /// This agent's own number.
    Own(usize),
    /// This agent, by extension; nobody, by wrong ones.
    Extension(Option<usize>),
    /// The number that agents share.
    Shared,
    /// A number that is nobody's.
    Nobodys,
}

/// Somebody who calls, or was called.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) call: CallSid,
    /// What they wanted; nothing, if they were called.
    pub(super) wish: Option<Wish>,
    /// The numbers that they may be called back at.
    pub(super) numbers: [String; 2],
}

/// The numbers of the customer who comes in this place: the one they call from, and another.
pub(super) fn numbers(nth: usize) -> [String; 2] {
    ["555", "556"].map(|exchange| format!("+1303{exchange}{nth:04}"))
}

/// Somebody does something after so many milliseconds.
type Step = (u64, Act);

enum Act {
    Press(String),
    HangUp,
}

/// Picks what somebody calls for.
pub(super) fn wish(rng: &Rng) -> Wish {
    let agent = || usize::try_from(rng.below(OWN.len() as u64)).unwrap_or(0);
    match rng.below(16) {
        0..=4 => Wish::Line,
        5..=7 => Wish::Closing,
        8 => Wish::Direct,
        9 | 10 => Wish::Own(agent()),
        11 | 12 => Wish::Extension(Some(agent())),
        13 => Wish::Extension(None),
        14 => Wish::Shared,
        _ => Wish::Nobodys,
    }
}

impl Wish {
    fn line(self) -> E164 {
        number(match self {
            Self::Line => MAIN_LINE,
            Self::Closing => CLOSING_LINE,
            Self::Direct => DIRECT_LINE,
            Self::Own(agent) => OWN[agent].0,
            Self::Extension(_) => EXTENSIONS,
            Self::Shared => SHARED,
            Self::Nobodys => NOBODYS,
        })
    }
}

impl Customer {
    /// Somebody calls; what they do on the phone is done by one of the `hands`.
    pub(super) fn calls(
        emulator: &Emulator,
        rng: &Rng,
        (wish, numbers): (Wish, [String; 2]),
        leavers: &Leavers,
        hands: &mut JoinSet<()>,
    ) -> Self {
        let call = emulator.place_call(&numbers[0], &wish.line());
        say(emulator, rng, call);
        let steps = steps(rng, wish, &numbers[1]);
        let (emulator, leavers) = (emulator.clone(), leavers.clone());
        hands.spawn(async move {
            for (after, act) in steps {
                sleep(Duration::from_millis(after)).await;
                match act {
                    Act::Press(keys) => emulator.press(call, &keys),
                    Act::HangUp => leavers.hang_up(&emulator, call),
                }
            }
        });
        Self {
            call,
            wish: Some(wish),
            numbers,
        }
    }
}

/// What they will say into a recorder, should they come to one.
fn say(emulator: &Emulator, rng: &Rng, call: CallSid) {
    let seconds = Duration::from_secs;
    match rng.below(10) {
        // Nothing.
        0 => {}
        // A cough.
        1 => emulator.speaks(call, Duration::from_millis(300 + rng.below(600)), ""),
        2 => {
            emulator.stays_silent(call, seconds(2 + rng.below(12)));
            emulator.speaks(call, seconds(4), "Are you there?");
        }
        3 => emulator.speaks(call, seconds(100), "It began in spring."),
        _ => emulator.speaks(call, seconds(2 + rng.below(20)), "Please call me."),
    }
}

/// What they do on the phone. Keys that nobody asks for yet wait for the next question.
fn steps(rng: &Rng, wish: Wish, other: &str) -> Vec<Step> {
    let soon = |longest: u64| 400 + rng.below(longest);
    let mut steps: Vec<_> = match wish {
        Wish::Line | Wish::Closing => keys_in_line(rng, other),
        Wish::Extension(agent) => keys_of_extension(rng, agent),
        _ => vec![],
    }
    .into_iter()
    .map(|keys| (soon(7_000), Act::Press(keys)))
    .collect();
    if let Some((first, _)) = steps.first_mut()
        && !matches!(wish, Wish::Extension(_))
    {
        *first += rng.below(45_000);
    }
    match rng.below(6) {
        // In the middle of it, or soon after.
        0 | 1 => {
            let place = usize::try_from(rng.below(steps.len() as u64 + 1)).unwrap_or(0);
            steps.truncate(place);
            steps.push((soon(20_000), Act::HangUp));
        }
        2 => steps.push((soon(90_000), Act::HangUp)),
        _ => {}
    }
    steps
}

fn keys_in_line(rng: &Rng, other: &str) -> Vec<String> {
    let keys = |keys: &[&str]| keys.iter().map(|it| (*it).to_owned()).collect();
    match rng.below(12) {
        0..=3 => keys(&["*", "1", "1"]),
        4 => keys(&["*11"]),
        5 => {
            let typed = format!("{}#", other.trim_start_matches('+'));
            keys(&["*", "1", "2", &typed, "1"])
        }
        // One number, and then another.
        6 => {
            let typed = format!("{}#", other.trim_start_matches('+'));
            keys(&["*", "1", "2", "9005550123#", &typed, "2", &typed, "1"])
        }
        7..=9 => keys(&["*", "2"]),
        10 => keys(&["*", "9", "*", "1", "7"]),
        _ => vec![],
    }
}

fn keys_of_extension(rng: &Rng, agent: Option<usize>) -> Vec<String> {
    let mut keys = vec![];
    for _ in 0..rng.below(3) {
        keys.push(["9999", "9998", "12"][usize::try_from(rng.below(3)).unwrap_or(0)].to_owned());
    }
    match agent {
        Some(agent) => keys.push(OWN[agent].1.to_owned()),
        None if rng.below(2) == 0 => keys.push("0".to_owned()),
        None => {}
    }
    keys
}
