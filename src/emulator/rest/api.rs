//! The 2010 API: the account, calls, conferences and messages (Twilio: "Call resource", "Conference resource",
//! "Participant resource", "Message resource", "Recording resource").

mod account;
mod caller_ids;
mod calls;
mod conferences;
mod filter;
mod messages;
mod numbers;
mod participants;
mod queues;
mod recordings;

use std::borrow::Cow;

use super::{Refusal, RestAnswer, RestRequest};
use crate::emulator::{
    hooks::{Hook, Method},
    world::World,
};

/// Answers what is asked of `api.twilio.com`.
pub(super) fn answer(
    world: &mut World,
    request: &RestRequest,
    path: &[&str],
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    if let ["2010-04-01", "Accounts", sid] = path
        && sid.strip_suffix(".json") == Some(world.account.as_str())
    {
        return account::read(world, request);
    }
    let ["2010-04-01", "Accounts", account, rest @ .., last] = path else {
        return Err(nothing());
    };
    if *account != world.account.as_str() {
        return Err(nothing());
    }
    if let (["Recordings"], None) = (rest, last.strip_suffix(".json")) {
        return recordings::media(world, request, last);
    }
    let last = last.strip_suffix(".json").ok_or_else(nothing)?;
    match (rest, last) {
        ([], "Calls") => calls::collection(world, request),
        (["Calls"], sid) => calls::one(world, request, sid),
        ([], "Recordings") => recordings::list(world, request, None),
        (["Calls", call], "Recordings") => recordings::list(world, request, Some(call)),
        (["Recordings"], sid) => recordings::one(world, request, sid),
        ([], "Messages") => messages::collection(world, request),
        (["Messages"], sid) => messages::one(world, request, sid),
        ([], "Conferences") => conferences::list(world, request),
        (["Conferences"], sid) => conferences::one(world, request, sid),
        (["Conferences", sid], "Participants") => participants::list(world, request, sid),
        ([], "Queues") => queues::list(world, request),
        (["Queues"], sid) => queues::read(world, request, sid),
        (["Queues", sid], "Members") => queues::members(world, request, sid),
        (["Queues", sid, "Members"], call) => queues::one(world, request, sid, call),
        ([], "IncomingPhoneNumbers") => numbers::list(world, request),
        ([], "OutgoingCallerIds") => caller_ids::list(world, request),
        (["Conferences", sid, "Participants"], call) => {
            participants::one(world, request, sid, call)
        }
        _ => Err(nothing()),
    }
}

/// The key of a row in a list whose newest entries come first.
fn row(place: usize) -> Cow<'static, str> {
    format!("{place:012}").into()
}

/// The URL and method of a webhook given as two form fields.
fn hook(request: &RestRequest, url: &str, method: &str) -> Result<Option<Hook>, Refusal> {
    let given = request.form_value(method);
    let method = match given {
        None => Method::Post,
        Some(text) => Method::read(&text.to_ascii_uppercase())
            .ok_or_else(|| Refusal::new(400, 21206, format!("{method} must be GET or POST")))?,
    };
    let Some(url) = request.form_value(url).filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let url = url.to_owned();
    if url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        Ok(Some(Hook { url, method }))
    } else {
        Err(Refusal::new(400, 21205, "Url is not a valid URL"))
    }
}
