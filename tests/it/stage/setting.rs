//! How a stage is set before a story begins: its variables, its replicas, the numbers people call.

use std::collections::HashMap;

use serde_json::json;
use switchboard::{
    config::Config,
    emulator::{Emulator, Flow},
    twilio::sid::{AccountSid, WorkflowSid},
};

use super::{DIRECT_LINE, MAIN_LINE, PUBLIC_URL, Stage, TOKEN, number};

/// How a stage is set.
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) replicas: usize,
    pub(crate) variables: HashMap<&'static str, String>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            seed: 1,
            replicas: 1,
            variables: HashMap::new(),
        }
    }
}

impl Setting {
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    pub(crate) fn stage(self) -> Stage {
        Stage::set(&self)
    }
}

/// The configuration of a stage.
pub(super) fn config(
    emulator: &Emulator,
    account: AccountSid,
    more: &HashMap<&'static str, String>,
) -> Config {
    let read = |name: &str| match name {
        _ if more.contains_key(name) => more.get(name).cloned(),
        "ACCOUNT_SID" => Some(account.to_string()),
        "AUTH_TOKEN" => Some(TOKEN.to_owned()),
        "WORKSPACE_SID" => Some(emulator.workspace().to_string()),
        "SYNC_SERVICE_SID" => Some(emulator.sync_service().to_string()),
        "PUBLIC_URL" => Some(PUBLIC_URL.to_owned()),
        _ => None,
    };
    Config::read(read).expect("a good configuration")
}

/// The two numbers people call, each with a workflow of its own; gives the first one's.
pub(super) fn open_lines(emulator: &Emulator) -> WorkflowSid {
    let (acd, direct) = emulator.add_parking_workflows().expect("the workflows");
    let lines = [
        (MAIN_LINE, acd, json!({ "direction": "inbound" })),
        (
            DIRECT_LINE,
            direct,
            json!({ "direction": "inbound", "directExtension": "1234" }),
        ),
    ];
    for (line, workflow, attributes) in lines {
        emulator
            .number(&number(line))
            .voice(Flow::Enqueue {
                workflow,
                attributes,
            })
            .status_callback(format!("{PUBLIC_URL}/call-status-handler"));
    }
    acd
}
