//! Calls: create, fetch, list, update, delete.
//!
//! The rules that bite, each from "Call resource": `Twiml` holds at most 4000 characters; on create `Twiml` is
//! ignored beside `Url`, on update both together are refused; a call that is not in progress cannot be redirected
//! (error 21220); `canceled` ends only a call that has not been answered.

mod create;

use serde::Serialize;

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, object, rfc2822},
    filter::{Days, Same},
    hook, row,
};
use crate::{
    emulator::{
        calls::{Call, CallStatus},
        hooks::{Hook, Source},
        world::World,
    },
    twilio::sid::{AccountSid, CallSid},
};

const TWIML_LIMIT: usize = 4000;

const UPDATABLE: [&str; 9] = [
    "Url",
    "Method",
    "Status",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "Twiml",
    "TimeLimit",
];

const FILTERS: [&str; 10] = [
    "To",
    "From",
    "ParentCallSid",
    "Status",
    "StartTime",
    "StartTime<",
    "StartTime>",
    "EndTime",
    "EndTime<",
    "EndTime>",
];

pub(super) fn collection(world: &mut World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    match request.method.as_str() {
        "GET" => list(world, request),
        "POST" => create::create(world, request),
        _ => Err(Refusal::method()),
    }
}

pub(super) fn one(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid: CallSid = sid.parse().map_err(|_| nothing())?;
    let call = world.calls.get(sid).ok_or_else(nothing)?;
    match request.method.as_str() {
        "GET" => {
            request.allow(&[], &[])?;
            Ok(RestAnswer::found(show(world.account, call)))
        }
        "POST" => {
            request.allow(&[], &UPDATABLE)?;
            update(world, request, sid)?;
            let call = world.calls.get(sid).ok_or_else(nothing)?;
            Ok(RestAnswer::found(show(world.account, call)))
        }
        _ => Err(Refusal::method()),
    }
}

fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    request.allow_list(&FILTERS)?;
    let same = |name| Same::of(request, name);
    let (status, to, from) = (same("Status"), same("To"), same("From"));
    let parent = same("ParentCallSid");
    let (begun, ended) = (
        Days::of(request, "StartTime")?,
        Days::of(request, "EndTime")?,
    );
    let fits = |call: &Call| {
        status.holds(call.status.as_str())
            && to.holds(&call.to)
            && from.holds(&call.from)
            && parent.holds(call.parent.as_ref().map_or("", |sid| sid.as_str()))
            && begun.holds(Some(call.started.unwrap_or(call.created)))
            && ended.holds(call.ended)
    };
    let calls = world.calls.numbered().rev();
    let found = calls.filter(|(_, call)| fits(call));
    let found = found.map(|(place, call)| (row(place), call));
    let page = Page::cut(request, 1000, Direction::Falling, found)?;
    Ok(RestAnswer::found(page.classic(request, "calls", |call| {
        show(world.account, call)
    })))
}

/// What the call is to play: `Url` or `Twiml`.
fn document(request: &RestRequest, new: bool) -> Result<Option<Source>, Refusal> {
    let twiml = request.form_value("Twiml").filter(|text| !text.is_empty());
    if twiml.is_some_and(|text| text.chars().count() > TWIML_LIMIT) {
        let message = format!("Twiml is longer than {TWIML_LIMIT} characters");
        return Err(Refusal::new(400, 21218, message));
    }
    let url = hook(request, "Url", "Method")?;
    match (url, twiml) {
        (Some(_), Some(_)) if !new => Err(Refusal::invalid(
            "Url and Twiml are mutually exclusive when a call is updated",
        )),
        (Some(url), _) => Ok(Some(Source::fetch(url))),
        (None, Some(text)) => Ok(Some(Source::Text(text.to_owned()))),
        (None, None) => Ok(None),
    }
}

fn update(world: &mut World, request: &RestRequest, sid: CallSid) -> Result<(), Refusal> {
    let source = document(request, false)?;
    let fallback = hook(request, "FallbackUrl", "FallbackMethod")?;
    let callback = hook(request, "StatusCallback", "StatusCallbackMethod")?;
    request.form_number("TimeLimit")?;
    let Some(call) = world.calls.get(sid) else {
        return Err(Refusal::not_found(&request.path));
    };
    let now = call.status;
    let ending = match request.form_value("Status") {
        None => None,
        Some("completed") => Some(CallStatus::Completed),
        Some("canceled") => Some(CallStatus::Canceled),
        Some(_) => return Err(Refusal::invalid("Status must be canceled or completed")),
    };
    if now.is_final() || (source.is_some() && now != CallStatus::InProgress) {
        return Err(Refusal::new(
            400,
            21220,
            "Call is not in-progress. Cannot redirect.",
        ));
    }
    keep_hooks(world, sid, fallback, callback);
    match ending {
        Some(CallStatus::Canceled) if now == CallStatus::InProgress => {}
        Some(CallStatus::Completed) if now != CallStatus::InProgress => {
            world.set_status(sid, CallStatus::Canceled);
        }
        Some(ending) => world.set_status(sid, ending),
        None => {
            if let Some(source) = source {
                world.redirect(sid, source);
            }
        }
    }
    Ok(())
}

fn keep_hooks(world: &mut World, sid: CallSid, fallback: Option<Hook>, callback: Option<Hook>) {
    if let Some(call) = world.calls.get_mut(sid) {
        if fallback.is_some() {
            call.fallback = fallback;
        }
        if let Some(hook) = callback {
            call.callback = Some((hook, vec!["completed".to_owned()]));
        }
    }
}

/// A call as Twilio shows it.
fn show(account: AccountSid, call: &Call) -> impl Serialize {
    let uri = format!("/2010-04-01/Accounts/{account}/Calls/{}", call.sid);
    let date = |at: Option<jiff::Timestamp>| at.map(rfc2822);
    let part = |name: &str| format!("{uri}/{name}.json");
    let queued = call.dialled.duration_since(call.created).as_millis();
    object! {
        account_sid: account,
        answered_by: call.answered_by,
        api_version: "2010-04-01",
        caller_name: (),
        date_created: rfc2822(call.created),
        date_updated: rfc2822(call.updated),
        direction: call.direction,
        duration: call.ended.map(|_| call.seconds().to_string()),
        end_time: date(call.ended),
        forwarded_from: (),
        from: &call.from,
        from_formatted: &call.from,
        group_sid: (),
        parent_call_sid: call.parent,
        phone_number_sid: call.number,
        price: (),
        price_unit: "USD",
        queue_time: queued.to_string(),
        sid: call.sid,
        start_time: date(call.started),
        status: call.status.as_str(),
        subresource_uris: object! {
            notifications: part("Notifications"),
            recordings: part("Recordings"),
            events: part("Events"),
        },
        to: &call.to,
        to_formatted: &call.to,
        trunk_sid: (),
        uri: format!("{uri}.json"),
    }
}
