//! A day without surprises agrees with Erlang's formulas: the best proof that callers are routed as they should be.
//!
//! No agent is on their own phone, agents accept at once and see everything, nothing is written up, conversations are
//! exponential. Then the line is an M/M/N queue, first come, first served: with endless patience Erlang C tells how
//! many wait and for how long (A. K. Erlang, 1917), with exponential patience Erlang A tells how many give up
//! (C. Palm, 1946). The seeds are given, so a day is off by as much each time: the tolerances are two to three
//! standard errors of a day of this length.

use std::time::Duration;

use super::{super::tally::mean, played};

/// How many there are, of whom each may be lost in rounding.
#[expect(clippy::cast_precision_loss, reason = "callers are counted, not atoms")]
fn count(all: usize) -> f64 {
    all as f64
}

/// The chance that a caller waits, with `agents` and a load in erlangs.
fn erlang_c(agents: u32, load: f64) -> f64 {
    let mut blocked = 1.0;
    for agent in 1..=agents {
        blocked = load * blocked / (f64::from(agent) + load * blocked);
    }
    let agents = f64::from(agents);
    agents * blocked / (agents - load * (1.0 - blocked))
}

/// The share of callers who give up: rates are a second, and the queue is cut where no caller ever is.
fn erlang_a(agents: u32, arrivals: f64, service: f64, patience: f64) -> f64 {
    let (mut weight, mut all, mut queued) = (1.0, 1.0, 0.0);
    for present in 1..=agents + 500 {
        let waiting = f64::from(present.saturating_sub(agents));
        let served = f64::from(present.min(agents));
        weight *= arrivals / (served * service + waiting * patience);
        all += weight;
        queued += weight * waiting;
    }
    patience * (queued / all) / arrivals
}

#[test]
fn the_formulas_are_right() {
    // From published tables: 10 agents at 8 erlangs, 0.409; and patience makes no difference when no caller waits.
    assert!((erlang_c(10, 8.0) - 0.409).abs() < 0.001);
    assert!(erlang_a(100, 0.1, 0.1, 0.01) < 1e-9);
}

#[test]
fn waits_agree_with_erlang_c() {
    let (plan, day) = played(
        "--agents 10 --calls-per-hour 450 --hours 8 --remote 0 --talk 60 --talk-shape exponential --wrap 0 \
         --patience 0 --accept 0 --unseen 0 --within 10 --seed 2",
    );
    assert!(day.left.is_empty(), "{:#?}", day.left);
    let (agents, talk) = (10.0, 60.0);
    let load = 450.0 * talk / 3_600.0;
    let waits = erlang_c(10, load);
    let tally = &day.tally;
    let arrived = f64::from(tally.arrived());
    let at_once = Duration::from_millis(100);
    let delayed = tally.waits.iter().filter(|wait| **wait > at_once).count();
    let delayed = count(delayed) / arrived;
    assert!(
        (delayed - waits).abs() < 0.06,
        "{delayed} waited, not {waits}"
    );
    let wanted = waits * talk / (agents - load);
    let found = mean(&tally.waits).as_secs_f64();
    assert!(
        (found / wanted - 1.0).abs() < 0.2,
        "{found} s, not {wanted} s"
    );
    let in_time = f64::from(tally.in_time()) / arrived;
    let level = 1.0 - waits * (-(agents - load) * 10.0 / talk).exp();
    assert!((in_time - level).abs() < 0.04, "{in_time}, not {level}");
    let busy = tally.talking.area(plan.day) / (agents * plan.day.as_secs_f64());
    assert!((busy - load / agents).abs() < 0.03, "{busy} busy");
    assert!(tally.vain.is_empty());
}

#[test]
fn those_who_give_up_agree_with_erlang_a() {
    let (_, day) = played(
        "--agents 8 --calls-per-hour 600 --hours 5 --remote 0 --talk 60 --talk-shape exponential --wrap 0 \
         --patience 60 --accept 0 --unseen 0 --seed 2",
    );
    let wanted = erlang_a(8, 600.0 / 3_600.0, 1.0 / 60.0, 1.0 / 60.0);
    let found = count(day.tally.vain.len()) / f64::from(day.tally.arrived());
    assert!((found - wanted).abs() < 0.025, "{found}, not {wanted}");
}
