//! Whether a simulated day is the same day again, ends as it should, agrees with queueing theory, and is told well.

mod erlang;
mod guide;
mod telling;

use std::time::Duration;

use clap::Parser;

use super::{Day, day, options::Plan, progress::Progress, report};
use crate::cli::{Arguments, Command};

/// The plan that some options ask for.
fn plan(options: &str) -> Plan {
    let words = ["switchboard", "simulate"].into_iter();
    let arguments = Arguments::try_parse_from(words.chain(options.split_whitespace()));
    let Command::Simulate(options) = arguments.unwrap().command else {
        panic!("another command");
    };
    Plan::new(&options).unwrap()
}

/// What is wrong with some options.
fn complaint(options: &str) -> String {
    let words = ["switchboard", "simulate"].into_iter();
    match Arguments::try_parse_from(words.chain(options.split_whitespace())) {
        Err(error) => error.to_string(),
        Ok(Arguments {
            command: Command::Simulate(options),
        }) => Plan::new(&options).unwrap_err(),
        Ok(_) => panic!("another command"),
    }
}

fn played(options: &str) -> (Plan, Day) {
    let plan = plan(options);
    let day = day(&plan, &Progress::hidden()).unwrap();
    (plan, day)
}

#[test]
fn the_same_seed_is_the_same_day() {
    let told = |seed: &str| {
        let options = "--agents 12 --calls-per-hour 200 --hours 1 --remote 0.4 --seed ";
        let (plan, day) = played(&format!("{options}{seed}"));
        report::text(&plan, &day)
    };
    let first = told("3");
    assert_eq!(first, told("3"));
    assert_ne!(first, told("4"));
}

#[test]
fn every_call_and_every_offer_comes_to_an_end() {
    // More calls than the agents can take, and phones that mostly fail.
    let (plan, day) = played(
        "--agents 10 --calls-per-hour 220 --hours 1 --remote 0.6 --unseen 0.3 \
         --mailbox 0.2 --busy 0.1 --no-answer 0.2 --declined 0.2 --patience 90 --set DISPATCH_SCREENING=both",
    );
    assert!(day.left.is_empty(), "{:#?}", day.left);
    let tally = &day.tally;
    assert_eq!(tally.lost, 0);
    let ended = tally.waits.len() + tally.vain.len();
    assert_eq!(tally.arrived() as usize, ended);
    for offers in [&tally.flex, &tally.phones] {
        let rejected: u32 = offers.rejected.values().sum();
        let ended = offers.accepted + offers.canceled + offers.timed_out + rejected;
        assert_eq!(offers.made, ended, "{offers:?}");
    }
    assert!(tally.flex.timed_out > 0 && tally.flex.rejected.is_empty());
    for cause in ["busy", "declined", "machine", "no-answer"] {
        assert!(
            tally.phones.rejected.contains_key(cause),
            "nobody was {cause}"
        );
    }
    for cause in ["lost", "not recorded"] {
        let rejected = &tally.phones.rejected;
        assert!(!rejected.contains_key(cause), "{rejected:?}");
    }
    assert_eq!(tally.phones.timed_out, 0);
    let text = report::text(&plan, &day);
    assert!(text.contains("rejected: declined"), "{text}");
    assert!(
        day.traffic.warnings.keys().all(|code| *code == 14_217),
        "{text}"
    );
}

/// Impatient callers, and workers whose phones work: a free worker is rung for the next caller at once.
#[test]
fn no_worker_is_refused_because_a_caller_before_hung_up() {
    for seed in [1, 2] {
        let (_, day) = played(&format!(
            "--agents 20 --remote 1 --calls-per-hour 420 --hours 1 --patience 60 --mailbox 0 --no-answer 0 --busy 0 \
             --declined 0 --seed {seed}"
        ));
        let phones = &day.tally.phones;
        assert!(phones.canceled > 20, "{phones:?}");
        assert!(phones.rejected.is_empty(), "seed {seed}: {phones:?}");
    }
}

#[test]
fn a_busy_line_is_seen_in_the_figures() {
    let (_, quiet) = played("--agents 20 --calls-per-hour 100 --hours 1 --remote 0");
    let (_, busy) = played("--agents 5 --calls-per-hour 100 --hours 1 --remote 0");
    let late = |day: &Day| day.tally.arrived() - day.tally.in_time();
    assert!(late(&busy) > late(&quiet) + 10);
    assert!(busy.tally.waiting.most > quiet.tally.waiting.most);
    let hour = Duration::from_hours(1);
    assert!(busy.tally.talking.area(hour) < 5.0 * hour.as_secs_f64());
    assert_eq!(quiet.tally.phones.made, 0);
}

#[test]
fn what_is_wrong_is_said_with_the_name_of_the_option() {
    for (given, named, expected) in [
        ("--remote 2", "--remote", "expected a share from 0 to 1"),
        ("--agents 0", "--agents", "0 is not in 1..=15000"),
        ("--hours 30", "--hours", "30 is not in 1..=24"),
        ("--talk 0", "--talk", "expected a number of seconds from 1"),
        ("--chart day.png", "--chart", "ends in .svg or .html"),
        ("--set RING", "--set", "expected NAME=VALUE"),
        (
            "--set PARK_TIMOUT=60",
            "--set",
            "there is no variable PARK_TIMOUT: is PARK_TIMEOUT meant?",
        ),
        (
            "--set COLOR=red",
            "--set",
            "there is no variable COLOR; .env.example lists them all",
        ),
        (
            "--mailbox 0.7 --busy 0.6",
            "--mailbox",
            "a sum of at most 1",
        ),
        (
            "--hours 1 --calls-per-hour 5,6",
            "--calls-per-hour",
            "at most --hours (1)",
        ),
    ] {
        let text = complaint(given);
        assert!(text.contains(named) && text.contains(expected), "{text}");
    }
}

#[test]
fn a_variable_the_server_refuses_is_named() {
    let error = day(
        &plan("--hours 1 --set DISPATCH_RING=soon"),
        &Progress::hidden(),
    )
    .unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("--set") && text.contains("DISPATCH_RING"),
        "{text}"
    );
}
