//! The number that an agent's calls show.
//!
//! It stands in a worker attribute, which single sign-on may set to anything, and Twilio refuses a call whose caller ID
//! the account neither owns nor has verified (Twilio: error 21210). So it is asked first, and an agent reads why their
//! number cannot be shown before they have dialed.

use phonenumber::{Mode, PhoneNumber, country};
use serde_json::Value;

use super::Did;
use crate::{
    agent::Agent,
    error::Error,
    twilio::{deadline::Deadline, error::Error as TwilioError, party::E164},
};

/// What an agent's calls show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerId {
    /// The number; none: whatever Flex shows by default.
    pub number: Option<E164>,
    /// The same as people write it in its country.
    pub national: Option<String>,
    /// It is the agent's own.
    pub own: bool,
}

impl Did {
    /// The number that an agent's calls show: their own, or the configured one for agents without.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it cannot be shown, with the reason; [`Error::Upstream`].
    pub async fn caller_id(&self, agent: &Agent, by: Deadline) -> Result<CallerId, Error> {
        let upstream = |source| Error::Upstream {
            doing: "looking an agent's number up",
            source,
        };
        let settings = &self.0.settings;
        let written = match agent.worker {
            Some(worker) => {
                let found = self.0.twilio.workers(by).fetch(worker).await;
                let found = found.map_err(upstream)?;
                let written = found.attributes.get(&settings.attribute);
                let written = written.and_then(Value::as_str);
                written.unwrap_or_default().trim().to_owned()
            }
            None => String::new(),
        };
        let own = !written.is_empty();
        let number = if own {
            Some(read(&written, settings.country)?)
        } else {
            settings.default_caller_id.clone()
        };
        if let Some(number) = &number
            && !self.may_show(number, by).await.map_err(upstream)?
        {
            return Err(Error::Conflict(if own {
                "your number is neither one of the account's nor a verified caller ID, so Twilio would refuse the call"
            } else {
                "the default number is neither one of the account's nor a verified caller ID, so Twilio would refuse the call"
            }));
        }
        Ok(CallerId {
            national: number.as_ref().and_then(national),
            number,
            own,
        })
    }

    /// Whether Twilio lets a call show this number.
    async fn may_show(&self, number: &E164, by: Deadline) -> Result<bool, TwilioError> {
        let numbers = self.0.twilio.numbers(by);
        Ok(numbers.owns(number).await? || numbers.has_verified(number).await?)
    }
}

/// A number as an attribute has it: in E.164 form, without its plus sign, or as it is written in its country.
fn read(written: &str, country: country::Id) -> Result<E164, Error> {
    if let Ok(number) = written.parse() {
        return Ok(number);
    }
    let valid = |number: Result<PhoneNumber, _>| number.ok().filter(PhoneNumber::is_valid);
    let number = valid(phonenumber::parse(Some(country), written))
        .or_else(|| valid(phonenumber::parse(None, format!("+{written}"))));
    let number = number.map(|number| number.format().mode(Mode::E164).to_string());
    number
        .and_then(|number| number.parse().ok())
        .ok_or(Error::Conflict(
            "your number cannot be read as a phone number",
        ))
}

/// A number as people write it in its country.
fn national(number: &E164) -> Option<String> {
    let parsed = phonenumber::parse(None, number.as_str()).ok()?;
    Some(parsed.format().mode(Mode::National).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_country_writes_them() {
        let shown = |number: &str| national(&number.parse().unwrap()).unwrap();
        assert_eq!(shown("+15127640580"), "(512) 764-0580");
        assert_eq!(shown("+442079460958"), "020 7946 0958");
    }

    #[test]
    fn a_number_may_be_written_as_in_its_country() {
        let us = country::Id::US;
        for written in [
            "+15127640580",
            "5127640580",
            "15127640580",
            "(512) 764-0580",
        ] {
            assert_eq!(read(written, us).unwrap().as_str(), "+15127640580");
        }
        let read_in = |written, id| read(written, id).unwrap();
        assert_eq!(
            read_in("020 7946 0958", country::Id::GB).as_str(),
            "+442079460958"
        );
        assert!(read("512764", us).is_err());
        assert!(read("no number", us).is_err());
    }
}
