//! The furniture of a workspace over REST, to be read: the workspace, activities, task channels, queues, workflows.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, show::Show};
use crate::emulator::{
    rest::{Direction, Page, Refusal, RestAnswer, RestRequest, iso},
    taskrouter::{Activity, TaskChannel, TaskQueue, TaskRouter, Workflow},
    world::World,
};

/// Reads one piece, or lists all of a kind.
pub(super) fn read(world: &World, request: &RestRequest, path: &[&str]) -> Answer {
    match path {
        [] => {
            request.allow(&[], &[])?;
            Ok(read_workspace(world, request))
        }
        [kind] => list(request, kind_of(world, request, kind)?),
        [kind, sid] => {
            request.allow(&[], &[])?;
            fetch(world, request, kind, sid)
        }
        _ => Err(Refusal::not_found(&request.path)),
    }
}

/// Lists the one workspace.
pub(super) fn workspaces(world: &World, request: &RestRequest) -> Answer {
    let all = vec![workspace(&Show::new(world, request), world)];
    list(request, ("workspaces", &["FriendlyName"], all))
}

/// The workspace.
pub(super) fn read_workspace(world: &World, request: &RestRequest) -> RestAnswer {
    let show = Show::new(world, request);
    RestAnswer::found(workspace(&show, world))
}

/// One piece.
pub(super) fn fetch(world: &World, request: &RestRequest, kind: &str, sid: &str) -> Answer {
    show(world, request, kind, sid).map(RestAnswer::found)
}

/// One piece as Twilio shows it.
///
/// # Errors
/// 20404 when there is none.
pub(super) fn show(
    world: &World,
    request: &RestRequest,
    kind: &str,
    sid: &str,
) -> Result<Value, Refusal> {
    let (_, _, all) = kind_of(world, request, kind)?;
    let mut all = all.into_iter();
    all.find(|it| it["sid"] == sid || it["unique_name"] == sid)
        .ok_or_else(|| Refusal::not_found(&request.path))
}

/// A kind of furniture: its key in a list, the filters of that list, and every piece.
type Kind = (&'static str, &'static [&'static str], Vec<Value>);

fn kind_of(world: &World, request: &RestRequest, kind: &str) -> Result<Kind, Refusal> {
    let show = Show::new(world, request);
    let router = &world.router;
    Ok(match kind {
        "Activities" => (
            "activities",
            &["FriendlyName", "Available"],
            each(router.activities(), |it| activity(&show, it)),
        ),
        "TaskChannels" => (
            "channels",
            &[],
            each(router.channels(), |it| task_channel(&show, it)),
        ),
        "TaskQueues" => (
            "task_queues",
            &["FriendlyName", "WorkerSid"],
            router
                .queues()
                .iter()
                .filter(|it| has_worker(router, it, request))
                .map(|it| queue(&show, it))
                .collect(),
        ),
        "Workflows" => (
            "workflows",
            &["FriendlyName"],
            each(router.workflows(), |it| workflow(&show, world, it)),
        ),
        _ => return Err(Refusal::not_found(&request.path)),
    })
}

/// Whether a queue has the worker that is asked for, if one is.
fn has_worker(router: &TaskRouter, queue: &TaskQueue, request: &RestRequest) -> bool {
    let Some(asked) = request.query_value("WorkerSid") else {
        return true;
    };
    let worker = asked.parse().ok();
    worker.is_some_and(|worker| router.belongs(worker, queue.sid))
}

fn each<T>(all: &[T], show: impl Fn(&T) -> Value) -> Vec<Value> {
    all.iter().map(show).collect()
}

fn list(request: &RestRequest, (key, filters, mut all): Kind) -> Answer {
    request.allow_list(filters)?;
    if let Some(name) = request.query_value("FriendlyName") {
        all.retain(|it| it["friendly_name"] == name);
    }
    if let Some(text) = request.query_value("Available") {
        let wanted = matches!(text, "true" | "1" | "yes");
        all.retain(|it| it["available"] == wanted);
    }
    let mut rows: Vec<_> = all
        .into_iter()
        .map(|it| (it["sid"].as_str().unwrap_or_default().to_owned(), it))
        .collect();
    rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    let rows = rows.into_iter().map(|(sid, it)| (Cow::Owned(sid), it));
    let page = Page::cut(request, 1000, Direction::Rising, rows)?;
    Ok(RestAnswer::found(page.modern(request, key, |it| it)))
}

/// The furniture was there before the story began.
fn made() -> String {
    iso(Timestamp::UNIX_EPOCH)
}

fn workspace(show: &Show<'_>, world: &World) -> Value {
    let router = &world.router;
    let it = &router.workspace;
    let name = |sid| router.activity(sid).map(|activity| activity.name.clone());
    let members = json!({
        "sid": it.sid,
        "friendly_name": it.name,
        "date_created": made(),
        "date_updated": made(),
        "default_activity_name": name(it.default_activity),
        "default_activity_sid": it.default_activity,
        "event_callback_url": world.events.url(),
        "events_filter": world.events.filter(),
        "multi_task_enabled": true,
        "timeout_activity_name": name(it.timeout_activity),
        "timeout_activity_sid": it.timeout_activity,
        "prioritize_queue_order": "FIFO",
    });
    let links = [
        ("activities", "/Activities".to_owned()),
        ("task_queues", "/TaskQueues".to_owned()),
        ("tasks", "/Tasks".to_owned()),
        ("workers", "/Workers".to_owned()),
        ("workflows", "/Workflows".to_owned()),
        ("task_channels", "/TaskChannels".to_owned()),
    ];
    let framed = show.frame(members, "", &links);
    let mut body = serde_json::to_value(framed).unwrap_or_default();
    if let Some(body) = body.as_object_mut() {
        body.remove("workspace_sid");
    }
    body
}

fn activity(show: &Show<'_>, it: &Activity) -> Value {
    let members = json!({
        "sid": it.sid,
        "friendly_name": it.name,
        "available": it.available,
        "date_created": made(),
        "date_updated": made(),
    });
    framed(show, members, &format!("/Activities/{}", it.sid))
}

fn task_channel(show: &Show<'_>, it: &TaskChannel) -> Value {
    let members = json!({
        "sid": it.sid,
        "friendly_name": it.name,
        "unique_name": it.unique_name,
        "channel_optimized_routing": true,
        "date_created": made(),
        "date_updated": made(),
    });
    framed(show, members, &format!("/TaskChannels/{}", it.sid))
}

fn queue(show: &Show<'_>, it: &TaskQueue) -> Value {
    let members = json!({
        "sid": it.sid,
        "friendly_name": it.name,
        "target_workers": it.target,
        "assignment_activity_sid": null,
        "assignment_activity_name": null,
        "reservation_activity_sid": null,
        "reservation_activity_name": null,
        "max_reserved_workers": it.max_reserved,
        "task_order": it.order.name(),
        "date_created": made(),
        "date_updated": made(),
    });
    framed(show, members, &format!("/TaskQueues/{}", it.sid))
}

fn workflow(show: &Show<'_>, world: &World, it: &Workflow) -> Value {
    let asked = world.callbacks.of(it.sid);
    let members = json!({
        "sid": it.sid,
        "friendly_name": it.name,
        "assignment_callback_url": asked.url,
        "fallback_assignment_callback_url": asked.fallback,
        "configuration": it.configuration,
        "document_content_type": "application/json",
        "task_reservation_timeout": it.reservation_timeout,
        "date_created": made(),
        "date_updated": made(),
    });
    framed(show, members, &format!("/Workflows/{}", it.sid))
}

fn framed(show: &Show<'_>, members: Value, url: &str) -> Value {
    let framed = show.frame(members, url, &[("workspace", String::new())]);
    serde_json::to_value(framed).unwrap_or_default()
}
