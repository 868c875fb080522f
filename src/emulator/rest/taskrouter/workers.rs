//! Workers and their channels over REST.

use std::borrow::Cow;

use super::{
    Answer,
    show::Show,
    tasks::{check_version, tag},
};
use crate::{
    emulator::{
        rest::{Direction, Page, Refusal, RestAnswer, RestRequest},
        taskrouter::{Attributes, TaskRouter, Worker, WorkerChannel},
        world::World,
    },
    expression::Expression,
    twilio::sid::{ActivitySid, WorkerSid},
};

const LIST: [&str; 8] = [
    "ActivityName",
    "ActivitySid",
    "Available",
    "FriendlyName",
    "TargetWorkersExpression",
    "TaskQueueName",
    "TaskQueueSid",
    "Ordering",
];

fn find<'a>(
    router: &'a TaskRouter,
    request: &RestRequest,
    sid: &str,
) -> Result<&'a Worker, Refusal> {
    let found = sid.parse::<WorkerSid>().ok();
    let found = found.and_then(|sid| router.worker(sid));
    found.ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn list(world: &mut World, request: &RestRequest) -> Answer {
    request.allow_list(&LIST)?;
    for name in ["TaskQueueName", "TaskQueueSid", "Ordering"] {
        if request.query_value(name).is_some() {
            return Err(Refusal::invalid(format!("{name} is not played here yet")));
        }
    }
    let expression = request.query_value("TargetWorkersExpression");
    let expression = expression.map(Expression::read).transpose()?;
    let now = world.now();
    if expression.is_some() {
        world.router.meter_worker_query(now)?;
    }
    let router = &world.router;
    let available = request.query_value("Available");
    let available = available.map(|text| matches!(text, "true" | "1" | "yes"));
    let is = |asked: &str, actual: &str| {
        let asked = request.query_value(asked);
        asked.is_none_or(|asked| asked == actual)
    };
    let rows = router.workers().filter(|worker| {
        let activity = router.activity(worker.activity);
        is("FriendlyName", &worker.name)
            && is("ActivitySid", worker.activity.as_str())
            && is("ActivityName", activity.map_or("", |it| &it.name))
            && available.is_none_or(|it| it == router.is_available(worker))
            && expression
                .as_ref()
                .is_none_or(|it| it.holds(&router.worker_facts(worker)))
    });
    let rows = rows.map(|worker| (Cow::Borrowed(worker.sid.as_str()), worker));
    let page = Page::cut(request, 1000, Direction::Rising, rows)?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(page.modern(
        request,
        "workers",
        |worker| show.worker(worker, true),
    )))
}

pub(super) fn create(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &["FriendlyName", "ActivitySid", "Attributes"])?;
    let name = request
        .form_value("FriendlyName")
        .ok_or_else(|| Refusal::invalid("Missing required parameter FriendlyName"))?;
    let attributes = Attributes::read(request.form_value("Attributes").unwrap_or("{}"))?;
    let (activity, now) = (activity(request)?, world.now());
    let sid = world
        .router
        .add_worker(name, attributes, activity, &world.rng, now)?;
    let worker = find(&world.router, request, sid.as_str())?;
    let body = Show::new(world, request).worker(worker, false);
    Ok(RestAnswer::created(body).tagged(tag(worker.version)))
}

fn activity(request: &RestRequest) -> Result<Option<ActivitySid>, Refusal> {
    let sid = request.form_value("ActivitySid").map(str::parse);
    sid.transpose()
        .map_err(|_| Refusal::bad_value("ActivitySid"))
}

pub(super) fn fetch(world: &World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(&[], &[])?;
    let worker = find(&world.router, request, sid)?;
    let body = Show::new(world, request).worker(worker, false);
    Ok(RestAnswer::found(body).tagged(tag(worker.version)))
}

pub(super) fn update(world: &mut World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(
        &[],
        &[
            "ActivitySid",
            "Attributes",
            "FriendlyName",
            "RejectPendingReservations",
        ],
    )?;
    let worker = find(&world.router, request, sid)?;
    check_version(request, worker.version)?;
    let (sid, now) = (worker.sid, world.now());
    let attributes = request.form_value("Attributes").map(Attributes::read);
    let attributes = attributes.transpose()?;
    let name = request.form_value("FriendlyName");
    if let Some(name) = name {
        world.router.check_worker_name(name, Some(sid))?;
    }
    let reject = request.form_flag("RejectPendingReservations")? == Some(true);
    if let Some(activity) = activity(request)? {
        let available = world.router.known_activity(activity)?.available;
        if reject && available {
            return Err(Refusal::bad_value("RejectPendingReservations"));
        }
        world.router.set_activity(sid, activity, now)?;
    }
    if reject {
        world.router.reject_all(sid, now);
    }
    if name.is_some() || attributes.is_some() {
        world.router.set_worker(sid, name, attributes, now);
    }
    let worker = find(&world.router, request, sid.as_str())?;
    let body = Show::new(world, request).worker(worker, false);
    Ok(RestAnswer::found(body).tagged(tag(worker.version)))
}

pub(super) fn delete(world: &mut World, request: &RestRequest, sid: &str) -> Answer {
    request.allow(&[], &[])?;
    let worker = find(&world.router, request, sid)?;
    check_version(request, worker.version)?;
    if world.router.is_available(worker) {
        return Err(Refusal::invalid("An available worker cannot be deleted"));
    }
    let (sid, now) = (worker.sid, world.now());
    world.router.remove_worker(sid, now);
    Ok(RestAnswer::gone())
}

pub(super) fn channels(world: &World, request: &RestRequest, sid: &str) -> Answer {
    request.allow_list(&[])?;
    let worker = find(&world.router, request, sid)?;
    let mut channels: Vec<_> = worker.channels.iter().collect();
    channels.sort_unstable_by_key(|it| it.sid);
    let rows = channels
        .into_iter()
        .map(|it| (Cow::Borrowed(it.sid.as_str()), it));
    let page = Page::cut(request, 1000, Direction::Rising, rows)?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(page.modern(request, "channels", |it| {
        show.worker_channel(worker, it)
    })))
}

/// The worker channel with this SID, or for the task channel of this SID or unique name.
fn find_channel<'a>(
    router: &'a TaskRouter,
    request: &RestRequest,
    (worker, id): (&str, &str),
) -> Result<(&'a Worker, &'a WorkerChannel), Refusal> {
    let worker = find(router, request, worker)?;
    let kind = router.channel(id).map(|kind| kind.sid);
    let mut channels = worker.channels.iter();
    channels
        .find(|it| it.sid.as_str() == id || Some(it.channel) == kind)
        .map(|it| (worker, it))
        .ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn channel(world: &World, request: &RestRequest, sid: &str, id: &str) -> Answer {
    request.allow(&[], &[])?;
    let (worker, it) = find_channel(&world.router, request, (sid, id))?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(show.worker_channel(worker, it)))
}

pub(super) fn update_channel(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
    id: &str,
) -> Answer {
    request.allow(&[], &["Capacity", "Available"])?;
    let capacity = request.form_number("Capacity")?;
    if capacity.is_some_and(|it| it > i32::MAX.unsigned_abs().into()) {
        return Err(Refusal::bad_value("Capacity"));
    }
    let available = request.form_flag("Available")?;
    let (worker, it) = find_channel(&world.router, request, (sid, id))?;
    let (worker, channel, now) = (worker.sid, it.sid, world.now());
    world
        .router
        .set_channel(worker, channel.as_str(), capacity, available, now);
    let (worker, it) = find_channel(&world.router, request, (sid, id))?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(show.worker_channel(worker, it)))
}
