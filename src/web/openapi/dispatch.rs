//! What the bodies and queries of dispatch hold, as documentation: nothing here is constructed.

use utoipa::{IntoParams, ToSchema};

/// A reservation that wants an answer. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct AssignmentCallback {
    /// The reservation, `WR…`.
    pub reservation_sid: String,
    /// The task, `WT…`.
    pub task_sid: String,
    /// The worker, `WK…`.
    pub worker_sid: String,
    /// The task's attributes: the text of a JSON object.
    pub task_attributes: Option<String>,
    /// The worker's attributes: the text of a JSON object.
    pub worker_attributes: Option<String>,
}

/// Something that happened in TaskRouter. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct TaskRouterEvent {
    /// Such as `reservation.canceled`.
    pub event_type: String,
    /// The event, `EV…`: the same when it is delivered again.
    pub sid: Option<String>,
    /// The reservation, `WR…`.
    pub reservation_sid: Option<String>,
    /// The task, `WT…`.
    pub task_sid: Option<String>,
    /// The queue, `WQ…`.
    pub task_queue_sid: Option<String>,
    /// The task's attributes: the text of a JSON object.
    pub task_attributes: Option<String>,
}

/// How a worker's leg is.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct LegStatus {
    /// The leg, `CA…`.
    pub call_sid: String,
    /// `completed`, `busy`, `failed`, `no-answer` and `canceled` end a call.
    pub call_status: Option<String>,
    /// Who answered, as far as Twilio can hear.
    pub answered_by: Option<String>,
}

/// What the URLs of a worker's leg carry. Twilio signs them, so they cannot be forged.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DispatchQuery {
    /// The reservation the leg is for, `WR…`.
    pub reservation: String,
    /// Proves that the URL belongs to this leg.
    pub nonce: String,
    /// How often the leg has asked in vain.
    pub round: Option<u32>,
    /// Who answered, if Twilio has said it before.
    pub answered: Option<String>,
}

/// The same, after a prompt.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DispatchKeyQuery {
    /// The reservation the leg is for, `WR…`.
    pub reservation: String,
    /// Proves that the URL belongs to this leg.
    pub nonce: String,
    /// Which prompt it was, from one.
    #[param(rename = "try")]
    pub attempt: u32,
}

/// What the URL of a conference carries, for a participant who is alone in it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AloneQuery {
    /// The reservation the room is for, `WR…`.
    pub reservation: String,
    /// Proves that the URL belongs to this room.
    pub nonce: String,
    /// `worker` or `caller`.
    pub side: String,
}
