//! Callers who would rather not wait, from the configuration.

use crate::{
    chance::Chance,
    clock::Clock,
    config::Config,
    domain::callback::{Callback, Settings, number::Rules},
    music::Music,
    twilio::Twilio,
    twiml::Library,
};

/// Puts it together.
pub(super) fn callback(
    config: &Config,
    music: &Music,
    twilio: &Twilio,
    library: &Library,
    clock: Clock,
    chance: &Chance,
) -> Callback {
    let settings = settings(config, music);
    Callback::new(
        twilio.clone(),
        library.clone(),
        clock,
        chance.clone(),
        settings,
    )
}

fn settings(config: &Config, music: &Music) -> Settings {
    let callback = &config.callback;
    Settings {
        public_url: config.public_url.clone(),
        music: music.urls(&config.public_url),
        workflow: callback.workflow,
        callbacks: callback.callbacks,
        messages: callback.messages,
        attempts: callback.attempts,
        numbers: Rules {
            countries: callback.countries.clone(),
            refused: config.intake.refused_prefixes.clone(),
        },
        time_zone: callback.time_zone.clone(),
        longest_message: callback.longest_message,
    }
}
