//! Numbers that are not the account's and may be shown all the same, to be read (Twilio: "`OutgoingCallerId` resource").

use serde_json::{Value, json};

use super::{
    super::{Refusal, RestAnswer, RestRequest, rfc2822},
    filter::Same,
    numbers::newest_first,
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
    let (number, name) = (
        Same::of(request, "PhoneNumber"),
        Same::of(request, "FriendlyName"),
    );
    let fits = |it: &str| number.holds(it) && name.holds(it);
    let (all, key) = (world.numbers.verified(), "outgoing_caller_ids");
    newest_first(request, all, fits, key, |number, sid| {
        show(world.account, number, sid)
    })
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
