//! The parameters Twilio sends about a call, and the attributes it puts on the task of a queued one.
//!
//! Twilio: "TwiML for Programmable Voice", request parameters; "Call resource", status callback parameters;
//! "TaskRouter and TwiML queue calls", task attributes. Geography is sent empty, as real payloads do for unknown
//! places.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Call, CallStatus};
use crate::{
    emulator::{
        hooks::{Fields, Source},
        world::World,
    },
    twilio::sid::CallSid,
};

/// How a party is named in a request, and then its places.
type Names = [&'static str; 5];

pub(in crate::emulator) const FROM: Names =
    ["From", "FromCity", "FromState", "FromZip", "FromCountry"];
pub(in crate::emulator) const TO: Names = ["To", "ToCity", "ToState", "ToZip", "ToCountry"];
const CALLER: Names = [
    "Caller",
    "CallerCity",
    "CallerState",
    "CallerZip",
    "CallerCountry",
];
const CALLED: Names = [
    "Called",
    "CalledCity",
    "CalledState",
    "CalledZip",
    "CalledCountry",
];

impl World {
    /// What every voice request says about its call.
    pub(in crate::emulator) fn call_fields(&self, sid: CallSid) -> Fields {
        let Some(call) = self.calls.get(sid) else {
            return Fields::new();
        };
        let mut fields = vec![
            pair("AccountSid", &self.account),
            pair("ApiVersion", "2010-04-01"),
            pair("CallSid", &call.sid),
            pair("CallStatus", &call.status),
            pair("Direction", &call.direction),
        ];
        let parties = [
            (FROM, &call.from),
            (CALLER, &call.from),
            (TO, &call.to),
            (CALLED, &call.to),
        ];
        for ([name, places @ ..], party) in parties {
            fields.push(pair(name, party));
            fields.extend(places.map(|place| (place, String::new())));
        }
        if let Some(parent) = call.parent {
            fields.push(pair("ParentCallSid", &parent));
        }
        fields
    }

    /// What a request for a document says: that, and the token that lets another call show this caller's number.
    pub(in crate::emulator) fn voice_fields(&self, sid: CallSid) -> Fields {
        let mut fields = self.call_fields(sid);
        let token = self.calls.get(sid).and_then(call_token);
        fields.extend(token.map(|token| ("CallToken", token)));
        fields
    }

    /// Puts a call's token where the text it plays asks for it, as Studio does.
    pub(in crate::emulator) fn write_token(&mut self, sid: CallSid) {
        if let Some(call) = self.calls.get_mut(sid)
            && let Some(token) = call_token(call)
            && let Some(Source::Text(text)) = &mut call.voice
        {
            *text = text.replace("{{trigger.call.CallToken}}", &token);
        }
    }

    /// What a status callback says beside that. `status` differs from the call's own for `initiated`.
    pub(super) fn progress_fields(&self, call: &Call, status: &str) -> Fields {
        let mut fields = self.call_fields(call.sid);
        fields.retain(|(name, _)| *name != "CallStatus");
        fields.push(pair("CallStatus", &status));
        fields.push(pair("CallbackSource", "call-progress-events"));
        fields.push(pair("SequenceNumber", &call.sequence));
        fields.push(pair("Timestamp", &rfc2822(self.now())));
        fields.extend(call.answered_by.map(|who| pair("AnsweredBy", who)));
        if call.status.is_final() {
            fields.push(pair("CallDuration", &call.seconds()));
            fields.push(pair("Duration", &call.seconds().div_ceil(60)));
            let code = sip_code(call.status).filter(|_| call.direction != "inbound");
            fields.extend(code.map(|code| pair("SipResponseCode", &code)));
        }
        fields
    }

    /// A queued call's attributes, with what its `<Task>` says laid over them.
    pub(super) fn queue_attributes(&self, call: &Call, task: Map<String, Value>) -> Value {
        let mut attributes = Map::new();
        let mut put = |name: &str, value: &str| attributes.insert(name.to_owned(), json!(value));
        put("account_sid", self.account.as_str());
        put("api_version", "2010-04-01");
        put("call_sid", call.sid.as_str());
        put("call_status", call.status.as_str());
        put("direction", call.direction);
        for (names, party) in [
            (["from", "caller"], &call.from),
            (["to", "called"], &call.to),
        ] {
            for name in names {
                put(name, party);
                for place in ["city", "state", "zip", "country"] {
                    put(&format!("{name}_{place}"), "");
                }
            }
        }
        attributes.extend(task);
        Value::Object(attributes)
    }
}

/// The token of an inbound call: with it an outbound one may show this caller's number, while this call goes on
/// (Twilio: "Call resource", `CallToken`). In life a signed statement; here the call in other letters.
pub(in crate::emulator) fn call_token(call: &Call) -> Option<String> {
    let token = URL_SAFE_NO_PAD.encode(call.sid.as_str());
    (call.direction == "inbound").then(|| {
        format!(
            "%7B%22parentCallInfoToken%22%3A%22{token}%22%2C%22identityHeaderTokens%22%3A%5B%5D%7D"
        )
    })
}

/// How the called side's network ended a call that came to nothing.
fn sip_code(status: CallStatus) -> Option<u16> {
    match status {
        CallStatus::Completed => Some(200),
        CallStatus::Busy => Some(486),
        CallStatus::NoAnswer | CallStatus::Canceled => Some(487),
        CallStatus::Failed => Some(404),
        CallStatus::Queued | CallStatus::Ringing | CallStatus::InProgress => None,
    }
}

fn pair(name: &'static str, value: &(impl ToString + ?Sized)) -> (&'static str, String) {
    (name, value.to_string())
}

/// A date as voice webhooks and the 2010 API write it.
pub(in crate::emulator) fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
