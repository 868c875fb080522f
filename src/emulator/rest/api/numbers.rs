//! The account's phone numbers, to be read (Twilio: "`IncomingPhoneNumber` resource").

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    filter::Same,
    row,
};
use crate::{
    emulator::{hooks::Hook, numbers::Number, world::World},
    twilio::sid::AccountSid,
};

/// Lists them, the newest first. `PhoneNumber` finds whatever contains it, as Twilio's does.
pub(super) fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&["Beta", "FriendlyName", "PhoneNumber", "Origin"])?;
    for name in ["Beta", "Origin"] {
        if request.query_value(name).is_some() {
            return Err(Refusal::invalid(format!("{name} is not played here yet")));
        }
    }
    let wanted = request.query_value("PhoneNumber");
    let name = Same::of(request, "FriendlyName");
    let fits = |it: &str| {
        let part = wanted.is_none_or(|wanted| it.contains(wanted.trim_matches('*')));
        part && name.holds(it)
    };
    let (all, key) = (world.numbers.all(), "incoming_phone_numbers");
    newest_first(request, all, fits, key, |number, it| {
        show(world.account, number, it)
    })
}

/// A page of those numbers that fit, the newest first.
pub(super) fn newest_first<'n, T>(
    request: &RestRequest,
    all: impl Iterator<Item = (&'n str, T)>,
    fits: impl Fn(&str) -> bool,
    key: &'static str,
    show: impl Fn(&str, T) -> Value,
) -> Result<RestAnswer, Refusal> {
    let all: Vec<_> = all.collect();
    let found = all.into_iter().enumerate().rev();
    let found = found.filter(|(_, (number, _))| fits(number));
    let rows = found.map(|(place, number)| (row(place), number));
    let page = Page::cut(request, 1000, Direction::Falling, rows)?;
    let show = |(number, it): (&str, T)| show(number, it);
    Ok(RestAnswer::found(page.classic(request, key, show)))
}

fn show(account: AccountSid, number: &str, it: &Number) -> Value {
    let sid = it.sid;
    let url = |hook: &Option<Hook>| hook.as_ref().map(|hook| hook.url.clone());
    let made = rfc2822(jiff::Timestamp::UNIX_EPOCH);
    json!({
        "account_sid": account,
        "address_requirements": "none",
        "address_sid": null,
        "api_version": "2010-04-01",
        "beta": false,
        "bundle_sid": null,
        "capabilities": { "fax": false, "mms": true, "sms": true, "voice": true },
        "date_created": made,
        "date_updated": made,
        "emergency_address_sid": null,
        "emergency_address_status": "unregistered",
        "emergency_status": "Active",
        "friendly_name": number,
        "identity_sid": null,
        "origin": "twilio",
        "phone_number": number,
        "sid": sid,
        "sms_application_sid": null,
        "sms_fallback_method": "POST",
        "sms_fallback_url": url(&it.messaging_fallback),
        "sms_method": "POST",
        "sms_url": url(&it.messaging),
        "status": "in-use",
        "status_callback": url(&it.status_callback),
        "status_callback_method": "POST",
        "trunk_sid": it.trunk,
        "type": "local",
        "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json"),
        "voice_application_sid": it.application,
        "voice_caller_id_lookup": false,
        "voice_fallback_method": "POST",
        "voice_fallback_url": url(&it.fallback),
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": it.voice_url,
    })
}
