//! What the bodies and queries hold, as documentation: nothing here is constructed, the readers beside each handler
//! read the same fields.

use utoipa::{IntoParams, ToSchema};

/// Which call to park, and where it came from.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ParkCall {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The task's attributes: the text of a JSON object, up to 4096 characters.
    pub attributes: Option<String>,
    /// The customer's leg, `CA…`.
    pub call_sid: String,
    /// What the list shows, usually the customer's number or name.
    pub name: Option<String>,
    /// The queue the call came from.
    pub queue_name: Option<String>,
    /// The task whose call is parked, `WT…`.
    pub task_sid: String,
    /// The worker who parks it, `WK…`.
    pub worker_sid: String,
    /// The workflow that will bring it back, `WW…`.
    pub workflow_sid: String,
}

/// Which parked call to pick up. Whatever else the plugin sends is taken from the record of the call instead.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PickUpParkedCall {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The parked leg, `CA…`.
    pub call_sid: String,
    /// The worker who picks it up, `WK…`.
    pub worker_sid: String,
}

/// What a worker's capacity should be.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct WorkerCapacity {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// How many tasks at a time.
    pub capacity: u32,
    /// Which of the worker's channels, `WC…`.
    pub worker_channel_sid: String,
    /// Whose, `WK…`.
    pub worker_sid: String,
}

/// Which extension to look for.
#[derive(Debug, ToSchema)]
pub struct WorkerLookup {
    /// What the caller keyed in.
    pub extension: String,
}

/// How a call is. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct CallStatus {
    /// The leg, `CA…`.
    pub call_sid: String,
    /// `completed`, `busy`, `failed`, `no-answer` and `canceled` end a call.
    pub call_status: String,
    /// When, in the form of RFC 2822.
    pub timestamp: Option<String>,
}

/// What the URLs of a call on hold carry. Twilio signs them, so they cannot be forged.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HoldQuery {
    /// Who parked the call, `WK…`.
    pub worker: String,
    /// The task it was parked from, `WT…`.
    pub task: Option<String>,
    /// The workflow that will bring it back, `WW…`.
    pub workflow: String,
    /// When it was parked, in Unix milliseconds.
    pub since: i64,
    /// How many rounds it has heard.
    pub round: u32,
}

/// Who calls the intake line. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct IntakeCall {
    /// The caller's number.
    pub from: String,
}

/// A text message to the intake line. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct IntakeText {
    /// The sender's number.
    pub from: String,
    /// What it says.
    pub body: Option<String>,
    /// `STOP`, `START` or `HELP`, when Twilio has answered the message itself.
    pub opt_out_type: Option<String>,
}

/// What the URLs of the intake's menus carry. Twilio signs them, so they cannot be forged.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChoiceQuery {
    /// Which menu the key is for: `main`, `skills` or `pin`.
    pub menu: String,
    /// How many tries were in vain before.
    pub tries: u32,
}
