//! What the configuration says of callers who dial an agent.

use crate::{
    config::Config,
    features::{did, extension},
};

/// By the agent's own number.
pub(super) fn did(config: &Config) -> did::Settings {
    let did = &config.did;
    did::Settings {
        public_url: config.public_url.clone(),
        workflow: did.workflow,
        attribute: did.attribute.clone(),
        country: did.country,
        shared: did.shared.clone(),
        call_back: did.call_back,
        default_caller_id: did.default_caller_id.clone(),
        nobody_workflow: did.nobody_workflow,
        nobody_message: did.nobody_message.clone(),
        unanswered_message: did.unanswered_message.clone(),
        voicemail: config.voicemail.workflow.is_some(),
    }
}

/// By the agent's extension.
pub(super) fn extension(config: &Config) -> extension::Settings {
    let extension = &config.extension;
    extension::Settings {
        public_url: config.public_url.clone(),
        workflow: extension.workflow,
        operator: extension.operator,
        digits: extension.digits,
        message: extension.message.clone(),
        voicemail: config.voicemail.workflow.is_some(),
        patience: extension.patience,
    }
}
