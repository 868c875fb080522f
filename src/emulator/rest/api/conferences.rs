//! Conferences: list, fetch, end.

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    filter::{Days, Same},
    row,
};
use crate::{
    emulator::{conferences::Conference, world::World},
    twilio::sid::{AccountSid, ConferenceSid},
};

const FILTERS: [&str; 8] = [
    "DateCreated",
    "DateCreated<",
    "DateCreated>",
    "DateUpdated",
    "DateUpdated<",
    "DateUpdated>",
    "FriendlyName",
    "Status",
];

pub(super) fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&FILTERS)?;
    let (name, wanted) = (
        Same::of(request, "FriendlyName"),
        Same::of(request, "Status"),
    );
    let (created, updated) = (
        Days::of(request, "DateCreated")?,
        Days::of(request, "DateUpdated")?,
    );
    // Without `Status`, Twilio lists running conferences only (changelog of 2026-06-10: "Conference list endpoint will
    // default to in-progress conferences only").
    let by_default = request.query_value("Status").is_none();
    let fits = |one: &Conference| {
        name.holds(&one.friendly_name)
            && wanted.holds(status(one))
            && (!by_default || status(one) == "in-progress")
            && created.holds(Some(one.created))
            && updated.holds(Some(one.updated))
    };
    let conferences = world.conferences.numbered().rev();
    let found = conferences.filter(|(_, one)| fits(one));
    let found = found.map(|(place, one)| (row(place), one));
    let page = Page::cut(request, 1000, Direction::Falling, found)?;
    let show = |one: &Conference| show(world, one);
    Ok(RestAnswer::found(page.classic(
        request,
        "conferences",
        show,
    )))
}

pub(super) fn one(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid: ConferenceSid = sid.parse().map_err(|_| nothing())?;
    world.conferences.get(sid).ok_or_else(nothing)?;
    match request.method.as_str() {
        "GET" => request.allow(&[], &[])?,
        "POST" => {
            request.allow(&[], &["Status", "AnnounceUrl", "AnnounceMethod"])?;
            match request.form_value("Status") {
                Some("completed") => world.end_conference(sid, "conference-ended-via-api", None),
                None => {}
                Some(_) => return Err(Refusal::invalid("Status must be completed")),
            }
        }
        _ => return Err(Refusal::method()),
    }
    let one = world.conferences.get(sid).ok_or_else(nothing)?;
    Ok(RestAnswer::found(show(world, one)))
}

fn status(one: &Conference) -> &'static str {
    match (one.ended, one.started) {
        (true, _) => "completed",
        (false, false) => "init",
        (false, true) => "in-progress",
    }
}

/// The path of a conference, without `.json`.
pub(super) fn path(account: AccountSid, sid: ConferenceSid) -> String {
    format!("/2010-04-01/Accounts/{account}/Conferences/{sid}")
}

fn show(world: &World, one: &Conference) -> Value {
    let uri = path(world.account, one.sid);
    json!({
        "account_sid": world.account,
        "api_version": "2010-04-01",
        "call_sid_ending_conference": one.ended_by,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "friendly_name": one.friendly_name,
        "reason_conference_ended": one.reason,
        "region": world.settings.region,
        "sid": one.sid,
        "status": status(one),
        "subresource_uris": {
            "participants": format!("{uri}/Participants.json"),
            "recordings": format!("{uri}/Recordings.json"),
        },
        "uri": format!("{uri}.json"),
    })
}
