//! The account itself (Twilio: "Account resource"), to be read.

use jiff::Timestamp;
use serde_json::json;

use super::super::{Refusal, RestAnswer, RestRequest, rfc2822};
use crate::emulator::world::World;

/// What there is to know of the account. Its auth token stays out, as for an API key: exchanges are kept and shown.
pub(super) fn one(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method.as_str() != "GET" {
        return Err(Refusal::method());
    }
    request.allow(&[], &[])?;
    let sid = world.account;
    let uri = format!("/2010-04-01/Accounts/{sid}");
    let made = rfc2822(Timestamp::UNIX_EPOCH);
    Ok(RestAnswer::found(json!({
        "auth_token": null,
        "date_created": made,
        "date_updated": made,
        "friendly_name": "Embedded Twilio",
        "owner_account_sid": sid,
        "sid": sid,
        "status": "active",
        "subresource_uris": {
            "calls": format!("{uri}/Calls.json"),
            "conferences": format!("{uri}/Conferences.json"),
        },
        "type": "Full",
        "uri": format!("{uri}.json"),
    })))
}
