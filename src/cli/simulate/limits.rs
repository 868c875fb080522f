//! Twilio's limits, and how near a day came to them.
//!
//! | limit | Twilio's page |
//! |---|---|
//! | calls made by REST: 1 a second for an account, more wait their turn | "Call resource", calls per second |
//! | Sync: 20 writes and 20 reads a second on one map, over 10 s | "Sync limits" |
//! | waiting calls of one workflow: 100, up to 5,000 on request | "TaskRouter limits", "Queueing calls with TaskRouter" |
//!
//! Everything else is limited by concurrency: an account that asks too much at once is answered 429 ("REST API best
//! practices"), by numbers that Twilio does not publish, so of that only the rate can be told.

use super::{
    Day,
    options::Plan,
    traffic::{Endpoint, Rate},
};

/// How much Sync takes on one map in [ten seconds](super::traffic).
const SYNC: u32 = 200;

/// How many calls may wait for one workflow, unless Twilio was asked for more.
const WAITING: u32 = 100;

/// How long a call may wait to be dialed before that eats into the deadline budget (`DISPATCH_SLACK`), in seconds.
const TURN: f64 = 10.0;

/// One limit, and how near the day came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    pub(super) what: String,
    /// How much of it was used.
    pub(super) found: String,
    pub(super) bound: String,
    pub(super) over: bool,
}

/// Every limit that is known by a number.
pub(super) fn limits(plan: &Plan, day: &Day) -> Vec<Limit> {
    let traffic = &day.traffic;
    let turn = traffic.longest_turn.as_secs_f64();
    let dialled = calls(day);
    let seconds = plan.day.as_secs_f64();
    let mut limits = vec![
        Limit {
            what: "calls made by REST".to_owned(),
            found: format!(
                "{:.2}/s on average; one waited {turn:.0} s",
                f64::from(dialled) / seconds
            ),
            bound: format!("{}/s", plan.calls_per_second),
            over: turn > TURN,
        },
        Limit {
            what: "calls waiting in the workflow".to_owned(),
            found: day.tally.waiting.most.to_string(),
            bound: WAITING.to_string(),
            over: day.tally.waiting.most > WAITING,
        },
    ];
    let sides = [("writes", &traffic.writes), ("reads", &traffic.reads)];
    for (side, maps) in sides {
        let busiest = maps.iter().max_by_key(|(_, rate)| rate.peak);
        if let Some((map, rate)) = busiest {
            limits.push(Limit {
                what: format!("Sync {side} on one map in 10 s"),
                found: format!("{} ({map})", rate.peak),
                bound: SYNC.to_string(),
                over: rate.peak > SYNC,
            });
        }
    }
    let refused = traffic.upstream.values().map(|rate| rate.refused);
    let refused: u32 = refused.sum();
    limits.push(Limit {
        what: "refused with 429".to_owned(),
        found: refused.to_string(),
        bound: "0".to_owned(),
        over: refused > 0,
    });
    limits
}

/// How many calls were made by REST.
fn calls(day: &Day) -> u32 {
    let made = day.traffic.upstream.iter();
    let made = made.filter(|(endpoint, _)| makes_calls(endpoint));
    made.map(|(_, rate)| rate.total).sum()
}

fn makes_calls((product, method, path): &Endpoint) -> bool {
    *product == "api" && method == "POST" && path.ends_with("/Calls.json")
}

/// The limit of an endpoint, and whether the day went over it.
pub(super) fn of_endpoint(plan: &Plan, day: &Day, endpoint: &Endpoint) -> Option<(String, bool)> {
    if makes_calls(endpoint) {
        let over = day.traffic.longest_turn.as_secs_f64() > TURN;
        return Some((format!("{}/s", plan.calls_per_second), over));
    }
    let (_, method, path) = endpoint;
    let family = path.split_once("/Maps/")?.1.split('/').next()?;
    let family = family.trim_end_matches("{nn}");
    let maps = if method == "GET" {
        &day.traffic.reads
    } else {
        &day.traffic.writes
    };
    let over = |(name, rate): (&String, &Rate)| name.starts_with(family) && rate.peak > SYNC;
    Some(("20/s a map".to_owned(), maps.iter().any(over)))
}
