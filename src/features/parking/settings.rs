//! How parking behaves, and what a caller on hold hears.

use std::time::Duration;

use super::record;
use crate::{
    config::{
        Group,
        Need::{Default, Off},
        Reader, parse, variable,
    },
    features::music,
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Hold and parking",
    variables: &[
        variable(
            "HOLD_ORDER",
            Default("in-turn"),
            "random",
            "Whether the tracks play in-turn or in random order.",
        ),
        variable(
            "HOLD_ROUND_SECONDS",
            Default("30"),
            "180",
            "How long your longest track lasts: how often a call on hold is heard of.",
        ),
        variable(
            "HOLD_ANNOUNCEMENT",
            Off,
            "Thank you for waiting. We have not forgotten you.",
            "What a caller on hold is told now and then.",
        ),
        variable(
            "HOLD_ANNOUNCE_EVERY",
            Default("2"),
            "4",
            "After how many tracks it is told again.",
        ),
        variable(
            "HOLD_FALLBACK_URL",
            Off,
            "https://handler.twilio.com/twiml/EHxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "Whom Twilio asks for the hold document when no replica can be reached, such as a TwiML Bin.",
        ),
        variable(
            "PARK_TIMEOUT",
            Off,
            "300",
            "After how many seconds a parked call comes back by itself.",
        ),
        variable(
            "PARK_RETURN_TRIES",
            Default("2"),
            "1",
            "How often it comes back to the worker who parked it before it goes to its workflow.",
        ),
        variable(
            "PARK_RETURN_RING",
            Default("30"),
            "20",
            "How many seconds it waits for that worker each time.",
        ),
        variable(
            "PARK_LIMIT",
            Off,
            "5",
            "How many calls a worker may have parked. Checking it is one more request for each park.",
        ),
    ],
};

/// How parking behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// Absolute URLs of the hold music.
    pub music: Vec<String>,
    /// Play the tracks in random order, not in turn.
    pub shuffle: bool,
    /// How long the longest track lasts: how often a call on hold is heard of.
    pub round: Duration,
    /// What is said to a caller on hold now and then.
    pub announcement: Option<String>,
    /// After how many rounds it is said again.
    pub announce_every: u32,
    /// Whom Twilio asks for a document when we cannot be reached.
    pub fallback_url: Option<String>,
    /// After how long a parked call comes back, if at all.
    pub timeout: Option<Duration>,
    /// How often it comes back to its worker before it goes to its workflow.
    pub return_tries: u32,
    /// How long it waits for its worker each time.
    pub return_ring: Duration,
    /// How many calls a worker may have parked, if there is a limit. Checking it is one request more.
    pub limit: Option<u32>,
}

impl Settings {
    /// The time after which a call that went on hold has been heard of a second time, if nothing went wrong.
    #[must_use]
    pub fn proof(&self) -> Duration {
        self.round + record::STALE + Duration::from_secs(10)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let music = music::Settings::read(reader);
        let shuffle = reader.value("HOLD_ORDER", |text| match text {
            "in-turn" => Ok(false),
            "random" => Ok(true),
            _ => Err("expected in-turn or random".to_owned()),
        });
        let round = reader.value("HOLD_ROUND_SECONDS", |text| parse::seconds(text, 5, 300));
        let announcement = reader.optional("HOLD_ANNOUNCEMENT", |text| parse::text(text, 500));
        let announce_every =
            reader.value("HOLD_ANNOUNCE_EVERY", |text| parse::between(text, 1, 100));
        let fallback_url = reader.optional("HOLD_FALLBACK_URL", parse::https);
        let timeout = reader.optional("PARK_TIMEOUT", |text| parse::seconds(text, 10, 86_400));
        let return_tries = reader.value("PARK_RETURN_TRIES", |text| parse::between(text, 0, 100));
        let return_ring = reader.value("PARK_RETURN_RING", |text| parse::seconds(text, 5, 600));
        let limit = reader.optional("PARK_LIMIT", |text| parse::between(text, 1, 100));
        let public_url = public_url?;
        Some(Self {
            music: music?.urls(&public_url),
            public_url,
            shuffle: shuffle?,
            round: round?,
            announcement,
            announce_every: announce_every?,
            fallback_url,
            timeout,
            return_tries: return_tries?,
            return_ring: return_ring?,
            limit,
        })
    }
}
