//! Workers: how many calls one may have, and which one has an extension.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    error::Error,
    features::{
        availability::Availability,
        capacity::{Capacity, CapacityWish, Settings, set_capacity},
        directory::{Directory, Found, lookup::find_worker},
    },
    twilio::{
        Twilio,
        deadline::Deadline,
        sid::{WorkerChannelSid, WorkerSid},
    },
    web::{
        fields::{Decode, Reader},
        flex::Flex,
        openapi::{self, WorkerCapacity, WorkerLookup},
        problem::Problem,
        widget::Widget,
        work::Work,
    },
};

crate::web::app::part!(Availability, Directory, Settings);

/// A worker's channel as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Channel {
    /// The channel.
    #[schema(value_type = String)]
    sid: WorkerChannelSid,
    /// How many tasks the worker may have on it.
    configured_capacity: u32,
    /// When it was changed, as Twilio wrote it.
    date_updated: Option<String>,
    /// The kind of channel, such as `voice`.
    task_channel_unique_name: String,
}

/// Sets a worker's capacity
///
/// An agent may set their own, a supervisor or an admin anybody's, up to `CAPACITY_LIMIT`. With `AVAILABILITY=server`
/// the capacity for calls is computed, not taken: the worker is looked at, and the answer says what it is.
#[utoipa::path(post, path = "/worker-capacity", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content((WorkerCapacity = "application/x-www-form-urlencoded"), (WorkerCapacity = "application/json"))),
    responses((status = 200, body = Channel), openapi::PublishedPluginRefusal))]
pub(crate) async fn worker_capacity(
    work: Work,
    State(twilio): State<Twilio>,
    State(settings): State<Settings>,
    State(availability): State<Availability>,
    Flex { agent, wish }: Flex<CapacityWish>,
) -> Result<Json<Channel>, Problem> {
    let (by, ceiling) = (work.by(), settings.limit);
    let set = async move { set_capacity(&twilio, &availability, &agent, wish, ceiling, by).await };
    Ok(Json(work.finish(set).await??.into()))
}

impl Decode for CapacityWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (worker, channel) = (reader.need("workerSid"), reader.need("workerChannelSid"));
        let capacity = reader.need_number("capacity");
        Some(Self {
            worker: worker?,
            channel: channel?,
            capacity: capacity?,
        })
    }
}

impl From<Capacity> for Channel {
    fn from(set: Capacity) -> Self {
        Self {
            sid: set.channel,
            configured_capacity: set.configured,
            date_updated: set.updated,
            task_channel_unique_name: set.task_channel,
        }
    }
}

/// What a flow gets to know of an extension.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LookupAnswer {
    /// Whether exactly one worker has the extension.
    success: bool,
    /// The worker, on success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    worker_sid: Option<WorkerSid>,
    /// What the worker is doing now, on success.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_activity: Option<String>,
    /// Why not, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// Finds the worker with an extension
///
/// For Studio's Make HTTP Request widget. No worker, several workers, and what is no extension are answered with
/// `success: false` and 200, because to a flow they are answers; a failure of ours takes its `failed` transition.
#[utoipa::path(post, path = "/worker-lookup", tag = openapi::STUDIO,
    security(("twilioSignature" = []), ("lookupBasic" = [])),
    request_body(content((WorkerLookup = "application/x-www-form-urlencoded"), (WorkerLookup = "application/json"))),
    responses((status = 200, body = LookupAnswer), openapi::LookupRefusal))]
pub(crate) async fn worker_lookup(
    by: Deadline,
    State(directory): State<Directory>,
    Widget(Extension(extension)): Widget<Extension>,
) -> Result<Json<LookupAnswer>, Problem> {
    let nothing = |message| LookupAnswer {
        message: Some(message),
        ..LookupAnswer::default()
    };
    Ok(Json(match find_worker(&directory, &extension, by).await {
        Ok(Found::One(worker)) => LookupAnswer::found(worker.sid, worker.activity_name),
        Ok(Found::Nobody) => nothing("no worker has this extension"),
        Ok(Found::Several(_)) => nothing("several workers have this extension"),
        Err(Error::Invalid { .. }) => nothing("an extension is made of digits"),
        Err(error) => return Err(error.into()),
    }))
}

impl LookupAnswer {
    fn found(worker: WorkerSid, activity: String) -> Self {
        Self {
            success: true,
            worker_sid: Some(worker),
            worker_activity: Some(activity),
            message: None,
        }
    }
}

/// What the caller keyed in, if anything.
#[derive(Debug)]
pub(crate) struct Extension(String);

impl Decode for Extension {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let extension = reader.text("extension").unwrap_or_default();
        Some(Self(extension.to_owned()))
    }
}
