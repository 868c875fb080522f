//! TaskRouter asks what to do with a reservation, and tells what happened elsewhere.

use axum::{Json, extract::State};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    app::App,
    fields::{Decode, Reader},
    form::TwilioForm,
    openapi::{self, AssignmentCallback, TaskRouterEvent},
    problem::Problem,
    status::once_more,
    work::Work,
};
use crate::{
    domain::{
        dispatch::{Assignment, Caller, Dialled, Dispatch, Instruction, RouterEvent},
        extension::Extension,
    },
    json,
    twilio::sid::{ActivitySid, CallSid, WorkerSid},
};

/// What TaskRouter is told to do: nothing, as an empty object; or to bring worker and caller into a `conference`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Answer {
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
pub(super) struct Conference {
    /// Where the progress of the worker's leg is told.
    status_callback: String,
    /// How.
    status_callback_method: &'static str,
    /// What of it.
    status_callback_event: &'static str,
    /// Whoever leaves ends it.
    end_conference_on_exit: &'static str,
    /// Whoever leaves ends it.
    end_conference_on_customer_exit: &'static str,
    /// No sound when somebody comes.
    beep: &'static str,
    /// Where the worker goes afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    post_work_activity_sid: Option<ActivitySid>,
}

/// What to do with a reservation
///
/// Answered within five seconds, whatever Twilio's APIs do: `{}` when somebody else sees to it or we place the leg
/// ourselves, or a `conference` instruction.
#[utoipa::path(post, path = "/assignment-callback", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = AssignmentCallback, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Answer), openapi::SignedRefusal))]
pub(super) async fn assignment_callback(
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

/// Something happened in TaskRouter
///
/// 204 once what follows from it is done, or left to the reconciler. Events that are not known are ignored.
#[utoipa::path(post, path = "/taskrouter-events", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = TaskRouterEvent, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(super) async fn taskrouter_events(
    work: Work,
    State(app): State<App>,
    TwilioForm(event): TwilioForm<RouterEvent>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    app.parts().availability.hear(&event);
    app.parts().overview.hear(&event);
    let followed = async move {
        let parts = app.parts();
        // One that fails keeps none of the others from hearing of it.
        let dispatched = parts.dispatch.router_event(&event, by).await;
        let extended = parts.extension.router_event(&event, by).await;
        let dialled = parts.did.router_event(&event, by).await;
        let parked = parts.parking.router_event(&event, by).await;
        dispatched.and(extended).and(dialled).and(parked)
    };
    work.finish(followed).await?.map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
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
        let attributes = |text: Option<&str>| object(text.unwrap_or_default());
        let (workflow, queue) = (
            parsed(reader, "WorkflowSid"),
            parsed(reader, "TaskQueueSid"),
        );
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

/// What an event's task says of its caller; what is not as it should be says nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(deserialize_with = "lenient")]
    call_sid: Option<CallSid>,
    #[serde(deserialize_with = "lenient")]
    direction: Option<Direction>,
    #[serde(deserialize_with = "lenient")]
    outbound_to: Option<String>,
    #[serde(deserialize_with = "lenient")]
    from: Option<String>,
    #[serde(deserialize_with = "lenient")]
    extension: Option<Owned>,
    #[serde(deserialize_with = "lenient")]
    did: Option<Owned>,
    #[serde(rename = "isParkPickup", deserialize_with = "lenient")]
    parked: Option<bool>,
    #[serde(rename = "parkTicket", deserialize_with = "lenient")]
    ticket: Option<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Outbound,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Owned {
    owner: Option<WorkerSid>,
    #[serde(default)]
    routing: Option<String>,
}

impl From<Owned> for Dialled {
    fn from(of: Owned) -> Self {
        Self {
            owner: of.owner,
            is_nobodys: of.routing.as_deref() == Some("nobody"),
        }
    }
}

fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: serde::Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<Attributes> for Caller {
    fn from(of: Attributes) -> Self {
        let number = |text: Option<String>| text?.parse().ok();
        Self {
            call: of.call_sid,
            is_outbound: of.direction == Some(Direction::Outbound),
            outbound_to: number(of.outbound_to),
            from: number(of.from),
            extension: of.extension.map(Dialled::from),
            did: of.did.map(Dialled::from),
            from_hold: of.ticket.is_some(),
            was_parked: of.parked == Some(true),
        }
    }
}

/// What an event's worker says of themselves.
#[derive(Deserialize)]
struct Readiness {
    #[serde(rename = "isAcdReady")]
    ready: Option<bool>,
}

impl Decode for RouterEvent {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = reader.need_text("EventType", "an event's type")?.to_owned();
        let attributes = reader.text("TaskAttributes").unwrap_or_default();
        let caller: Attributes = read(attributes).unwrap_or_default();
        let at = reader.text("TimestampMs").and_then(|at| at.parse().ok());
        let attributes = reader.text("WorkerAttributes").unwrap_or_default();
        // All others need not be read for it.
        let changed = kind == "worker.attributes.update";
        let readiness = changed.then(|| read::<Readiness>(attributes));
        // What an event that is not known means by these is not our business, so nothing is complained about.
        Some(Self {
            sid: parsed(reader, "Sid"),
            kind,
            reservation: parsed(reader, "ReservationSid"),
            task: parsed(reader, "TaskSid"),
            workflow: parsed(reader, "WorkflowSid"),
            reason: reader.text("TaskCanceledReason").map(str::to_owned),
            queue: parsed(reader, "TaskQueueSid"),
            worker: parsed(reader, "WorkerSid"),
            at: at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            caller: caller.into(),
            channel: reader.text("TaskChannelUniqueName").map(str::to_owned),
            ready: readiness.and_then(Result::ok).and_then(|it| it.ready),
        })
    }
}

fn parsed<T: std::str::FromStr>(reader: &Reader<'_>, name: &str) -> Option<T> {
    reader.text(name)?.parse().ok()
}

/// The members of a JSON object; none if it is not one.
fn object(text: &str) -> Map<String, Value> {
    json::object(text).unwrap_or_default()
}

/// What attributes say.
fn read<T: serde::de::DeserializeOwned>(attributes: &str) -> Result<T, serde_json::Error> {
    // Deeply nested attributes and halves of an emoji are no reason to forget a caller.
    serde_json::from_str(attributes).or_else(|_| {
        let members = json::object(attributes)?;
        serde_json::from_value(Value::Object(members))
    })
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
