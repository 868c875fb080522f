//! Parked calls: the two buttons of the plugin, and what Twilio asks for while a call is on hold.

pub mod status;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::parking::{HoldRound, ParkWish, Parking, PickUpWish, QueueLeft, Waiting},
    twilio::{deadline::Deadline, party::Party},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        flex::Flex,
        form::{AlwaysAnswered, TwilioForm},
        openapi::{self, HoldQuery, ParkCall, PickUpParkedCall},
        problem::Problem,
        reply::Voice,
        work::Work,
    },
};

crate::web::app::part!(Parking);

/// It is done, and will stay done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Always `true`; a refusal is a problem.
    success: bool,
    /// What the agent should know of it, if there is anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

const DONE: Json<Done> = Json(Done {
    success: true,
    message: None,
});

/// A supervisor was in on the call.
const LISTENER_LEFT: &str =
    "The caller is on hold. The supervisor who was listening has been disconnected with you.";

/// Parks a call
///
/// The customer's leg hears hold music, and stands in the worker's list until it is picked up or ends.
#[utoipa::path(post, path = "/park-call", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content((ParkCall = "application/x-www-form-urlencoded"), (ParkCall = "application/json"))),
    responses((status = 200, body = Done), openapi::PublishedPluginRefusal))]
pub(crate) async fn park_call(
    work: Work,
    State(parking): State<Parking>,
    Flex { agent, wish }: Flex<ParkWish>,
) -> Result<Json<Done>, Problem> {
    let by = work.by();
    let parked = work
        .finish(async move { parking.park(&agent, wish, by).await })
        .await??;
    Ok(Json(Done {
        success: true,
        message: parked.listener_left.then_some(LISTENER_LEFT),
    }))
}

/// Picks a parked call up
///
/// The call is routed to the worker at once, ahead of everything else. Of several who try, one succeeds.
#[utoipa::path(post, path = "/pickup-parked-call", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content((PickUpParkedCall = "application/x-www-form-urlencoded"), (PickUpParkedCall = "application/json"))),
    responses((status = 200, body = Done), openapi::PublishedPluginRefusal))]
pub(crate) async fn pickup_parked_call(
    work: Work,
    State(parking): State<Parking>,
    Flex { agent, wish }: Flex<PickUpWish>,
) -> Result<Json<Done>, Problem> {
    let by = work.by();
    work.finish(async move { parking.pick_up(&agent, wish, by).await })
        .await??;
    Ok(DONE)
}

/// The next round on hold
#[utoipa::path(post, path = "/hold", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(HoldQuery), responses(openapi::Spoken))]
pub(crate) async fn hold(
    work: Work,
    State(parking): State<Parking>,
    State(library): State<Library>,
    AlwaysAnswered { form, overloaded }: AlwaysAnswered<HoldRound>,
) -> Result<Voice, Problem> {
    let document = if overloaded {
        parking.hold_document(&form)
    } else {
        parking.hold(form, work.by()).await
    };
    if form.round == 0 && !overloaded {
        work.leave(async move { parking.first_round(form).await });
    }
    Voice::say(&library, &document)
}

/// A call left the queue
#[utoipa::path(post, path = "/hold/left", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(HoldQuery), responses(openapi::Spoken))]
pub(crate) async fn hold_left(
    by: Deadline,
    State(parking): State<Parking>,
    State(library): State<Library>,
    TwilioForm(left): TwilioForm<QueueLeft>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &parking.queue_left(left, by).await)
}

/// Waiting for the worker who parked the call
#[utoipa::path(post, path = "/hold/queue", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(HoldQuery), responses(openapi::Spoken))]
pub(crate) async fn hold_queue(
    State(parking): State<Parking>,
    State(library): State<Library>,
    AlwaysAnswered { form, .. }: AlwaysAnswered<Waiting>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &parking.waiting(form))
}

/// The way back to an agent
#[utoipa::path(post, path = "/pickup", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(HoldQuery), responses(openapi::Spoken))]
pub(crate) async fn pickup(
    by: Deadline,
    State(parking): State<Parking>,
    State(library): State<Library>,
    TwilioForm(round): TwilioForm<HoldRound>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &parking.pick_up_document(round, by).await)
}

impl Decode for ParkWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let owned = |text: &str| text.to_owned();
        let (attributes, name) = (reader.text("attributes"), reader.text("name"));
        let queue_name = reader.text("queueName");
        let (call, task) = (reader.need("callSid"), reader.need("taskSid"));
        let (worker, workflow) = (reader.need("workerSid"), reader.need("workflowSid"));
        Some(Self {
            attributes: attributes.map(owned),
            call: call?,
            name: name.map(Party::shown).map(owned),
            queue_name: queue_name.map(owned),
            task: task?,
            worker: worker?,
            workflow: workflow?,
        })
    }
}

impl Decode for PickUpWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (call, worker) = (reader.need("callSid"), reader.need("workerSid"));
        Some(Self {
            call: call?,
            worker: worker?,
        })
    }
}

impl Decode for HoldRound {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (call, worker) = (reader.need("CallSid"), reader.need("worker"));
        let (task, workflow) = (reader.want("task"), reader.need("workflow"));
        let (since, round) = (reader.need_number("since"), reader.need_number("round"));
        Some(Self {
            call: call?,
            worker: worker?,
            task: task.ok()?,
            workflow: workflow?,
            since: since?,
            round: round?,
        })
    }
}

impl Decode for QueueLeft {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let hold = HoldRound::decode(reader);
        let result = reader.text("QueueResult").unwrap_or_default().to_owned();
        Some(Self {
            hold: hold?,
            result,
        })
    }
}

impl Decode for Waiting {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let hold = HoldRound::decode(reader);
        // A call that has just come in has waited for no time at all.
        let seconds = reader.text("QueueTime").and_then(|time| time.parse().ok());
        Some(Self {
            hold: hold?,
            queue_seconds: seconds.unwrap_or(0),
        })
    }
}
