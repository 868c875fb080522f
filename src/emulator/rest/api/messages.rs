//! Messages: create, fetch, list, redact or cancel, delete (Twilio: "Message resource").
//!
//! Refused as Twilio refuses: no recipient (21604), sender (21603) or text (21602), a text too long (21617), a number
//! that is none (21211, 21212), a sender that is not the account's (21606), oneself (21266), an unknown messaging
//! service (21701) or one without numbers (21703), a person who has sent STOP (21610).

use serde_json::{Value, json};

use super::{
    super::{Direction, Page, Refusal, RestAnswer, RestRequest, rfc2822},
    filter::{Days, Same},
    hook, row,
};
use crate::{
    emulator::{
        messages::{LONGEST, Message, NewMessage},
        world::World,
    },
    twilio::{
        party::E164,
        sid::{AccountSid, MessageSid, MessagingServiceSid},
    },
};

/// What create takes here. Media, templates and schedules are known at Twilio and not carried here: refused.
const CREATABLE: [&str; 17] = [
    "To",
    "From",
    "MessagingServiceSid",
    "Body",
    "StatusCallback",
    "ApplicationSid",
    "MaxPrice",
    "ProvideFeedback",
    "Attempt",
    "ValidityPeriod",
    "ForceDelivery",
    "ContentRetention",
    "AddressRetention",
    "SmartEncoded",
    "ShortenUrls",
    "TrafficType",
    "RiskCheck",
];

const FILTERS: [&str; 5] = ["To", "From", "DateSent", "DateSent<", "DateSent>"];

pub(super) fn collection(world: &mut World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    match request.method.as_str() {
        "GET" => list(world, request),
        "POST" => create(world, request),
        _ => Err(Refusal::method()),
    }
}

pub(super) fn one(
    world: &mut World,
    request: &RestRequest,
    sid: &str,
) -> Result<RestAnswer, Refusal> {
    let nothing = || Refusal::not_found(&request.path);
    let sid: MessageSid = sid.parse().map_err(|_| nothing())?;
    let account = world.account;
    let message = world.messages.get_mut(sid).ok_or_else(nothing)?;
    match request.method.as_str() {
        "GET" => request.allow(&[], &[])?,
        "POST" => {
            request.allow(&[], &["Body", "Status"])?;
            update(message, request)?;
        }
        "DELETE" => {
            request.allow(&[], &[])?;
            world.messages.remove(sid);
            return Ok(RestAnswer::gone());
        }
        _ => return Err(Refusal::method()),
    }
    Ok(RestAnswer::found(show(account, message)))
}

fn list(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    request.allow_list(&FILTERS)?;
    let (to, from) = (Same::of(request, "To"), Same::of(request, "From"));
    let sent = Days::of(request, "DateSent")?;
    let fits = |message: &Message| {
        world.messages.has(message.sid)
            && to.holds(&message.to)
            && from.holds(&message.from)
            && sent.holds(message.sent)
    };
    let messages = world.messages.iter().enumerate().rev();
    let found = messages.filter(|(_, message)| fits(message));
    let found = found.map(|(place, message)| (row(place), message));
    let page = Page::cut(request, 1000, Direction::Falling, found)?;
    let show = |message: &Message| show(world.account, message);
    Ok(RestAnswer::found(page.classic(request, "messages", show)))
}

fn create(world: &mut World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    request.allow(&[], &CREATABLE)?;
    let given = |name: &str| request.form_value(name).filter(|text| !text.is_empty());
    let refused = |code: u32, message: &str| Refusal::new(400, code, message);
    let to = given("To").ok_or_else(|| refused(21604, "A 'To' phone number is required."))?;
    if to.parse::<E164>().is_err() {
        return Err(refused(
            21211,
            "The 'To' number is not a valid phone number",
        ));
    }
    let (from, service) = sender(world, request, to)?;
    let body = given("Body").ok_or_else(|| refused(21602, "Message body is required."))?;
    if body.chars().count() > LONGEST {
        let message = "The concatenated message body exceeds the 1600 character limit";
        return Err(refused(21617, message));
    }
    let sent = world.send_message(NewMessage {
        direction: "outbound-api",
        from,
        to: to.to_owned(),
        body: body.to_owned(),
        service,
        callback: hook(request, "StatusCallback", "StatusCallbackMethod")?,
    });
    let sid = sent.map_err(|code| refused(code, "Attempt to send to unsubscribed recipient"))?;
    let message = world.messages.get(sid);
    let message = message.ok_or_else(|| Refusal::not_found(&request.path))?;
    Ok(RestAnswer::created(show(world.account, message)))
}

/// Which number a message is sent from, and for which service.
fn sender(
    world: &World,
    request: &RestRequest,
    to: &str,
) -> Result<(String, Option<MessagingServiceSid>), Refusal> {
    let refused = |code: u32, message: &str| Err(Refusal::new(400, code, message));
    let given = |name: &str| request.form_value(name).filter(|text| !text.is_empty());
    let service = match given("MessagingServiceSid").map(str::parse) {
        None => None,
        Some(Ok(service)) if world.messages.service(service).is_some() => Some(service),
        Some(_) => return refused(21701, "The Messaging Service does not exist"),
    };
    let from = match (given("From"), service) {
        (Some(from), _) => from.to_owned(),
        (None, Some(service)) => match world.messages.sticky(service, to) {
            Some(number) => number,
            None => return refused(21703, "The Messaging Service has no phone numbers"),
        },
        (None, None) => {
            return refused(21603, "A 'From' phone number is required.");
        }
    };
    if from.parse::<E164>().is_err() {
        return refused(21212, "The 'From' number is not a valid phone number");
    }
    if from == to {
        return refused(21266, "'To' and 'From' number cannot be the same");
    }
    if world.numbers.own(&from).is_none() {
        let message = "The 'From' phone number is not a message-capable number of this account";
        return refused(21606, message);
    }
    Ok((from, service))
}

/// A text can be emptied, a message that is not sent yet given up.
fn update(message: &mut Message, request: &RestRequest) -> Result<(), Refusal> {
    match request.form_value("Body") {
        None => {}
        Some("") => message.body.clear(),
        Some(_) => return Err(Refusal::invalid("Body can only be emptied")),
    }
    match request.form_value("Status") {
        None => Ok(()),
        Some("canceled") if matches!(message.status, "queued" | "accepted") => {
            message.status = "canceled";
            Ok(())
        }
        Some(_) => Err(Refusal::new(409, 30409, "The message cannot be canceled")),
    }
}

/// A message as Twilio shows it.
fn show(account: AccountSid, message: &Message) -> Value {
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", message.sid);
    let failed = message.error.map(|_| "Unknown destination handset");
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": message.sent.map(rfc2822),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error,
        "error_message": failed,
        "from": message.from,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": message.segments.to_string(),
        "price": null,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": message.to,
        "uri": format!("{uri}.json"),
    })
}
