//! Weather: random stories × random faults × crashes × three replicas. Whatever happened, once things have settled
//! nobody is lost, forgotten or answered twice.
//!
//! There are two kinds of story. In the yard ([`story`]) calls are parked and picked up, at great speed. In the whole
//! center ([`whole`]) everything that a caller can come to plays together: the line with its offer to be called back,
//! agents' own numbers and extensions, the number they share, queues that nobody serves, messages, parking.
//!
//! `WEATHER_RUNS=10000 cargo test weather` plays that many stories of the yard, from number `WEATHER_FROM` on;
//! `CENTRE_RUNS` and `CENTRE_FROM` are those of the whole center. Each grows from its number alone, so
//! `SEED=4711 cargo test weather -- --nocapture` plays one of the yard again and prints its transcript, and
//! `CENTRE=4711` one of the center.

mod centre;
mod customers;
mod ends;
mod judgement;
mod staff;
mod story;
mod watch;
mod whole;

use std::{fmt, sync::Mutex};

use judgement::Held;
use story::Play;

use crate::stage::many::{self, number, wanted};

/// In how many of those everything that can happen must have happened.
const MANY: u64 = 200;

#[test]
fn whatever_the_weather_nobody_is_lost_forgotten_or_answered_twice() {
    if let Some(seed) = number("SEED") {
        let play = many::play(story::play(seed));
        println!("{}", play.transcript());
        let faults = judgement::of(&play);
        assert!(faults.is_empty(), "SEED={seed}: {faults:#?}");
        return;
    }
    let runs = wanted("WEATHER_RUNS");
    let from = number("WEATHER_FROM").unwrap_or(0);
    let told = Told::default();
    let failures = many::failures(from..from + runs, |seed| {
        let play = many::play(story::play(seed));
        told.add(came_to(&play));
        let faults = judgement::of(&play);
        (!faults.is_empty()).then(|| format!("SEED={seed}: {faults:#?}"))
    });
    println!("weather: {runs} stories, {told}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn whatever_the_weather_every_caller_of_the_whole_centre_comes_to_one_end() {
    if let Some(seed) = number("CENTRE") {
        let (journal, faults) = many::play(async {
            let whole = whole::play(seed).await;
            (whole.play.transcript(), whole.faults)
        });
        println!("{journal}");
        assert!(faults.is_empty(), "CENTRE={seed}: {faults:#?}");
        return;
    }
    let runs = wanted("CENTRE_RUNS");
    let from = number("CENTRE_FROM").unwrap_or(0);
    let told = Told::default();
    let failures = many::failures(from..from + runs, |seed| {
        let whole = many::play(whole::play(seed));
        told.add(ends::came_to(&whole));
        (!whole.faults.is_empty()).then(|| format!("CENTRE={seed}: {:#?}", whole.faults))
    });
    println!("weather over the whole centre: {runs} stories, {told}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    if runs >= MANY {
        let never = told.never();
        assert!(never.is_empty(), "in {runs} stories never: {never:?}");
    }
}

/// Plays a story of the whole center for a test that looks at something else.
pub(crate) async fn a_whole_story(seed: u64) {
    whole::play(seed).await;
}

/// What a story of the yard came to.
fn came_to(play: &Play) -> Vec<(&'static str, usize)> {
    let (parks, pick_ups) = play.parks_and_pick_ups();
    let callers = || play.callers.iter().copied();
    let hung_up = |call: &_| judgement::ended_on_hold(play, *call) == Held::Yes;
    vec![
        ("calls", play.callers.len()),
        ("parked", parks),
        ("picked up", pick_ups),
        (
            "on hold at the end",
            callers().filter(|it| play.stage.on_hold(*it)).count(),
        ),
        ("hung up on hold", callers().filter(hung_up).count()),
        ("crashes", play.crashes),
        ("restarts", play.restarts),
    ]
}

/// What all stories together came to: a test in which nothing happens proves nothing.
#[derive(Default)]
struct Told(Mutex<Vec<(&'static str, usize)>>);

impl Told {
    fn add(&self, one: Vec<(&'static str, usize)>) {
        let mut all = self.0.lock().unwrap();
        if all.is_empty() {
            *all = one;
        } else {
            for (sum, (_, more)) in all.iter_mut().zip(one) {
                sum.1 += more;
            }
        }
    }

    /// What never happened.
    fn never(&self) -> Vec<&'static str> {
        let all = self.0.lock().unwrap();
        let never = all.iter().filter(|(_, sum)| *sum == 0);
        never.map(|(name, _)| *name).collect()
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.lock().unwrap();
        let said: Vec<_> = all
            .iter()
            .map(|(name, sum)| format!("{sum} {name}"))
            .collect();
        f.write_str(&said.join(", "))
    }
}
