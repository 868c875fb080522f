//! TaskRouter asks what to do with a reservation.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::{
        dispatch::{Assignment, Dispatch, Instruction},
        extension::Extension,
    },
    json,
    twilio::sid::ActivitySid,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, AssignmentCallback},
        problem::Problem,
        work::Work,
    },
};

/// What TaskRouter is told to do: nothing, as an empty object; or to bring worker and caller into a `conference`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// `conference`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<&'static str>,
    /// The worker's phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// The number it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// How long it rings, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    /// The rest of it.
    #[serde(flatten)]
    conference: Option<Conference>,
}

/// What only a conference has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conference {
    /// Where the progress of the worker's leg is told.
    status_callback: String,
    /// How.
    status_callback_method: &'static str,
    /// What of it.
    status_callback_event: &'static str,
    /// The conference ends when either side leaves.
    end_conference_on_exit: &'static str,
    /// The conference ends when either side leaves.
    end_conference_on_customer_exit: &'static str,
    /// No sound when a participant joins.
    beep: &'static str,
    /// Where the worker goes afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    post_work_activity_sid: Option<ActivitySid>,
}

/// What to do with a reservation
///
/// Answered within five seconds, whatever Twilio's APIs do: `{}` when another handler takes care of it or we place the leg
/// ourselves, or a `conference` instruction.
#[utoipa::path(post, path = "/assignment-callback", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = AssignmentCallback, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Answer), openapi::SignedRefusal))]
pub(crate) async fn assignment_callback(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(extension): State<Extension>,
    TwilioForm(assignment): TwilioForm<Assignment>,
) -> Result<Json<Answer>, Problem> {
    let (by, deciding) = (work.by(), dispatch.clone());
    if let Some(call) = extension.offered(&assignment) {
        let worker = assignment.worker;
        work.leave(async move { extension.note_offer(worker, call).await });
    }
    let decided = work.finish(async move { deciding.assigned(&assignment, by).await });
    let (instruction, later) = decided.await?;
    if let Some(later) = later {
        work.leave(async move { dispatch.carry_on(later).await });
    }
    Ok(Json(instruction.into()))
}

impl From<Instruction> for Answer {
    fn from(instruction: Instruction) -> Self {
        match instruction {
            Instruction::Nothing => Self::default(),
            Instruction::Conference {
                to,
                from,
                ring,
                status,
                after,
            } => Self {
                instruction: Some("conference"),
                to: Some(to.to_string()),
                from: Some(from.to_string()),
                timeout: Some(ring.as_secs()),
                conference: Some(Conference {
                    status_callback: status,
                    status_callback_method: "POST",
                    status_callback_event: "initiated,completed",
                    end_conference_on_exit: "true",
                    end_conference_on_customer_exit: "true",
                    beep: "false",
                    post_work_activity_sid: after,
                }),
            },
        }
    }
}

impl Decode for Assignment {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (reservation, task) = (reader.need("ReservationSid"), reader.need("TaskSid"));
        let worker = reader.need("WorkerSid");
        let attributes =
            |text: Option<&str>| json::object(text.unwrap_or_default()).unwrap_or_default();
        let workflow = reader.text("WorkflowSid").and_then(|sid| sid.parse().ok());
        let queue = reader.text("TaskQueueSid").and_then(|sid| sid.parse().ok());
        Some(Self {
            workflow,
            queue,
            reservation: reservation?,
            task: task?,
            worker: worker?,
            worker_attributes: attributes(reader.text("WorkerAttributes")),
            task_attributes: attributes(reader.text("TaskAttributes")),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_is_exactly_an_empty_object() {
        let answer = serde_json::to_string(&Answer::from(Instruction::Nothing)).unwrap();
        assert_eq!(answer, "{}");
    }

    #[test]
    fn an_instruction_is_in_taskrouters_words() {
        let instruction = Instruction::Conference {
            to: "+15125550111".parse().unwrap(),
            from: "+15125550100".parse().unwrap(),
            ring: Duration::from_secs(20),
            status: "https://x.example/status".to_owned(),
            after: None,
        };
        let answer = serde_json::to_value(Answer::from(instruction)).unwrap();
        let wanted = serde_json::json!({
            "instruction": "conference", "to": "+15125550111", "from": "+15125550100", "timeout": 20, "beep": "false",
            "status_callback": "https://x.example/status", "status_callback_method": "POST",
            "status_callback_event": "initiated,completed",
            "end_conference_on_exit": "true", "end_conference_on_customer_exit": "true",
        });
        assert_eq!(answer, wanted);
    }
}
