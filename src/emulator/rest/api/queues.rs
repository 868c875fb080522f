//! The queues of waiting calls: list, members, and a member who is led elsewhere (Twilio: "Queue resource", "Member
//! resource").
//!
//! TaskRouter keeps one for each workflow and names it by the workflow's SID (Twilio: "Queueing Twilio calls with
//! TaskRouter"). A member that has left is not found, so of several who lead a caller on, one does.

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    hook, row,
};
use crate::{
    emulator::{
        calls::{Call, Ticket},
        hooks::Source,
        world::World,
    },
    twilio::sid::{CallSid, QueueSid, WorkflowSid},
};

pub(super) fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&[])?;
    let queues = world.calls.workflow_queues().enumerate();
    let queues = queues.map(|(place, queue)| (row(place), queue));
    let page = Page::cut(request, 1000, Direction::Rising, queues)?;
    let show = |(workflow, sid): (WorkflowSid, QueueSid)| queue(world, workflow, sid);
    Ok(RestAnswer::found(page.classic(request, "queues", show)))
}

pub(super) fn read(world: &World, request: &RestRequest, sid: &str) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow(&[], &[])?;
    let sid = known(world, request, sid)?;
    let mut queues = world.calls.workflow_queues();
    let found = queues.find(|(_, queue)| *queue == sid);
    let (workflow, sid) = found.ok_or_else(|| Refusal::not_found(&request.path))?;
    Ok(RestAnswer::found(queue(world, workflow, sid)))
}

pub(super) fn members(
    world: &World,
    request: &RestRequest,
    sid: &str,
) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&[])?;
    let sid = known(world, request, sid)?;
    let waiting = world.calls.waiting_in(sid).enumerate();
    let waiting: Vec<_> = waiting
        .map(|(place, it)| (row(place), (place, it)))
        .collect();
    let page = Page::cut(request, 1000, Direction::Rising, waiting.into_iter())?;
    let show = |(place, (call, ticket)): (usize, (&Call, &Ticket))| {
        member(world, sid, call, ticket, place)
    };
    Ok(RestAnswer::found(page.classic(
        request,
        "queue_members",
        show,
    )))
}

pub(super) fn one(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
    call: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid = known(world, request, sid)?;
    let call: CallSid = call.parse().map_err(|_| nothing())?;
    let mut waiting = world.calls.waiting_in(sid).enumerate();
    let found = waiting.find(|(_, (one, _))| one.sid == call);
    let shown = found.map(|(place, (one, ticket))| member(world, sid, one, ticket, place));
    let shown = shown.ok_or_else(nothing)?;
    drop(waiting);
    match request.method.as_str() {
        "GET" => request.allow(&[], &[])?,
        "POST" => {
            request.allow(&[], &["Url", "Method"])?;
            let missing = || Refusal::new(400, 20001, "Missing required parameter Url");
            let url = hook(request, "Url", "Method")?.ok_or_else(missing)?;
            world.redirect(call, Source::fetch(url));
        }
        _ => return Err(Refusal::method()),
    }
    Ok(RestAnswer::found(shown))
}

fn known(world: &World, request: &RestRequest, sid: &str) -> Result<QueueSid, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid: QueueSid = sid.parse().map_err(|_| nothing())?;
    let mut queues = world.calls.workflow_queues();
    let known = queues.any(|(_, queue)| queue == sid);
    known.then_some(sid).ok_or_else(nothing)
}

fn queue(world: &World, workflow: WorkflowSid, sid: QueueSid) -> Value {
    let account = world.account;
    let uri = format!("/2010-04-01/Accounts/{account}/Queues/{sid}");
    let made = rfc2822(jiff::Timestamp::UNIX_EPOCH);
    json!({
        "account_sid": account,
        "average_wait_time": 0,
        "current_size": world.calls.waiting_in(sid).count(),
        "date_created": made,
        "date_updated": made,
        "friendly_name": workflow,
        "max_size": 100,
        "sid": sid,
        "uri": format!("{uri}.json"),
    })
}

fn member(world: &World, queue: QueueSid, call: &Call, ticket: &Ticket, place: usize) -> Value {
    let account = world.account;
    let waited = world.now().duration_since(ticket.entered).as_secs();
    json!({
        "call_sid": call.sid,
        "date_enqueued": rfc2822(ticket.entered),
        "position": place + 1,
        "queue_sid": queue,
        "uri": format!("/2010-04-01/Accounts/{account}/Queues/{queue}/Members/{}.json", call.sid),
        "wait_time": waited,
    })
}
