//! What a day is made of: the options of the command, and the [`Plan`] they make.
//!
//! Every option has a unit and a bound, and a message that says what was expected. What only the whole can tell (shares
//! that add up to more than one, variables the server would not start with) is checked in [`Plan::new`].

use std::{collections::HashMap, path::PathBuf, time::Duration};

use super::habits::Shape;
use crate::{app::TABLE, config::no_variable};

/// The most workers a workspace holds (Twilio: "Worker resource").
const MOST_AGENTS: i64 = 15_000;

/// How a day is simulated.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Options {
    /// How many agents work, all day long
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=MOST_AGENTS))]
    agents: u32,
    /// The share of them who are at their own phones; the others sit in Flex
    #[arg(long, default_value = "0.2", value_name = "SHARE", value_parser = share)]
    remote: f64,
    /// How many callers arrive in an hour; several numbers, parted by commas, for one hour each, the last for the rest
    #[arg(long, default_value = "600", value_name = "NUMBER", value_delimiter = ',', value_parser = rate)]
    calls_per_hour: Vec<f64>,
    /// For how many hours callers arrive; those who are waiting then are served
    #[arg(long, default_value_t = 8, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=24))]
    hours: u32,
    /// What all chance grows from: the same seed, the same day
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Service level: within how many seconds a call should be answered
    #[arg(long, default_value = "20", value_name = "SECONDS", value_parser = seconds)]
    within: Duration,
    /// How long a conversation takes on average
    #[arg(long, default_value = "180", value_name = "SECONDS", value_parser = some_seconds)]
    talk: Duration,
    /// How conversations are spread around that
    #[arg(long, value_enum, default_value_t = Shape::LogNormal, value_name = "SHAPE")]
    talk_shape: Shape,
    /// How long an agent in Flex works on a call after it, on average; on one's own phone the work ends with the call
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    wrap: Duration,
    /// How long callers wait on average before they hang up; 0: for ever
    #[arg(long, default_value = "180", value_name = "SECONDS", value_parser = seconds)]
    patience: Duration,
    /// Flex: how long an agent takes to accept, on average
    #[arg(long, default_value = "4", value_name = "SECONDS", value_parser = seconds)]
    accept: Duration,
    /// Flex: the share of offers that an agent does not see, so that they run out of time
    #[arg(long, default_value = "0.01", value_name = "SHARE", value_parser = share)]
    unseen: f64,
    /// Flex: after how long an agent who missed an offer, and is off line for it, comes back
    #[arg(long, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    back: Duration,
    /// Phones: how long they ring on average before they are picked up
    #[arg(long, default_value = "7", value_name = "SECONDS", value_parser = seconds)]
    pickup: Duration,
    /// Phones: the share of calls that a mailbox answers
    #[arg(long, default_value = "0.05", value_name = "SHARE", value_parser = share)]
    mailbox: f64,
    /// Phones: the share of calls that find the phone busy
    #[arg(long, default_value = "0.02", value_name = "SHARE", value_parser = share)]
    busy: f64,
    /// Phones: the share of calls that are not answered
    #[arg(long, default_value = "0.05", value_name = "SHARE", value_parser = share)]
    no_answer: f64,
    /// Phones: the share of calls whose worker presses 2; where no key is asked for, they hang up at once
    #[arg(long, default_value = "0.02", value_name = "SHARE", value_parser = share)]
    declined: f64,
    /// How many equal processes of the server run
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    replicas: u32,
    /// How many calls a second Twilio dials for the account; the rest wait their turn
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    calls_per_second: u32,
    /// A variable of the server, as `serve` reads it; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Draws the day into this file, an .svg or an .html
    #[arg(long, value_name = "FILE", value_parser = drawing)]
    pub(super) chart: Option<PathBuf>,
}

/// What befalls a worker's phone, by share of calls; the rest is answered by the worker, who takes the call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mishaps {
    pub(super) mailbox: f64,
    pub(super) busy: f64,
    pub(super) no_answer: f64,
    pub(super) declined: f64,
}

/// A day that can be played.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Agents in Flex.
    pub(super) in_flex: u32,
    /// Agents on their own phones.
    pub(super) on_phones: u32,
    /// How many callers arrive in each hour.
    pub(super) rates: Vec<f64>,
    /// For how long they do.
    pub(super) day: Duration,
    pub(super) seed: u64,
    pub(super) within: Duration,
    pub(super) talk: Duration,
    pub(super) talk_shape: Shape,
    pub(super) wrap: Duration,
    /// `None`: they wait for ever.
    pub(super) patience: Option<Duration>,
    pub(super) accept: Duration,
    pub(super) unseen: f64,
    pub(super) back: Duration,
    pub(super) pickup: Duration,
    pub(super) mishaps: Mishaps,
    pub(super) replicas: u32,
    pub(super) calls_per_second: u32,
    pub(super) variables: HashMap<String, String>,
}

impl Plan {
    /// The day that options ask for.
    ///
    /// # Errors
    /// What does not fit together, as a sentence that names the options.
    pub(super) fn new(options: &Options) -> Result<Self, String> {
        let mishaps = Mishaps {
            mailbox: options.mailbox,
            busy: options.busy,
            no_answer: options.no_answer,
            declined: options.declined,
        };
        let sum = mishaps.mailbox + mishaps.busy + mishaps.no_answer + mishaps.declined;
        if sum > 1.0 {
            return Err(format!(
                "--mailbox, --busy, --no-answer and --declined are shares of one whole: expected a sum of at most 1, found {sum:.2}"
            ));
        }
        let hours = options.hours as usize;
        let given = options.calls_per_hour.as_slice();
        if given.len() > hours {
            return Err(format!(
                "--calls-per-hour has {} numbers, one an hour: expected at most --hours ({hours})",
                given.len()
            ));
        }
        let last = given.last().copied().unwrap_or_default();
        let rates = given.iter().copied().chain(std::iter::repeat(last));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a number of agents is one"
        )]
        let on_phones = (f64::from(options.agents) * options.remote).round() as u32;
        Ok(Self {
            in_flex: options.agents - on_phones.min(options.agents),
            on_phones,
            rates: rates.take(hours).collect(),
            day: Duration::from_hours(u64::from(options.hours)),
            seed: options.seed,
            within: options.within,
            talk: options.talk,
            talk_shape: options.talk_shape,
            wrap: options.wrap,
            patience: Some(options.patience).filter(|patience| !patience.is_zero()),
            accept: options.accept,
            unseen: options.unseen,
            back: options.back,
            pickup: options.pickup,
            mishaps,
            replicas: options.replicas,
            calls_per_second: options.calls_per_second,
            variables: options.variables.iter().cloned().collect(),
        })
    }

    /// How many agents there are.
    pub(super) fn agents(&self) -> u32 {
        self.in_flex + self.on_phones
    }
}

fn number(text: &str, least: f64, most: f64, what: &str) -> Result<f64, String> {
    let read: Option<f64> = text.trim().parse().ok();
    read.filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("expected {what}"))
}

fn share(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1.0, "a share from 0 to 1, such as 0.2")
}

fn rate(text: &str) -> Result<f64, String> {
    number(text, 0.0, 100_000.0, "a number from 0 to 100000")
}

fn seconds(text: &str) -> Result<Duration, String> {
    let read = number(text, 0.0, 86_400.0, "a number of seconds from 0 to 86400")?;
    Ok(Duration::from_secs_f64(read))
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    let read = number(text, 1.0, 86_400.0, "a number of seconds from 1 to 86400")?;
    Ok(Duration::from_secs_f64(read))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("expected NAME=VALUE, such as DISPATCH_RING=15")?;
    let name = name.trim();
    match no_variable(TABLE, name) {
        Some(problem) => Err(problem),
        None => Ok((name.to_owned(), value.to_owned())),
    }
}

fn drawing(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let kind = path.extension().and_then(|kind| kind.to_str());
    match kind {
        Some("svg" | "html") => Ok(path),
        _ => Err("expected a file that ends in .svg or .html".to_owned()),
    }
}
