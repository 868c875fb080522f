//! What a supervisor sees: workers and their calls, and who waits on hold.
//!
//! Callers are shown by name or number as in the agents' own lists: their supervisor may see whom they talk to.

pub mod board;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    durable::time::millis,
    features::overview::{
        Floor, OnHold, Overview, ParkedNow, State as Standing, TaskNow, WorkerNow,
    },
    twilio::{
        deadline::Deadline,
        sid::{ActivitySid, CallSid, TaskSid, WorkerSid},
    },
    web::{
        openapi::{self, PluginRefusal},
        problem::Problem,
        supervisor::Supervisor,
    },
};

crate::web::app::part!(Overview);

/// All parked calls.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParkedCalls {
    /// When this was so; a few seconds ago at most.
    #[schema(value_type = String)]
    #[serde(serialize_with = "millis::serialize")]
    as_of: Timestamp,
    /// How many there are.
    total: usize,
    /// How many came from each queue.
    queues: Vec<QueueOnHold>,
    /// The calls, the longest parked first.
    calls: Vec<Parked>,
}

/// Parked calls of one queue.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct QueueOnHold {
    /// The queue; null for calls that came from none.
    queue: Option<String>,
    /// How many are parked.
    calls: usize,
    /// For how many seconds the longest of them.
    longest_seconds: u64,
}

/// One parked call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Parked {
    /// The leg on hold.
    #[schema(value_type = String)]
    call_sid: CallSid,
    /// The caller, as the worker's list shows them.
    name: Option<String>,
    /// The queue the call came from at first.
    queue: Option<String>,
    /// Who parked it.
    #[schema(value_type = String)]
    worker_sid: WorkerSid,
    /// Their name.
    worker_name: Option<String>,
    /// Since when.
    #[schema(value_type = String)]
    #[serde(serialize_with = "millis::serialize")]
    since: Timestamp,
    /// For how many seconds.
    seconds: u64,
    /// Whether it rings at its worker's now, because it came back by itself.
    coming_back: bool,
}

/// All workers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Staff {
    /// When this was so; a few seconds ago at most.
    #[schema(value_type = String)]
    #[serde(serialize_with = "millis::serialize")]
    as_of: Timestamp,
    /// How many there are of each.
    totals: Totals,
    /// The workers, in order of name.
    workers: Vec<Worker>,
    /// Tasks whose worker could not be found out this time.
    adrift: Vec<Task>,
}

/// How many there are of each.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Totals {
    /// Workers.
    workers: usize,
    /// Those ready for calls from the line.
    eligible: usize,
    /// Those in an available activity who are not ready: on a call, or with one parked.
    busy: usize,
    /// Those in another activity.
    unavailable: usize,
    /// Those of whom Twilio's list does not say whether they are ready.
    unknown: usize,
    /// Tasks that workers are offered, have or write up.
    tasks: usize,
    /// Parked calls.
    parked_calls: usize,
}

/// One worker.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Worker {
    /// Their SID.
    #[schema(value_type = String)]
    sid: WorkerSid,
    /// Their name.
    name: String,
    /// What they are doing.
    activity: String,
    /// Its SID.
    #[schema(value_type = Option<String>)]
    activity_sid: Option<ActivitySid>,
    /// Whether that is an available activity.
    available: bool,
    /// Their attribute `isAcdReady`, if the list shows it.
    acd_ready: Option<bool>,
    /// `eligible`, `busy`, `unavailable` or `unknown`.
    state: &'static str,
    /// How many calls they have parked.
    parked_calls: usize,
    /// Their tasks, the oldest first.
    tasks: Vec<Task>,
}

/// One task.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Task {
    /// Its SID.
    #[schema(value_type = String)]
    sid: TaskSid,
    /// `reserved`, `assigned` or `wrapping`.
    status: String,
    /// What kind of work it is, such as `voice`.
    channel: Option<String>,
    /// The queue that Flex shows it under.
    queue: Option<String>,
    /// The queue its caller came from at first.
    original_queue: Option<String>,
    /// Its call.
    #[schema(value_type = Option<String>)]
    call_sid: Option<CallSid>,
    /// For how many seconds it has been there.
    age: u64,
}

/// Who is on which call, and who is free
///
/// For supervisors and admins. Workers who are busy are counted beside those who are eligible; of a task both queues
/// are shown, the one it is in and its caller's own.
#[utoipa::path(get, path = "/workers", tag = openapi::PLUGIN, security(("flexToken" = [])),
    responses((status = 200, body = Staff), PluginRefusal))]
pub(crate) async fn workers(
    _: Supervisor,
    by: Deadline,
    State(overview): State<Overview>,
) -> Result<Json<Staff>, Problem> {
    Ok(Json(Staff::from(&*overview.floor(by).await?)))
}

/// Who waits on hold
///
/// For supervisors and admins: every parked call with the queue it came from, its age, and who parked it.
#[utoipa::path(get, path = "/parked-calls", tag = openapi::PLUGIN, security(("flexToken" = [])),
    responses((status = 200, body = ParkedCalls), PluginRefusal))]
pub(crate) async fn parked_calls(
    _: Supervisor,
    by: Deadline,
    State(overview): State<Overview>,
) -> Result<Json<ParkedCalls>, Problem> {
    Ok(Json(ParkedCalls::from(&*overview.on_hold(by).await?)))
}

impl From<&OnHold> for ParkedCalls {
    fn from(on_hold: &OnHold) -> Self {
        let queue = |(queue, calls, longest_seconds): (Option<&str>, usize, u64)| QueueOnHold {
            queue: queue.map(str::to_owned),
            calls,
            longest_seconds,
        };
        Self {
            as_of: on_hold.at,
            total: on_hold.calls.len(),
            queues: on_hold.by_queue().into_iter().map(queue).collect(),
            calls: on_hold.calls.iter().map(Parked::from).collect(),
        }
    }
}

impl From<&ParkedNow> for Parked {
    fn from(now: &ParkedNow) -> Self {
        Self {
            call_sid: now.call.call_sid,
            name: now.call.name.clone(),
            queue: now.queue.clone(),
            worker_sid: now.call.worker_sid,
            worker_name: now.parked_by.clone(),
            since: now.call.date_created,
            seconds: now.seconds,
            coming_back: now.coming_back,
        }
    }
}

impl From<&Floor> for Staff {
    fn from(floor: &Floor) -> Self {
        let (workers, adrift) = (&floor.workers, &floor.adrift);
        let mut tasks: Vec<_> = workers.iter().flat_map(|it| &it.tasks).collect();
        // A task may be offered to several workers at once.
        tasks.sort_by_key(|task| task.sid);
        tasks.dedup_by_key(|task| task.sid);
        Self {
            as_of: floor.at,
            totals: Totals {
                workers: workers.len(),
                eligible: floor.count(Standing::Eligible),
                busy: floor.count(Standing::Busy),
                unavailable: floor.count(Standing::Unavailable),
                unknown: floor.count(Standing::Unknown),
                tasks: tasks.len() + adrift.len(),
                parked_calls: workers.iter().map(|it| it.parked).sum(),
            },
            workers: workers.iter().map(Worker::from).collect(),
            adrift: adrift.iter().map(Task::from).collect(),
        }
    }
}

impl From<&WorkerNow> for Worker {
    fn from(now: &WorkerNow) -> Self {
        Self {
            sid: now.sid,
            name: now.name.clone(),
            activity: now.activity.clone(),
            activity_sid: now.activity_sid,
            available: now.available,
            acd_ready: now.ready,
            state: match now.state() {
                Standing::Eligible => "eligible",
                Standing::Busy => "busy",
                Standing::Unavailable => "unavailable",
                Standing::Unknown => "unknown",
            },
            parked_calls: now.parked,
            tasks: now.tasks.iter().map(Task::from).collect(),
        }
    }
}

impl From<&TaskNow> for Task {
    fn from(now: &TaskNow) -> Self {
        Self {
            sid: now.sid,
            status: now.status.clone(),
            channel: now.channel.clone(),
            queue: now.queue.clone(),
            original_queue: now.original_queue.clone(),
            call_sid: now.call,
            age: now.age,
        }
    }
}
