//! Agents' own numbers and extensions: where calls to them go.

use std::time::Duration;

use phonenumber::country;

use super::{
    credentials,
    parse::{self, Reader},
};
use crate::twilio::{party::E164, sid::WorkflowSid};

/// Where a call to an agent's own number goes.
#[derive(Clone, Debug)]
pub struct Did {
    /// The workflow that routes it to its owner; without it, every number is nobody's.
    pub workflow: Option<WorkflowSid>,
    /// The worker attribute with their number.
    pub attribute: String,
    /// The country whose numbers may be written there without their country code.
    pub country: country::Id,
    /// The numbers that agents share when they call out.
    pub shared: Vec<E164>,
    /// For how long somebody who was called from such a number reaches the agent who called; zero: never.
    pub call_back: Duration,
    /// What agents show who have no number of their own.
    pub default_caller_id: Option<E164>,
    /// The workflow of calls to a number that nobody has.
    pub nobody_workflow: Option<WorkflowSid>,
    /// What such a caller is told.
    pub nobody_message: String,
    /// What a caller is told whose call nobody takes.
    pub unanswered_message: String,
}

/// Where a call to an agent's extension goes.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The workflow that finds a worker by their extension; without it, nobody has one.
    pub workflow: Option<WorkflowSid>,
    /// The workflow of callers who find no extension; without it their call ends.
    pub operator: Option<WorkflowSid>,
    /// How many digits an extension has.
    pub digits: u32,
    /// What a caller hears whose call is not taken.
    pub message: String,
    /// After how long a call that nobody takes counts as not taken.
    pub patience: Duration,
}

impl Reader<'_> {
    pub(super) fn did(&mut self) -> Option<Did> {
        let workflow = self.optional("DID_WORKFLOW", credentials::sid);
        let attribute = self.value("DID_ATTRIBUTE", super::dispatch::attribute);
        let country = self.value("DID_COUNTRY", |text| {
            text.parse()
                .map_err(|_| "expected the two letters of a country, such as US".to_owned())
        });
        let shared = self.optional("DID_SHARED_NUMBERS", |text| {
            parse::list(text).map(parse::number).collect()
        });
        let hours = self.value("DID_CALL_BACK_HOURS", |text| parse::between(text, 0, 720));
        let default_caller_id = self.optional("DID_DEFAULT_CALLER_ID", parse::number);
        let nobody_workflow = self.optional("DID_NOBODY_WORKFLOW", credentials::sid);
        let nobody_message = self.value("DID_NOBODY_MESSAGE", |text| parse::text(text, 500));
        let unanswered_message =
            self.value("DID_UNANSWERED_MESSAGE", |text| parse::text(text, 500));
        Some(Did {
            workflow,
            attribute: attribute?,
            country: country?,
            shared: shared.unwrap_or_default(),
            call_back: Duration::from_hours(u64::from(hours?)),
            default_caller_id,
            nobody_workflow,
            nobody_message: nobody_message?,
            unanswered_message: unanswered_message?,
        })
    }

    pub(super) fn extension(&mut self) -> Option<Extension> {
        let workflow = self.optional("EXTENSION_WORKFLOW", credentials::sid);
        let operator = self.optional("EXTENSION_OPERATOR_WORKFLOW", credentials::sid);
        let digits = self.value("EXTENSION_DIGITS", |text| parse::between(text, 2, 16));
        let message = self.value("EXTENSION_MESSAGE", |text| parse::text(text, 500));
        let patience = self.value("EXTENSION_PATIENCE", |text| parse::seconds(text, 15, 3_600));
        Some(Extension {
            workflow,
            operator,
            digits: digits?,
            message: message?,
            patience: patience?,
        })
    }
}
