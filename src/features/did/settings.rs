//! Where a call to an agent's own number goes.

use std::time::Duration;

use crate::{
    config::{
        Group,
        Need::{Default, Off},
        Reader, credentials, parse, variable,
    },
    features::voicemail,
    twilio::{party::E164, sid::WorkflowSid},
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Agents' own numbers",
    variables: &[
        variable(
            "DID_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow of calls to agents' own numbers, such as \"Direct Inward Dial\". Without it, no agent has a number.",
        ),
        variable(
            "DID_ATTRIBUTE",
            Default("phone_number"),
            "did",
            "The worker's attribute with their own number, in E.164 form or without its country code.",
        ),
        variable(
            "DID_SHARED_NUMBERS",
            Off,
            "+15125550120,+15125550121",
            "The account's numbers that agents share when they call out. A person who calls one back reaches the agent who called them last.",
        ),
        variable(
            "DID_CALL_BACK_HOURS",
            Default("72"),
            "24",
            "For how long that is remembered, in hours up to 720; 0: never.",
        ),
        variable(
            "DID_DEFAULT_CALLER_ID",
            Off,
            "+15125550120",
            "What /caller-id answers for agents without a number of their own. Without it, Flex shows what it shows by default.",
        ),
        variable(
            "DID_NOBODY_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow of calls to a number that belongs to no agent. Without it, such a call ends after DID_NOBODY_MESSAGE.",
        ),
        variable(
            "DID_NOBODY_MESSAGE",
            Default("This number is no longer in service."),
            "This number is no longer in use.",
            "What a caller hears at a number that belongs to no agent.",
        ),
        variable(
            "DID_UNANSWERED_MESSAGE",
            Default("Sorry, no one can take your call right now. Please call again."),
            "Please call again.",
            "What a caller hears when no agent to whom the workflow offered the call has taken it.",
        ),
    ],
};

/// How direct inward dialing behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// The workflow that routes a call to its owner; without it, no agent has a number.
    pub workflow: Option<WorkflowSid>,
    /// The worker attribute with their number.
    pub attribute: String,
    /// The country whose numbers may be written without their country code there, such as `US`.
    pub country: phonenumber::country::Id,
    /// The numbers that agents share when they call out.
    pub shared: Vec<E164>,
    /// For how long a person who was called from such a number reaches the agent who called; zero: never.
    pub call_back: Duration,
    /// What agents show who have no number of their own.
    pub default_caller_id: Option<E164>,
    /// The workflow of calls to a number without an owner; without it, they end.
    pub nobody_workflow: Option<WorkflowSid>,
    /// What such a caller is told.
    pub nobody_message: String,
    /// What a caller is told whose call no agent takes.
    pub unanswered_message: String,
    /// Whether they may leave a message for the owner then.
    pub voicemail: bool,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let workflow = reader.optional("DID_WORKFLOW", credentials::sid);
        let attribute = reader.value("DID_ATTRIBUTE", parse::attribute);
        let country = reader.home_country();
        let shared = reader.optional("DID_SHARED_NUMBERS", |text| {
            parse::list(text).map(parse::number).collect()
        });
        let hours = reader.value("DID_CALL_BACK_HOURS", |text| parse::between(text, 0, 720));
        let default_caller_id = reader.optional("DID_DEFAULT_CALLER_ID", parse::number);
        let nobody_workflow = reader.optional("DID_NOBODY_WORKFLOW", credentials::sid);
        let nobody_message = reader.value("DID_NOBODY_MESSAGE", |text| parse::text(text, 500));
        let unanswered_message =
            reader.value("DID_UNANSWERED_MESSAGE", |text| parse::text(text, 500));
        Some(Self {
            public_url: public_url?,
            workflow,
            attribute: attribute?,
            country: country?,
            shared: shared.unwrap_or_default(),
            call_back: Duration::from_hours(u64::from(hours?)),
            default_caller_id,
            nobody_workflow,
            nobody_message: nobody_message?,
            unanswered_message: unanswered_message?,
            voicemail: voicemail::is_on(reader),
        })
    }
}
