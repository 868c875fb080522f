//! Where a call to an agent's extension goes.

use std::time::Duration;

use crate::{
    config::{
        Group,
        Need::{Default, Off},
        Reader, credentials, parse, variable,
    },
    features::voicemail,
    twilio::sid::WorkflowSid,
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Agents' extensions",
    variables: &[
        variable(
            "EXTENSION_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow of calls to agents' extensions, such as \"Direct Extension\". Without it, no agent has an extension.",
        ),
        variable(
            "EXTENSION_OPERATOR_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow of callers who key in 0, or no extension three times. Without it, their call ends with a word.",
        ),
        variable(
            "EXTENSION_DIGITS",
            Default("4"),
            "3",
            "How many digits an extension has, from 2 to 16.",
        ),
        variable(
            "EXTENSION_MESSAGE",
            Default("Sorry, no one can take your call right now. Please call again later."),
            "Please try again later.",
            "What a caller hears whose call is not taken: the agent is away, declines it, or lets it ring.",
        ),
        variable(
            "EXTENSION_PATIENCE",
            Default("75"),
            "45",
            "After how many seconds a call to an extension counts as not taken, from 15 to 3600. Longer than the workflow's reservation time-out.",
        ),
    ],
};

/// How direct extensions behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// The workflow that finds a worker by `directExtension`; without it, no agent has an extension.
    pub workflow: Option<WorkflowSid>,
    /// The workflow of callers who find no extension; without it their call ends.
    pub operator: Option<WorkflowSid>,
    /// How many digits an extension has.
    pub digits: u32,
    /// What a caller hears whose call is not taken.
    pub message: String,
    /// Whether they may leave a message for the agent then.
    pub voicemail: bool,
    /// After how long a call counts as not taken, whatever TaskRouter says.
    pub patience: Duration,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let workflow = reader.optional("EXTENSION_WORKFLOW", credentials::sid);
        let operator = reader.optional("EXTENSION_OPERATOR_WORKFLOW", credentials::sid);
        let digits = reader.value("EXTENSION_DIGITS", |text| parse::between(text, 2, 16));
        let message = reader.value("EXTENSION_MESSAGE", |text| parse::text(text, 500));
        let patience = reader.value("EXTENSION_PATIENCE", |text| parse::seconds(text, 15, 3_600));
        Some(Self {
            public_url: public_url?,
            workflow,
            operator,
            digits: digits?,
            message: message?,
            voicemail: voicemail::is_on(reader),
            patience: patience?,
        })
    }
}
