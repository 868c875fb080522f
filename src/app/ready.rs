//! From the configuration to who is ready for the next call.

use crate::{config::Config, features::availability::Settings};

/// What is computed, and for whom.
pub(super) fn settings(config: &Config) -> Settings {
    let dispatch = &config.dispatch;
    let phones = dispatch.phones.as_ref();
    Settings {
        on: config.availability.server,
        own_phones: phones.map(|_| dispatch.attribute.clone()),
    }
}
