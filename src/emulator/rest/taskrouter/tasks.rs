//! Tasks over REST.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Answer, show::Show};
use crate::{
    emulator::{
        rest::{Direction, Page, Refusal, RestAnswer, RestRequest},
        taskrouter::{Attributes, NewTask, Task, TaskRouter, TaskStatus},
        world::World,
    },
    expression::Expression,
    twilio::sid::{TaskSid, WorkflowSid},
};

const LIST: [&str; 10] = [
    "Priority",
    "AssignmentStatus",
    "WorkflowSid",
    "WorkflowName",
    "TaskQueueSid",
    "TaskQueueName",
    "EvaluateTaskAttributes",
    "RoutingTarget",
    "Ordering",
    "HasAddons",
];
const CREATE: [&str; 9] = [
    "Timeout",
    "Priority",
    "TaskChannel",
    "WorkflowSid",
    "Attributes",
    "VirtualStartTime",
    "RoutingTarget",
    "IgnoreCapacity",
    "TaskQueueSid",
];
const UPDATE: [&str; 6] = [
    "Attributes",
    "AssignmentStatus",
    "Reason",
    "Priority",
    "TaskChannel",
    "VirtualStartTime",
];

/// The version of a task, worker or reservation as its `ETag`.
pub(super) fn tag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Compares `If-Match`, quoted or bare, with a version.
pub(super) fn check_version(request: &RestRequest, version: u64) -> Result<(), Refusal> {
    match request.if_match.as_deref() {
        Some(wanted) if wanted.trim_matches('"') != version.to_string() => Err(Refusal::stale()),
        _ => Ok(()),
    }
}

pub(super) fn find<'a>(
    router: &'a TaskRouter,
    request: &RestRequest,
    sid: &str,
) -> Result<&'a Task, Refusal> {
    let found = sid.parse::<TaskSid>().ok();
    let found = found.and_then(|sid| router.task(sid));
    found.ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn fetch(world: &World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(&[], &[])?;
    let task = find(&world.router, request, sid)?;
    let body = Show::new(world, request).task(task, false);
    Ok(RestAnswer::found(body).tagged(tag(task.version)))
}

pub(super) fn list(world: &mut World, request: &RestRequest) -> Answer {
    request.allow_list(&LIST)?;
    let expression = request.query_value("EvaluateTaskAttributes");
    let expression = expression.map(Expression::read).transpose()?;
    let statuses = statuses(request)?;
    let order = order(request)?;
    let priority = request.query_number("Priority")?;
    let now = world.now();
    if expression.is_some() {
        world.router.meter_task_query(now)?;
    }
    let router = &world.router;
    let named = |asked: &str, actual: Option<&str>| {
        let asked = request.query_value(asked);
        asked.is_none_or(|name| actual == Some(name))
    };
    let matches = |task: &&Task| {
        let workflow = router.workflow(task.workflow).map(|it| it.name.as_str());
        let queue = router.queue(task.queue).map(|it| it.name.as_str());
        (statuses.is_empty() || statuses.contains(&task.status))
            && priority.is_none_or(|it| it == task.priority)
            && named("WorkflowSid", Some(task.workflow.as_str()))
            && named("WorkflowName", workflow)
            && named("TaskQueueSid", Some(task.queue.as_str()))
            && named("TaskQueueName", queue)
            && named("RoutingTarget", task.target.as_deref())
            && named("HasAddons", Some("false"))
            && expression
                .as_ref()
                .is_none_or(|it| it.holds(&task.attributes.value))
    };
    let tasks = router.tasks().filter(matches);
    let mut rows: Vec<_> = tasks.map(|task| (order.key(task), task)).collect();
    rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    let rows = rows.into_iter().map(|(key, task)| (Cow::Owned(key), task));
    let page = Page::cut(request, 1000, Direction::Rising, rows)?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(
        page.modern(request, "tasks", |task| show.task(task, true)),
    ))
}

/// `AssignmentStatus`, repeated or with commas; Twilio's own examples show both.
fn statuses(request: &RestRequest) -> Result<Vec<TaskStatus>, Refusal> {
    let names = request.query_values("AssignmentStatus");
    let names = names.flat_map(|value| value.split(','));
    names
        .map(|name| TaskStatus::named(name).ok_or_else(|| Refusal::bad_value("AssignmentStatus")))
        .collect()
}

#[derive(Clone, Copy)]
enum Field {
    Created,
    Priority,
    VirtualStart,
}

/// What tasks are sorted by, most important first; `true` is falling.
struct Order(Vec<(Field, bool)>);

fn order(request: &RestRequest) -> Result<Order, Refusal> {
    let Some(text) = request.query_value("Ordering") else {
        return Ok(Order(vec![(Field::Created, false)]));
    };
    let part = |part: &str| {
        let (field, way) = part.split_once(':')?;
        let field = match field {
            "DateCreated" => Field::Created,
            "Priority" => Field::Priority,
            "VirtualStartTime" => Field::VirtualStart,
            _ => return None,
        };
        match way {
            "asc" => Some((field, false)),
            "desc" => Some((field, true)),
            _ => None,
        }
    };
    let parts = text.split(',').map(part).collect::<Option<_>>();
    parts
        .map(Order)
        .ok_or_else(|| Refusal::bad_value("Ordering"))
}

impl Order {
    /// A text that sorts as the task does, and differs from every other task's.
    fn key(&self, task: &Task) -> String {
        use std::fmt::Write;
        let millis = |at: Timestamp| u64::try_from(at.as_millisecond()).unwrap_or(0);
        let mut key = String::new();
        let falls = self.0.first().is_some_and(|(_, falling)| *falling);
        for (value, falling) in self.0.iter().map(|(field, falling)| {
            let value = match field {
                Field::Created => millis(task.created),
                Field::Priority => task.priority,
                Field::VirtualStart => millis(task.virtual_start),
            };
            (value, *falling)
        }) {
            let value = if falling { u64::MAX - value } else { value };
            // Writing to a String cannot fail.
            let _ = write!(key, "{value:020} ");
        }
        let number = if falls {
            u64::MAX - task.number
        } else {
            task.number
        };
        let _ = write!(key, "{number:020}");
        key
    }
}

pub(super) fn create(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &CREATE)?;
    let target = request.form_value("RoutingTarget").map(str::to_owned);
    let for_worker = target.as_ref().is_some_and(|it| it.starts_with("WK"));
    let ignore = request.form_value("IgnoreCapacity");
    if ignore.is_some() && !for_worker {
        return Err(Refusal::invalid(
            "IgnoreCapacity needs a worker as RoutingTarget",
        ));
    }
    let new = NewTask {
        workflow: workflow(&world.router, request, target.as_deref())?,
        channel: request
            .form_value("TaskChannel")
            .unwrap_or("default")
            .to_owned(),
        attributes: Attributes::read(request.form_value("Attributes").unwrap_or("{}"))?,
        priority: priority(request)?.unwrap_or(0),
        call: None,
        ignore_capacity: for_worker && ignore.is_none_or(is_yes),
        target,
        timeout: timeout(request)?,
        virtual_start: virtual_start(request, world.now())?,
    };
    let (sid, now) = (request.form_value("TaskQueueSid"), world.now());
    if let Some(queue) = sid
        && !world
            .router
            .queues()
            .iter()
            .any(|it| it.sid.as_str() == queue)
    {
        return Err(Refusal::bad_value("TaskQueueSid"));
    }
    let sid = world.router.create_task(new, &world.rng, now)?;
    let body = Show::new(world, request);
    let task = find(&world.router, request, sid.as_str())?;
    Ok(RestAnswer::created(body.task(task, false)).tagged(tag(task.version)))
}

/// The workflow that was named, or targeted, or the only one there is.
fn workflow(
    router: &TaskRouter,
    request: &RestRequest,
    target: Option<&str>,
) -> Result<WorkflowSid, Refusal> {
    let named = request.form_value("WorkflowSid");
    let named = named.or(target.filter(|it| it.starts_with("WW")));
    match (named, router.workflows()) {
        (Some(sid), _) => sid.parse().map_err(|_| Refusal::bad_value("WorkflowSid")),
        (None, [only]) => Ok(only.sid),
        (None, _) => Err(Refusal::invalid("WorkflowSid field is required")),
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text, "true" | "1" | "yes")
}

fn priority(request: &RestRequest) -> Result<Option<u64>, Refusal> {
    let priority = request.form_number("Priority")?;
    match priority {
        Some(2_147_483_648..) => Err(Refusal::bad_value("Priority")),
        _ => Ok(priority),
    }
}

fn timeout(request: &RestRequest) -> Result<u64, Refusal> {
    match request.form_number("Timeout")? {
        None => Ok(86_400),
        Some(seconds @ 1..=1_209_600) => Ok(seconds),
        Some(_) => Err(Refusal::bad_value("Timeout")),
    }
}

fn virtual_start(request: &RestRequest, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = request.form_value("VirtualStartTime") else {
        return Ok(None);
    };
    let at: Timestamp = text
        .parse()
        .map_err(|_| Refusal::bad_value("VirtualStartTime"))?;
    if at > now {
        return Err(Refusal::invalid("VirtualStartTime must not lie ahead"));
    }
    Ok(Some(at))
}

pub(super) fn update(world: &mut World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(&[], &UPDATE)?;
    let now = world.now();
    let task = find(&world.router, request, sid)?;
    let sid = task.sid;
    check_version(request, task.version)?;
    let attributes = request.form_value("Attributes").map(Attributes::read);
    let attributes = attributes.transpose()?;
    let status = request.form_value("AssignmentStatus");
    let priority = priority(request)?;
    let start = virtual_start(request, now)?;
    let channel = match request.form_value("TaskChannel") {
        None => None,
        Some(id) => Some(
            world
                .router
                .channel(id)
                .ok_or_else(|| Refusal::bad_value("TaskChannel"))?
                .sid,
        ),
    };
    if attributes.is_some() && matches!(status, Some("wrapping" | "completed")) {
        // Twilio: "Task resource": these two take two requests.
        let message = "AssignmentStatus and Attributes cannot be changed together";
        return Err(Refusal::invalid(message));
    }
    if let Some(status) = status {
        change_status(&mut world.router, sid, status, request, now)?;
        world.canceled_by_rest = (status == "canceled").then_some(sid);
    }
    if attributes.is_some() || priority.is_some() || start.is_some() || channel.is_some() {
        world.router.change_task(sid, now, |task| {
            if let Some(attributes) = attributes {
                task.attributes = attributes;
            }
            task.priority = priority.unwrap_or(task.priority);
            task.virtual_start = start.unwrap_or(task.virtual_start);
            task.channel = channel.unwrap_or(task.channel);
        });
    }
    let task = find(&world.router, request, sid.as_str())?;
    let body = Show::new(world, request).task(task, false);
    Ok(RestAnswer::found(body).tagged(tag(task.version)))
}

fn change_status(
    router: &mut TaskRouter,
    task: TaskSid,
    status: &str,
    request: &RestRequest,
    now: Timestamp,
) -> Result<(), Refusal> {
    let reason = request.form_value("Reason");
    let needed = || reason.ok_or_else(|| Refusal::invalid("Reason is required"));
    match TaskStatus::named(status) {
        Some(TaskStatus::Canceled) => router.cancel(task, Some(needed()?), now),
        Some(TaskStatus::Completed) => router.complete(task, Some(needed()?), now),
        Some(TaskStatus::Wrapping) => router.wrap_up(task, now),
        _ => Err(Refusal::bad_value("AssignmentStatus")),
    }
}

pub(super) fn delete(world: &mut World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(&[], &[])?;
    let task = find(&world.router, request, sid)?;
    check_version(request, task.version)?;
    let (sid, now) = (task.sid, world.now());
    world.router.delete_task(sid, now)?;
    Ok(RestAnswer::gone())
}
