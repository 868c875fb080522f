//! What the bodies and queries of call-backs and messages hold, as documentation: nothing here is constructed.

use utoipa::{IntoParams, ToSchema};

/// A call that waits. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "PascalCase")]
#[schema(rename_all = "PascalCase")]
pub struct WaitingCall {
    /// The call, `CA…`.
    pub call_sid: String,
    /// Who calls.
    pub from: Option<String>,
    /// The number they dialed.
    pub to: Option<String>,
    /// The keys they pressed.
    pub digits: Option<String>,
    /// What the recorder has recorded.
    pub recording_url: Option<String>,
    /// How many seconds of it.
    pub recording_duration: Option<u32>,
}

/// What the URLs of a waiting call carry. Twilio signs them, so they cannot be forged.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct WaitQuery {
    /// What is asked for; nothing: the caller has just come into the line.
    pub mode: Option<String>,
    /// The task they wait with, `WT…`.
    pub enqueued_task_sid: Option<String>,
    /// `true`: they have been greeted.
    pub skip_greeting: Option<String>,
    /// How often the question was asked in vain, or how many rounds have played.
    pub tries: Option<u32>,
    /// The number of a link that the published function made.
    pub to: Option<String>,
}

/// Whom to call back, or what they left behind.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateCallback {
    /// Whom to call.
    pub number_to_call: String,
    /// The number they dialed; they see it when they are called.
    pub number_to_call_from: String,
    /// The flow's execution, `FN…`: what it asks for twice is made once.
    pub flex_flow_sid: Option<String>,
    /// The workflow, `WW…`, if not that of `CALLBACK_WORKFLOW`.
    pub workflow_sid: Option<String>,
    /// How many seconds the task may wait; a day without it.
    pub timeout: Option<u64>,
    /// The task's priority.
    pub priority: Option<u32>,
    /// How often they have been called in vain.
    pub attempts: Option<u32>,
    /// What Flex Insights ties tasks together by.
    #[schema(rename = "conversation_id")]
    pub conversation_id: Option<String>,
    /// Words for the agent.
    pub message: Option<String>,
    /// When they asked, in ISO 8601; now without it.
    pub utc_date_time_received: Option<String>,
    /// What they left behind, `RE…`; also as `RecordingSid`.
    pub recording_sid: Option<String>,
    /// Where it is; also as `RecordingUrl`.
    pub recording_url: Option<String>,
    /// Its transcript, `TR…`; also as `TranscriptionSid`.
    pub transcript_sid: Option<String>,
    /// What that says; also as `TranscriptionText`. Cut to what fits a task.
    pub transcript_text: Option<String>,
    /// `true`: the recording was deleted.
    pub is_deleted: Option<String>,
    /// The task channel, if not `voice`.
    pub task_channel: Option<String>,
}

/// Which message to fetch.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct FetchVoicemail {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The recording, `RE…`, as the task's `callBackData.recordingSid` names it.
    pub recording_sid: String,
}

/// Which call-back to put into line again.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RequeueCallback {
    /// The Flex user's token.
    #[schema(rename = "Token")]
    pub token: String,
    /// The call-back's task, `WT…`.
    pub task_sid: String,
}

/// A recording is there, or failed. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct RecordingReport {
    /// The call, `CA…`.
    pub call_sid: String,
    /// The recording, `RE…`.
    pub recording_sid: String,
    /// Where it is.
    pub recording_url: Option<String>,
    /// `completed` or `failed`.
    pub recording_status: Option<String>,
    /// How many seconds it has.
    pub recording_duration: Option<u32>,
}
