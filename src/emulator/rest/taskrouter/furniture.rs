//! The furniture of a workspace over REST, to be changed: what `setup` and people with a console do.
//!
//! The parameters are Twilio's; those that mean nothing here (`ChannelOptimizedRouting`, the activities of a queue
//! in single-tasking workspaces) are taken and have no effect. A workspace can be changed but neither made nor
//! deleted: this world has one.

use super::{Answer, fixtures};
use crate::{
    emulator::{
        assignment::Asked,
        rest::{Refusal, RestAnswer, RestRequest},
        taskrouter::TaskOrder,
        world::World,
    },
    twilio::sid::{ActivitySid, TaskChannelSid, TaskQueueSid, WorkflowSid},
};

/// Makes, changes or deletes one piece.
pub(super) fn write(world: &mut World, request: &RestRequest, path: &[&str]) -> Answer {
    let posts = request.method == http::Method::POST;
    let deletes = request.method == http::Method::DELETE;
    match path {
        [] if posts => workspace(world, request),
        ["Activities"] if posts => new_activity(world, request),
        ["TaskChannels"] if posts => new_channel(world, request),
        ["TaskQueues"] if posts => new_queue(world, request),
        ["Workflows"] if posts => new_workflow(world, request),
        [kind, sid] if posts || deletes => {
            // What is not there can be neither changed nor deleted.
            fixtures::show(world, request, kind, sid)?;
            if deletes {
                request.allow(&[], &[])?;
                delete(world, request, kind, sid)
            } else {
                change(world, request, kind, sid)
            }
        }
        _ => Err(Refusal::method()),
    }
}

fn change(world: &mut World, request: &RestRequest, kind: &str, sid: &str) -> Answer {
    match kind {
        "Activities" => {
            request.allow(&[], &["FriendlyName"])?;
            let activity: ActivitySid = parsed(request, sid)?;
            if let Some(name) = request.form_value("FriendlyName") {
                world.router.rename_activity(activity, name)?;
            }
        }
        "TaskChannels" => {
            request.allow(&[], &["FriendlyName", "ChannelOptimizedRouting"])?;
            request.form_flag("ChannelOptimizedRouting")?;
            let channel: TaskChannelSid = channel(world, request, sid)?;
            if let Some(name) = request.form_value("FriendlyName") {
                world.router.rename_channel(channel, name)?;
            }
        }
        "TaskQueues" => change_queue(world, request, parsed(request, sid)?)?,
        "Workflows" => change_workflow(world, request, parsed(request, sid)?)?,
        _ => return Err(Refusal::method()),
    }
    fixtures::fetch(world, request, kind, sid)
}

fn delete(world: &mut World, request: &RestRequest, kind: &str, sid: &str) -> Answer {
    match kind {
        "Activities" => world.router.remove_activity(parsed(request, sid)?)?,
        "TaskChannels" => {
            let sid = channel(world, request, sid)?;
            world.router.remove_channel(sid)?;
        }
        "TaskQueues" => world.router.remove_queue(parsed(request, sid)?)?,
        "Workflows" => {
            let sid = parsed(request, sid)?;
            world.router.remove_workflow(sid);
            world.callbacks.forget(sid);
        }
        _ => return Err(Refusal::method()),
    }
    Ok(RestAnswer::gone())
}

fn workspace(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(
        &[],
        &[
            "DefaultActivitySid",
            "EventCallbackUrl",
            "EventsFilter",
            "FriendlyName",
            "MultiTaskEnabled",
            "TimeoutActivitySid",
            "PrioritizeQueueOrder",
        ],
    )?;
    if request.form_flag("MultiTaskEnabled")? == Some(false) {
        return Err(Refusal::invalid("A Flex workspace stays multi-tasking"));
    }
    let activity = |name: &str| {
        let given: Option<ActivitySid> = request
            .form_value(name)
            .map(str::parse)
            .transpose()
            .map_err(|_| Refusal::bad_value(name))?;
        let known = given.is_none_or(|sid| world.router.activity(sid).is_some());
        if known {
            Ok(given)
        } else {
            Err(Refusal::bad_value(name))
        }
    };
    let default = activity("DefaultActivitySid")?;
    let timeout = activity("TimeoutActivitySid")?;
    let url = url(request, "EventCallbackUrl")?;
    let workspace = &mut world.router.workspace;
    workspace.default_activity = default.unwrap_or(workspace.default_activity);
    workspace.timeout_activity = timeout.unwrap_or(workspace.timeout_activity);
    if let Some(name) = request.form_value("FriendlyName") {
        name.clone_into(&mut workspace.name);
    }
    let filter = request.form_value("EventsFilter").map(str::to_owned);
    let url = url.or_else(|| world.events.url().map(str::to_owned));
    let filter = filter.or_else(|| world.events.filter().map(str::to_owned));
    world.events.send_to(url, filter);
    Ok(fixtures::read_workspace(world, request))
}

fn new_activity(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &["FriendlyName", "Available"])?;
    let name = needed(request, "FriendlyName")?;
    world.router.check_activity_name(name, None)?;
    // Twilio: anything but these three is false.
    let available = request.form_value("Available");
    let available = available.is_some_and(|text| matches!(text, "true" | "1" | "yes"));
    let sid = world.router.add_activity(name, available, &world.rng);
    made(world, request, "Activities", sid.as_str())
}

fn new_channel(world: &mut World, request: &RestRequest) -> Answer {
    let known = ["FriendlyName", "UniqueName", "ChannelOptimizedRouting"];
    request.allow(&[], &known)?;
    request.form_flag("ChannelOptimizedRouting")?;
    let name = needed(request, "FriendlyName")?;
    let unique = needed(request, "UniqueName")?;
    let now = world.now();
    let sid = world.router.add_channel(name, unique, &world.rng, now)?;
    made(world, request, "TaskChannels", sid.as_str())
}

const QUEUE: [&str; 6] = [
    "FriendlyName",
    "TargetWorkers",
    "ReservationActivitySid",
    "AssignmentActivitySid",
    "MaxReservedWorkers",
    "TaskOrder",
];

fn new_queue(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &QUEUE)?;
    let name = needed(request, "FriendlyName")?;
    world.router.check_queue_name(name, None)?;
    let target = request.form_value("TargetWorkers").unwrap_or("1==1");
    let (most, order) = queue_rules(request)?;
    let sid = world.router.add_queue(name, target, &world.rng)?;
    world.router.set_queue_rules(sid, most, order)?;
    made(world, request, "TaskQueues", sid.as_str())
}

fn change_queue(
    world: &mut World,
    request: &RestRequest,
    sid: TaskQueueSid,
) -> Result<(), Refusal> {
    request.allow(&[], &QUEUE)?;
    let (most, order) = queue_rules(request)?;
    if let Some(name) = request.form_value("FriendlyName") {
        world.router.rename_queue(sid, name)?;
    }
    if let Some(target) = request.form_value("TargetWorkers") {
        world.router.set_queue_target(sid, target)?;
    }
    world.router.set_queue_rules(sid, most, order)
}

/// How many workers are offered a task at once, and which task goes first.
fn queue_rules(request: &RestRequest) -> Result<(Option<u64>, Option<TaskOrder>), Refusal> {
    let most = request.form_number("MaxReservedWorkers")?;
    if most.is_some_and(|it| !(1..=50).contains(&it)) {
        return Err(Refusal::bad_value("MaxReservedWorkers"));
    }
    let order = request.form_value("TaskOrder");
    let order =
        order.map(|name| TaskOrder::named(name).ok_or_else(|| Refusal::bad_value("TaskOrder")));
    Ok((most, order.transpose()?))
}

const WORKFLOW: [&str; 6] = [
    "FriendlyName",
    "Configuration",
    "AssignmentCallbackUrl",
    "FallbackAssignmentCallbackUrl",
    "TaskReservationTimeout",
    "ReEvaluateTasks",
];

fn new_workflow(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &WORKFLOW[..5])?;
    let name = needed(request, "FriendlyName")?;
    let configuration = needed(request, "Configuration")?;
    let (timeout, asked) = workflow_manners(request)?;
    let sid = world.router.add_routing(name, configuration, &world.rng)?;
    apply(world, sid, timeout, asked);
    made(world, request, "Workflows", sid.as_str())
}

fn change_workflow(
    world: &mut World,
    request: &RestRequest,
    sid: WorkflowSid,
) -> Result<(), Refusal> {
    request.allow(&[], &WORKFLOW)?;
    let (timeout, asked) = workflow_manners(request)?;
    let (again, now) = (
        request.form_flag("ReEvaluateTasks")? == Some(true),
        world.now(),
    );
    if let Some(configuration) = request.form_value("Configuration") {
        world.router.set_routing(sid, configuration, again, now)?;
    }
    if let Some(name) = request.form_value("FriendlyName") {
        world.router.rename_workflow(sid, name)?;
    }
    apply(world, sid, timeout, asked);
    Ok(())
}

fn workflow_manners(request: &RestRequest) -> Result<(Option<u64>, Asked), Refusal> {
    let timeout = match request.form_number("TaskReservationTimeout")? {
        Some(0 | 86_401..) => return Err(Refusal::bad_value("TaskReservationTimeout")),
        other => other,
    };
    let asked = Asked {
        url: url(request, "AssignmentCallbackUrl")?,
        fallback: url(request, "FallbackAssignmentCallbackUrl")?,
    };
    Ok((timeout, asked))
}

/// What was not given stays; an empty URL takes the old one away.
fn apply(world: &mut World, sid: WorkflowSid, timeout: Option<u64>, given: Asked) {
    if let Some(seconds) = timeout {
        world.router.set_reservation_timeout(sid, seconds);
    }
    let old = world.callbacks.of(sid);
    let filled = |url: Option<String>| url.filter(|url| !url.is_empty());
    let asked = Asked {
        url: filled(given.url.or(old.url)),
        fallback: filled(given.fallback.or(old.fallback)),
    };
    world.callbacks.set(sid, asked);
}

fn made(world: &World, request: &RestRequest, kind: &str, sid: &str) -> Answer {
    let found = fixtures::show(world, request, kind, sid)?;
    Ok(RestAnswer::created(found))
}

fn channel(world: &World, request: &RestRequest, id: &str) -> Result<TaskChannelSid, Refusal> {
    let found = world.router.channel(id).map(|it| it.sid);
    found.ok_or_else(|| Refusal::not_found(&request.path))
}

fn parsed<T: std::str::FromStr>(request: &RestRequest, sid: &str) -> Result<T, Refusal> {
    sid.parse().map_err(|_| Refusal::not_found(&request.path))
}

fn needed<'r>(request: &'r RestRequest, name: &str) -> Result<&'r str, Refusal> {
    let given = request.form_value(name).filter(|text| !text.is_empty());
    given.ok_or_else(|| Refusal::invalid(format!("Missing required parameter {name}")))
}

/// A URL, or an empty text, which means none.
fn url(request: &RestRequest, name: &str) -> Result<Option<String>, Refusal> {
    let given = request.form_value(name);
    let fits = |text: &str| {
        text.is_empty()
            || url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    match given {
        Some(text) if !fits(text) => Err(Refusal::bad_value(name)),
        _ => Ok(given.map(str::to_owned)),
    }
}
