//! Callers who would rather not wait, from the configuration.

use crate::{
    config::Config,
    features::callback::{Settings, number::Rules},
    features::music::Music,
};

/// How call-backs and messages from a queue behave.
pub(super) fn settings(config: &Config, music: &Music) -> Settings {
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
        hours: callback.hours.clone(),
        longest_message: callback.longest_message,
        transcribe: callback.transcribe,
    }
}
