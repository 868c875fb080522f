//! Who computes which worker is ready for the next call.

use crate::{
    config::{Group, Need::Default, Reader, variable},
    features::dispatch,
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Which worker is ready",
    variables: &[variable(
        "AVAILABILITY",
        Default("plugin"),
        "server",
        "Who computes a worker's isAcdReady and the capacity of their voice channel: the plugin in their browser, or this server, which then needs the workspace's event callback.",
    )],
};

/// What is computed, and for whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether anything is done at all.
    pub on: bool,
    /// The worker's attribute with a phone of their own, if dispatch calls those.
    pub own_phones: Option<String>,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let on = reader.value("AVAILABILITY", |text| match text {
            "plugin" => Ok(false),
            "server" => Ok(true),
            _ => Err("expected plugin or server".to_owned()),
        });
        let own_phones = dispatch::phone_attribute(reader);
        Some(Self {
            on: on?,
            own_phones,
        })
    }
}
