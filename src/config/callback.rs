//! Call-backs and messages: what callers who wait are offered.

use std::time::Duration;

use phonenumber::country;

use super::{
    credentials,
    parse::{self, Reader},
};
use crate::{
    hours::{self, Hours, Week},
    twilio::sid::WorkflowSid,
};

/// What callers who wait are offered.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The workflow of call-backs and messages; without it, nothing is offered.
    pub workflow: Option<WorkflowSid>,
    /// To be called back.
    pub callbacks: bool,
    /// To leave a message.
    pub messages: bool,
    /// How often somebody is called back at most.
    pub attempts: u32,
    /// The countries whose numbers are called, the home country first.
    pub countries: Vec<country::Id>,
    /// How long a message may be.
    pub longest_message: Duration,
    /// Whether Twilio writes messages down.
    pub transcribe: bool,
    /// The time zone that the plugin shows times in.
    pub time_zone: String,
    /// When callers are called back, if not always.
    pub hours: Option<Hours>,
}

impl Reader<'_> {
    pub(super) fn callback(&mut self) -> Option<Callback> {
        let workflow = self.optional("CALLBACK_WORKFLOW", credentials::sid);
        let offers = self.value("CALLBACK_OFFERS", offers);
        let attempts = self.value("CALLBACK_ATTEMPTS", |text| parse::between(text, 1, 100));
        let countries = self.value("CALLBACK_COUNTRIES", countries);
        let longest_message = self.value("CALLBACK_MESSAGE_SECONDS", |text| {
            parse::seconds(text, 5, 3_600)
        });
        let transcribe = self.value("CALLBACK_TRANSCRIBE", parse::on_or_off);
        let zone = self.value("CALLBACK_TIME_ZONE", |text| {
            hours::zone(text).map_err(|error| error.to_string())
        });
        let week = self.optional("CALLBACK_HOURS", |text| {
            text.parse::<Week>().map_err(|error| error.to_string())
        });
        let (callbacks, messages) = offers?;
        let zone = zone?;
        Some(Callback {
            workflow,
            callbacks,
            messages,
            attempts: attempts?,
            countries: countries?,
            longest_message: longest_message?,
            transcribe: transcribe?,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            hours: week.map(|week| Hours::new(week, zone)),
        })
    }
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
