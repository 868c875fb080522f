//! From the configuration of voicemail to its settings.

use crate::{config::Config, features::voicemail::Settings};

/// How voicemail behaves.
pub(super) fn settings(config: &Config) -> Settings {
    let voicemail = &config.voicemail;
    Settings {
        public_url: config.public_url.clone(),
        workflow: voicemail.workflow,
        greeting: voicemail.greeting.clone(),
        longest: voicemail.longest,
        silence: voicemail.silence,
        time_zone: config.callback.time_zone.clone(),
        transcribe: voicemail.transcribe,
        task_life: voicemail.task_life,
        kept: voicemail.kept,
        shared: voicemail.shared.clone(),
    }
}
