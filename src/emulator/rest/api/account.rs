//! The account itself: what a doctor asks to see whether credentials are good (Twilio: "Account resource").

use serde_json::{Map, Value, json};

use super::super::{Refusal, RestAnswer, RestRequest, rfc2822};
use crate::emulator::world::World;

/// What hangs below an account: the name of each list, and its place.
const LISTS: [(&str, &str); 20] = [
    ("addresses", "Addresses"),
    ("applications", "Applications"),
    ("authorized_connect_apps", "AuthorizedConnectApps"),
    ("available_phone_numbers", "AvailablePhoneNumbers"),
    ("balance", "Balance"),
    ("calls", "Calls"),
    ("conferences", "Conferences"),
    ("connect_apps", "ConnectApps"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"),
    ("keys", "Keys"),
    ("messages", "Messages"),
    ("notifications", "Notifications"),
    ("outgoing_caller_ids", "OutgoingCallerIds"),
    ("queues", "Queues"),
    ("recordings", "Recordings"),
    ("short_codes", "SMS/ShortCodes"),
    ("signing_keys", "SigningKeys"),
    ("sip", "SIP"),
    ("transcriptions", "Transcriptions"),
    ("usage", "Usage"),
];

/// Reads the account; it cannot be changed here.
pub(super) fn read(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method());
    }
    request.allow(&[], &[])?;
    let (sid, made) = (world.account, rfc2822(jiff::Timestamp::UNIX_EPOCH));
    let below = format!("/2010-04-01/Accounts/{sid}");
    let lists: Map<String, Value> = LISTS
        .iter()
        .map(|(name, place)| ((*name).to_owned(), json!(format!("{below}/{place}.json"))))
        .collect();
    Ok(RestAnswer::found(json!({
        // The real one shows the token; the journal that keeps this answer must not.
        "auth_token": null,
        "date_created": made,
        "date_updated": made,
        "friendly_name": "The embedded Twilio",
        "owner_account_sid": sid,
        "sid": sid,
        "status": "active",
        "subresource_uris": lists,
        "type": "Full",
        "uri": format!("{below}.json"),
    })))
}
