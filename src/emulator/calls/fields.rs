//! The parameters Twilio sends about a call, and the attributes it puts on the task of a queued one.
//!
//! Twilio: "TwiML for Programmable Voice", request parameters; "Call resource", status callback parameters;
//! "TaskRouter and TwiML queue calls", task attributes. Geography is sent empty, as real payloads do for unknown
//! places.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Call;
use crate::{
    emulator::{hooks::Fields, world::World},
    twilio::sid::CallSid,
};

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
        for (names, party) in [
            (["From", "Caller"], &call.from),
            (["To", "Called"], &call.to),
        ] {
            for name in names {
                fields.push(pair(name, party));
                let places = ["City", "State", "Zip", "Country"];
                fields.extend(places.map(|place| (format!("{name}{place}"), String::new())));
            }
        }
        if let Some(parent) = call.parent {
            fields.push(pair("ParentCallSid", &parent));
        }
        fields
    }

    /// What a status callback says beside that. `status` differs from the call's own for `initiated`.
    pub(super) fn progress_fields(&self, call: &Call, status: &str) -> Fields {
        let mut fields = self.call_fields(call.sid);
        fields.retain(|(name, _)| name != "CallStatus");
        fields.push(pair("CallStatus", &status));
        fields.push(pair("CallbackSource", "call-progress-events"));
        fields.push(pair("SequenceNumber", &call.sequence));
        fields.push(pair("Timestamp", &rfc2822(self.now())));
        if call.status.is_final() {
            fields.push(pair("CallDuration", &call.seconds()));
            fields.push(pair("Duration", &call.seconds().div_ceil(60)));
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

fn pair(name: &str, value: &(impl ToString + ?Sized)) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// A date as voice webhooks and the 2010 API write it.
pub(in crate::emulator) fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
