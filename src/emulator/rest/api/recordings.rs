//! Recordings: fetch, list, delete, and their files (Twilio: "Recording resource").
//!
//! The file is at the resource's own address with `.wav`, `.mp3` or nothing after it, whole or a part of it (`Range`),
//! and the account's credentials are asked for, as an account may demand. A recording that was deleted has no file any
//! more and is found only by who asks for soft-deleted ones.

use bytes::Bytes;
use serde::Serialize;

use super::{
    super::{Direction, Media, Page, Refusal, RestAnswer, RestRequest, object, rfc2822},
    filter::{Days, Same},
    row,
};
use crate::{
    emulator::{
        recordings::{Recording, Sound},
        world::World,
    },
    twilio::sid::RecordingSid,
};

const FILTERS: [&str; 6] = [
    "CallSid",
    "ConferenceSid",
    "DateCreated",
    "DateCreated<",
    "DateCreated>",
    "IncludeSoftDeleted",
];

/// Lists the account's recordings, or those of one call.
pub(super) fn list(
    world: &World,
    request: &RestRequest,
    call: Option<&str>,
) -> Result<RestAnswer, Refusal> {
    if request.method != http::Method::GET {
        return Err(Refusal::method());
    }
    match call {
        // The list below a call knows fewer filters.
        Some(_) => request.allow_list(&FILTERS[2..5])?,
        None => request.allow_list(&FILTERS)?,
    }
    let (of, conference) = (
        Same::of(request, "CallSid"),
        Same::of(request, "ConferenceSid"),
    );
    let made = Days::of(request, "DateCreated")?;
    let deleted = with_deleted(request)?;
    let fits = |it: &Recording| {
        of.holds(it.call.as_str())
            && call.is_none_or(|call| call == it.call.as_str())
            && conference.holds("")
            && made.holds(Some(it.started))
            && (deleted || it.status != "deleted")
    };
    let found = world.recordings.numbered().rev();
    let found = found.filter(|(_, it)| fits(it));
    let found = found.map(|(place, it)| (row(place), it));
    let page = Page::cut(request, 1000, Direction::Falling, found)?;
    let show = |it: &Recording| show(world, request, it);
    Ok(RestAnswer::found(page.classic(request, "recordings", show)))
}

/// Fetches or deletes one.
pub(super) fn one(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid: RecordingSid = sid.parse().map_err(|_| nothing())?;
    let found = world.recordings.get(sid).ok_or_else(nothing)?;
    match request.method.as_str() {
        "GET" => {
            request.allow(&["IncludeSoftDeleted"], &[])?;
            if found.status == "deleted" && !with_deleted(request)? {
                return Err(nothing());
            }
            Ok(RestAnswer::found(show(world, request, found)))
        }
        "DELETE" => {
            request.allow(&[], &[])?;
            if found.status == "deleted" {
                return Err(nothing());
            }
            if found.status == "in-progress" {
                let message = "A recording in progress cannot be deleted";
                return Err(Refusal::new(409, 20409, message));
            }
            let now = world.now();
            if let Some(found) = world.recordings.get_mut(sid) {
                found.status = "deleted";
                found.updated = now;
            }
            Ok(RestAnswer::gone())
        }
        _ => Err(Refusal::method()),
    }
}

fn with_deleted(request: &RestRequest) -> Result<bool, Refusal> {
    match request.query_value("IncludeSoftDeleted") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::bad_value("IncludeSoftDeleted")),
    }
}

/// The file.
pub(super) fn media(
    world: &World,
    request: &RestRequest,
    name: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let (sid, sound) = match name.split_once('.') {
        None => (name, Sound::Wav),
        Some((sid, "wav")) => (sid, Sound::Wav),
        Some((sid, "mp3")) => (sid, Sound::Mp3),
        Some(_) => return Err(nothing()),
    };
    if request.method != http::Method::GET {
        return Err(Refusal::method());
    }
    request.allow(&["RequestedChannels", "Download"], &[])?;
    let sid: RecordingSid = sid.parse().map_err(|_| nothing())?;
    let found = world.recordings.get(sid);
    let found = found.filter(|it| it.is_there()).ok_or_else(nothing)?;
    let file = sound.file(found.long);
    let (status, body, part) = match part(request, &file)? {
        Some((body, part)) => (206, body, Some(part)),
        None => (200, file, None),
    };
    let kind = sound.kind();
    Ok(RestAnswer {
        status,
        body: Some(body),
        media: Some(Media { kind, part }),
        ..RestAnswer::gone()
    })
}

/// The part of a file that is asked for: `bytes=first-` or `bytes=first-last`. What is no such range is ignored.
fn part(request: &RestRequest, file: &Bytes) -> Result<Option<(Bytes, String)>, Refusal> {
    let asked = request.range.as_deref();
    let asked = asked.and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = asked.and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let Ok(first) = first.parse::<usize>() else {
        return Ok(None);
    };
    let end = file.len().saturating_sub(1);
    let last = last.parse().map_or(end, |last: usize| last.min(end));
    if first > last {
        return Err(Refusal::new(416, 20416, "The file is shorter than that"));
    }
    let place = format!("bytes {first}-{last}/{}", file.len());
    Ok(Some((file.slice(first..=last), place)))
}

/// A recording as Twilio shows it.
fn show(world: &World, request: &RestRequest, it: &Recording) -> impl Serialize + use<> {
    let account = world.account;
    let uri = format!("/2010-04-01/Accounts/{account}/Recordings/{}", it.sid);
    let part = |name: &str| format!("{uri}/{name}.json");
    let stopped = it.status != "in-progress";
    object! {
        account_sid: account,
        api_version: "2010-04-01",
        call_sid: it.call,
        channels: 1,
        conference_sid: (),
        date_created: rfc2822(it.started),
        date_updated: rfc2822(it.updated),
        duration: stopped.then(|| it.seconds().to_string()),
        encryption_details: (),
        error_code: (),
        media_url: request.url(&uri),
        price: (),
        price_unit: "USD",
        sid: it.sid,
        source: it.source,
        start_time: rfc2822(it.started),
        status: it.status,
        subresource_uris: object! {
            add_on_results: part("AddOnResults"),
            transcriptions: part("Transcriptions"),
        },
        uri: format!("{uri}.json"),
    }
}
