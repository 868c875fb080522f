//! What the bodies and queries of voicemail hold, as documentation: nothing here is constructed.

use utoipa::{IntoParams, ToSchema};

/// What the URLs of voicemail carry. Twilio signs them, so they cannot be forged.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VoicemailQuery {
    /// Whose messages: a worker, `WK…`, or a queue, `WQ…`.
    #[param(rename = "box")]
    pub mailbox: String,
    /// The task that waited for the caller, `WT…`; its place in line is kept.
    pub task: Option<String>,
    /// How often the caller has said nothing.
    pub silences: Option<u32>,
}

/// A recording. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase", as = RecordedMessage)]
pub struct Recording {
    /// The call, `CA…`.
    pub call_sid: String,
    /// The recording, `RE…`; else it is read from its URL.
    pub recording_sid: Option<String>,
    /// Where its file is.
    pub recording_url: Option<String>,
    /// How long it is, in whole seconds.
    pub recording_duration: Option<u32>,
    /// `completed`, or `absent` when the caller said nothing.
    pub recording_status: Option<String>,
}

/// What was said. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase", as = TranscribedMessage)]
pub struct Transcript {
    /// The call, `CA…`.
    pub call_sid: String,
    /// The recording, `RE…`.
    pub recording_sid: String,
    /// The transcript, `TR…`.
    pub transcription_sid: Option<String>,
    /// The words.
    pub transcription_text: Option<String>,
    /// `completed`, or `failed`.
    pub transcription_status: Option<String>,
}

/// Whose messages to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoxQuery {
    /// One box only: a worker, `WK…`, or a queue, `WQ…`.
    #[param(rename = "box")]
    pub mailbox: Option<String>,
    /// The same, for a worker.
    pub worker: Option<String>,
}

/// The form with which a browser asks for the board.
#[derive(Debug, ToSchema)]
pub struct BoardForm {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
}

/// Whose messages to list, where a browser's form asks.
#[derive(Debug, ToSchema)]
pub struct BoxForm {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// One box only: a worker, `WK…`, or a queue, `WQ…`.
    #[schema(rename = "box")]
    pub mailbox: Option<String>,
}

/// Which message, and what became of it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct MarkMessage {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The box it is in: `WK…` or `WQ…`.
    #[schema(rename = "box")]
    pub mailbox: String,
    /// Its recording, `RE…`.
    pub recording_sid: String,
    /// `new`, `heard` or `done`.
    pub state: String,
}

/// Which message to hear.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct HearMessage {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The box it is in: `WK…` or `WQ…`.
    #[schema(rename = "box")]
    pub mailbox: String,
    /// Its recording, `RE…`.
    pub recording_sid: String,
}
