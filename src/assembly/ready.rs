//! From the configuration to who is ready for the next call.

use crate::{
    chance::Chance,
    clock::Clock,
    config::Config,
    domain::availability::{Availability, Settings},
    twilio::Twilio,
};

/// Who keeps workers ready, or not.
pub(super) fn availability(
    config: &Config,
    twilio: &Twilio,
    clock: Clock,
    chance: &Chance,
) -> Availability {
    Availability::new(settings(config), twilio.clone(), clock, chance.clone())
}

/// What is computed, and for whom.
fn settings(config: &Config) -> Settings {
    let dispatch = &config.dispatch;
    let phones = dispatch.phones.as_ref();
    Settings {
        on: config.availability.server,
        own_phones: phones.map(|_| dispatch.attribute.clone()),
    }
}
