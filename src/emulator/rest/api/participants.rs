//! Participants of a conference: list, fetch, hold and mute, remove.

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    conferences::path,
    row,
};
use crate::{
    emulator::{
        conferences::{Listening, Participant},
        world::World,
    },
    twilio::sid::{AccountSid, CallSid, ConferenceSid},
};

const UPDATABLE: [&str; 12] = [
    "Muted",
    "Hold",
    "HoldUrl",
    "HoldMethod",
    "AnnounceUrl",
    "AnnounceMethod",
    "WaitUrl",
    "WaitMethod",
    "BeepOnExit",
    "EndConferenceOnExit",
    "Coaching",
    "CallSidToCoach",
];

pub(super) fn list(world: &World, request: &RestRequest, sid: &str) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&["Muted", "Hold", "Coaching"])?;
    let nothing = || Refusal::not_found(&request.path);
    let sid: ConferenceSid = sid.parse().map_err(|_| nothing())?;
    let conference = world.conferences.get(sid).ok_or_else(nothing)?;
    let same = |name: &str, value: bool| {
        request
            .query_value(name)
            .is_none_or(|wanted| wanted == value.to_string())
    };
    let people = conference.participants.iter().enumerate().rev();
    let found = people
        .filter(|(_, one)| {
            same("Muted", one.muted)
                && same("Hold", one.hold)
                && same("Coaching", coached_by(one).is_some())
        })
        .map(|(place, one)| (row(place), one));
    let page = Page::cut(request, 1000, Direction::Falling, found)?;
    let show = |one: &Participant| show(world.account, sid, one);
    Ok(RestAnswer::found(page.classic(
        request,
        "participants",
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
    let sid: ConferenceSid = sid.parse().map_err(|_| nothing())?;
    let call: CallSid = call.parse().map_err(|_| nothing())?;
    let (account, now) = (world.account, world.now());
    let conference = world.conferences.get_mut(sid).ok_or_else(nothing)?;
    let mut people = conference.participants.iter_mut();
    let one = people.find(|one| one.call == call).ok_or_else(nothing)?;
    match request.method.as_str() {
        "GET" => request.allow(&[], &[])?,
        "POST" => {
            request.allow(&[], &UPDATABLE)?;
            let read = |name, old| Ok::<_, Refusal>(request.form_flag(name)?.unwrap_or(old));
            one.hold = read("Hold", one.hold)?;
            one.muted = read("Muted", one.muted)?;
            one.end_on_exit = read("EndConferenceOnExit", one.end_on_exit)?;
            one.updated = now;
        }
        "DELETE" => {
            request.allow(&[], &[])?;
            // Twilio: the participant is kicked, its call goes on with whatever TwiML follows.
            let kicked = one.clone();
            world.leave_conference(sid, call);
            world.go_on_after_conference(&kicked);
            return Ok(RestAnswer::gone());
        }
        _ => return Err(Refusal::method()),
    }
    Ok(RestAnswer::found(show(account, sid, one)))
}

/// The leg that a supervisor coaches.
fn coached_by(one: &Participant) -> Option<CallSid> {
    match one.listens {
        Some(Listening::Coaches(leg)) => Some(leg),
        Some(Listening::Monitors) | None => None,
    }
}

fn show(account: AccountSid, conference: ConferenceSid, one: &Participant) -> Value {
    let folder = path(account, conference);
    json!({
        "account_sid": account,
        "call_sid": one.call,
        "call_sid_to_coach": coached_by(one),
        "coaching": coached_by(one).is_some(),
        "conference_sid": conference,
        "date_created": rfc2822(one.joined),
        "date_updated": rfc2822(one.updated),
        "end_conference_on_exit": one.end_on_exit,
        "hold": one.hold,
        "label": null,
        "muted": one.muted,
        "queue_time": null,
        "start_conference_on_enter": one.start_on_enter,
        "status": "connected",
        "uri": format!("{folder}/Participants/{}.json", one.call),
    })
}
