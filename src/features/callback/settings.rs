//! What callers who wait are offered, and how they are called back.

use std::time::Duration;

use phonenumber::country;

use super::number::Rules;
use crate::{
    config::{
        Group,
        Need::{Default, Off},
        Reader, credentials, parse, variable,
    },
    features::{intake, music},
    hours::{self, Hours, Week},
    twilio::sid::WorkflowSid,
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Call-backs and messages for callers who wait",
    variables: &[
        variable(
            "CALLBACK_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow of call-backs and messages, such as \"Callback\". Without it, callers who wait are offered neither.",
        ),
        variable(
            "CALLBACK_OFFERS",
            Default("callback,message"),
            "callback",
            "What callers who wait are offered when they press star: a callback, to leave a message, or both.",
        ),
        variable(
            "CALLBACK_ATTEMPTS",
            Default("3"),
            "5",
            "How often a caller is called back at most; after that, an agent cannot put the call-back into line again.",
        ),
        variable(
            "CALLBACK_COUNTRIES",
            Default("US,CA"),
            "DE,AT,CH",
            "The countries whose numbers are called back, by their two letters, the home country first. Premium and shared-cost numbers never are, nor what begins with one of INTAKE_REFUSED_PREFIXES.",
        ),
        variable(
            "CALLBACK_MESSAGE_SECONDS",
            Default("300"),
            "120",
            "The longest message, in seconds, that a caller may leave instead of waiting.",
        ),
        variable(
            "CALLBACK_TRANSCRIBE",
            Default("off"),
            "on",
            "Whether Twilio writes such messages down (on or off): American English only, what is shorter than 120 seconds, for a price.",
        ),
        variable(
            "CALLBACK_TIME_ZONE",
            Default("UTC"),
            "America/Chicago",
            "The time zone of CALLBACK_HOURS, and in which the plugin shows when a call-back was asked for or a message left, besides the agent's own.",
        ),
        variable(
            "CALLBACK_HOURS",
            Off,
            "mon-fri 08:00-20:00, sat 09:00-13:00",
            "When callers are called back, in CALLBACK_TIME_ZONE: days, a blank, from when to when, with commas between; 22:00-06:00 goes over midnight, 00:00-24:00 is a whole day. Outside, call-backs wait for the hours to begin. Without it, there is no night.",
        ),
    ],
};

/// How call-backs and messages behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// What plays while a caller waits.
    pub music: Vec<String>,
    /// The workflow of callbacks and messages; without it, neither is offered.
    pub workflow: Option<WorkflowSid>,
    /// Whether callers are offered to be called back.
    pub callbacks: bool,
    /// Whether they are offered to leave a message.
    pub messages: bool,
    /// How often a caller is called back at most.
    pub attempts: u32,
    /// Whom we call.
    pub numbers: Rules,
    /// The time zone that the plugin shows times in.
    pub time_zone: String,
    /// When callers are called back, if not always.
    pub hours: Option<Hours>,
    /// How long a message may be.
    pub longest_message: Duration,
    /// Whether Twilio is to write messages down.
    pub transcribe: bool,
}

impl Settings {
    /// Whether callers are offered anything.
    #[must_use]
    pub fn offers(&self) -> bool {
        self.workflow.is_some() && (self.callbacks || self.messages)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let music = music::Settings::read(reader);
        let workflow = reader.optional("CALLBACK_WORKFLOW", credentials::sid);
        let offers = reader.value("CALLBACK_OFFERS", offers);
        let attempts = reader.value("CALLBACK_ATTEMPTS", |text| parse::between(text, 1, 100));
        let countries = reader.value("CALLBACK_COUNTRIES", countries);
        let refused = intake::refused_prefixes(reader);
        let longest_message = reader.value("CALLBACK_MESSAGE_SECONDS", |text| {
            parse::seconds(text, 5, 3_600)
        });
        let transcribe = reader.value("CALLBACK_TRANSCRIBE", parse::on_or_off);
        let time_zone = time_zone(reader);
        let week = reader.optional("CALLBACK_HOURS", |text| {
            text.parse::<Week>().map_err(|error| error.to_string())
        });
        let (callbacks, messages) = offers?;
        let (public_url, time_zone) = (public_url?, time_zone?);
        Some(Self {
            music: music?.urls(&public_url),
            public_url,
            workflow,
            callbacks,
            messages,
            attempts: attempts?,
            numbers: Rules {
                countries: countries?,
                refused: refused?,
            },
            time_zone: time_zone.iana_name().unwrap_or("UTC").to_owned(),
            hours: week.map(|week| Hours::new(week, time_zone)),
            longest_message: longest_message?,
            transcribe: transcribe?,
        })
    }
}

/// The time zone of the contact center.
pub(crate) fn time_zone(reader: &mut Reader<'_>) -> Option<jiff::tz::TimeZone> {
    reader.value("CALLBACK_TIME_ZONE", |text| {
        hours::zone(text).map_err(|error| error.to_string())
    })
}

fn offers(text: &str) -> Result<(bool, bool), String> {
    let (mut callbacks, mut messages) = (false, false);
    for offer in parse::list(text) {
        match offer {
            "callback" => callbacks = true,
            "message" => messages = true,
            _ => return Err("expected callback, message, or both with a comma".to_owned()),
        }
    }
    if callbacks || messages {
        Ok((callbacks, messages))
    } else {
        Err("expected callback, message, or both with a comma".to_owned())
    }
}

fn countries(text: &str) -> Result<Vec<country::Id>, String> {
    let country = |name: &str| {
        let id = name.to_ascii_uppercase().parse::<country::Id>();
        id.map_err(|_| format!("{name} is no country's two letters"))
    };
    let countries: Vec<_> = parse::list(text).map(country).collect::<Result<_, _>>()?;
    if countries.is_empty() {
        return Err("expected at least one country, such as US".to_owned());
    }
    Ok(countries)
}
