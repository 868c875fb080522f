//! Numbers that are not the account's and may be shown all the same, to be read (Twilio: "`OutgoingCallerId` resource").

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    row,
};
use crate::{
    emulator::world::World,
    twilio::sid::{AccountSid, PhoneNumberSid},
};

/// Lists them, the newest first.
pub(super) fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow_list(&["FriendlyName", "PhoneNumber"])?;
    let is = |name: &str, number: &str| {
        let wanted = request.query_value(name);
        wanted.is_none_or(|wanted| wanted == number)
    };
    let all: Vec<_> = world.numbers.verified().collect();
    let found = all.into_iter().enumerate().rev();
    let found =
        found.filter(|(_, (number, _))| is("PhoneNumber", number) && is("FriendlyName", number));
    let rows = found.map(|(place, number)| (row(place), number));
    let page = Page::cut(request, 1000, Direction::Falling, rows)?;
    let show = |(number, sid): (&str, PhoneNumberSid)| show(world.account, number, sid);
    Ok(RestAnswer::found(page.classic(
        request,
        "outgoing_caller_ids",
        show,
    )))
}

fn show(account: AccountSid, number: &str, sid: PhoneNumberSid) -> Value {
    let made = rfc2822(jiff::Timestamp::UNIX_EPOCH);
    json!({
        "account_sid": account,
        "date_created": made,
        "date_updated": made,
        "friendly_name": number,
        "phone_number": number,
        "sid": sid,
        "uri": format!("/2010-04-01/Accounts/{account}/OutgoingCallerIds/{sid}.json"),
    })
}
