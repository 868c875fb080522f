//! The attributes of the task a call was parked from, and what they become when it is picked up, comes back or ends.
//!
//! The changes are those of the published sample, because the plugin and Flex Insights read them: `isParkPickup`,
//! `isParkHangup`, `targetWorker`, `conversations.outcome`, `hold_time` and so on. They start from our record, never
//! from what a browser sends at pick-up.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::record::ParkedCall;
use crate::{
    error::Error,
    json,
    twilio::{party::Party, resource::tasks::ATTRIBUTES},
};

/// The attribute that ties a task to the move that made it, so that it can be found again after a crash.
pub const TICKET: &str = "parkTicket";

const FIELD: &str = "attributes";
const CONVERSATIONS: &str = "conversations";

/// A task's attributes. In Sync they are kept as JSON text, as the plugin expects; an object is read as well, because
/// the plugin writes its items back that way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Map<String, Value>);

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Object(map) => Self(map),
            // Attributes that cannot be read must not cost the caller their wrap-up task.
            Value::String(text) => Self(json::object(&text).unwrap_or_default()),
            _ => Self::default(),
        })
    }
}

impl From<Map<String, Value>> for Attributes {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl Attributes {
    /// Reads what the plugin sent. Nothing at all counts as no attributes.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not a JSON object.
    pub fn parse(sent: Option<&str>) -> Result<Self, Error> {
        match sent.map(str::trim) {
            None | Some("" | "null" | "undefined") => Ok(Self::default()),
            Some(text) => json::object(text).map(Self).map_err(|_| Error::Invalid {
                field: FIELD,
                expected: "a JSON object",
            }),
        }
    }

    /// The SID of the conference the call is in, as TaskRouter wrote it.
    #[must_use]
    pub fn conference(&self) -> Option<&str> {
        self.0.get("conference")?.get("sid")?.as_str()
    }

    /// A call that was routed to any free agent, and not to one person.
    #[must_use]
    pub fn is_inbound_acd(&self) -> bool {
        let inbound = |direction: &str| direction.eq_ignore_ascii_case("inbound");
        let direction = self.0.get("direction").and_then(Value::as_str);
        direction.is_some_and(inbound) && !self.0.contains_key("directExtension")
    }

    /// The queue that the plugin, or an earlier pick-up, wrote down as the call's own.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        let queue = self.0.get(CONVERSATIONS)?.get("queue")?.as_str()?;
        Some(queue).filter(|queue| !queue.is_empty())
    }

    /// Refuses attributes that would not fit a task any more once we have added ours.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn fit(parked: &ParkedCall) -> Result<(), Error> {
        let far = parked
            .date_created
            .saturating_add(jiff::SignedDuration::from_hours(10_000))
            .unwrap_or(Timestamp::MAX);
        let longest = [
            parked.for_pick_up(far),
            parked.for_return(far),
            parked.for_wrap_up(far),
        ];
        if longest
            .iter()
            .all(|text| text.chars().count() <= ATTRIBUTES)
        {
            Ok(())
        } else {
            Err(Error::Invalid {
                field: FIELD,
                expected: "at most 4096 characters, with room for what parking adds",
            })
        }
    }
}

impl ParkedCall {
    /// The task attributes of a pick-up: straight to the worker, answered without a click.
    #[must_use]
    pub fn for_pick_up(&self, now: Timestamp) -> String {
        let mut map = self.resumed(now);
        map.insert("autoAnswer".to_owned(), json!(true));
        map.insert("isParkPickup".to_owned(), json!(true));
        map.insert(
            "targetWorker".to_owned(),
            json!(self.claimed_by.unwrap_or(self.worker_sid)),
        );
        text(&map)
    }

    /// The task attributes of a call that comes back by itself: to the worker, who may not be there, so it rings.
    #[must_use]
    pub fn for_return(&self, now: Timestamp) -> String {
        let mut map = self.resumed(now);
        map.insert("autoAnswer".to_owned(), json!(false));
        map.insert("isParkPickup".to_owned(), json!(true));
        map.insert("isParkReturn".to_owned(), json!(true));
        map.insert("targetWorker".to_owned(), json!(self.worker_sid));
        text(&map)
    }

    /// The task attributes of a call that goes back to its workflow, for anybody.
    #[must_use]
    pub fn for_overflow(&self, now: Timestamp) -> String {
        let mut map = self.resumed(now);
        for aimed in ["autoAnswer", "isParkPickup", "isParkHangup", "targetWorker"] {
            map.remove(aimed);
        }
        map.insert("isParkReturn".to_owned(), json!(true));
        text(&map)
    }

    /// The attributes of the wrap-up task for a caller who hung up at `ended`.
    #[must_use]
    pub fn for_wrap_up(&self, ended: Timestamp) -> String {
        let mut map = self.named();
        map.insert("autoComplete".to_owned(), json!(false));
        let known = map
            .get("call_sid")
            .and_then(Value::as_str)
            .is_some_and(|sid| !sid.is_empty());
        if !known {
            map.insert("call_sid".to_owned(), json!(self.call_sid));
        }
        if let Some(name) = self.name_for(&map) {
            map.insert("name".to_owned(), name);
        }
        map.insert("isParkHangup".to_owned(), json!(true));
        map.insert("targetWorker".to_owned(), json!(self.worker_sid));
        map.insert(TICKET.to_owned(), json!(self.ticket));
        let mut conversations = self.conversations(&mut map, ended);
        conversations.insert("outcome".to_owned(), json!("Hangup While Parked"));
        conversations.insert("ring_time".to_owned(), json!(0));
        conversations.insert("talk_time".to_owned(), json!(0));
        map.insert(CONVERSATIONS.to_owned(), Value::Object(conversations));
        text(&map)
    }

    /// What a task is called whose attributes have no name: what the worker's list says, or else the number that was
    /// dialed, or that called. Flex shows a task without a name as an empty line.
    fn name_for(&self, attributes: &Map<String, Value>) -> Option<Value> {
        let given = |name: &str| {
            let text = attributes.get(name)?.as_str()?;
            (!text.is_empty()).then(|| json!(text))
        };
        if attributes
            .get("name")
            .is_some_and(|name| !name.is_null() && name != "")
        {
            return None;
        }
        let listed = self.name.as_ref().filter(|name| !name.is_empty());
        let listed = listed.map(|name| json!(name));
        listed
            .or_else(|| given("outbound_to"))
            .or_else(|| given("from"))
    }

    /// The attributes as the agent's task had them, without numbers that cannot be called.
    fn named(&self) -> Map<String, Value> {
        let mut map = self.attributes.0.clone();
        for name in ["from", "caller", "name"] {
            if let Some(Value::String(text)) = map.get_mut(name) {
                *text = Party::shown(text).to_owned();
            }
        }
        map
    }

    /// What pick-up, return and overflow share.
    fn resumed(&self, now: Timestamp) -> Map<String, Value> {
        let mut map = self.named();
        map.remove("autoComplete");
        map.insert(TICKET.to_owned(), json!(self.ticket));
        if let Some(name) = self.name_for(&map) {
            map.insert("name".to_owned(), name);
        }
        let mut conversations = self.conversations(&mut map, now);
        conversations.remove("outcome");
        let queued = conversations
            .get("queue")
            .is_some_and(|queue| !queue.is_null() && queue != "");
        if let (false, Some(queue)) = (queued, &self.queue_name) {
            conversations.insert("queue".to_owned(), json!(queue));
        }
        map.insert(CONVERSATIONS.to_owned(), Value::Object(conversations));
        map
    }

    /// Takes the `conversations` object out and adds the times that Flex Insights reads: parked time is hold time,
    /// and the task adds nothing to the time in queue.
    fn conversations(&self, map: &mut Map<String, Value>, now: Timestamp) -> Map<String, Value> {
        let mut conversations = match map.remove(CONVERSATIONS) {
            Some(Value::Object(conversations)) => conversations,
            _ => Map::new(),
        };
        let held = now.duration_since(self.date_created);
        let seconds = (held.as_millis() + 500).div_euclid(1_000).max(0);
        conversations.insert("date".to_owned(), json!(self.date_created.as_millisecond()));
        conversations.insert(
            "hold_time".to_owned(),
            json!(i64::try_from(seconds).unwrap_or(i64::MAX)),
        );
        conversations.insert("queue_time".to_owned(), json!(0));
        conversations
    }
}

fn text(map: &Map<String, Value>) -> String {
    serde_json::to_string(map).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        features::parking::record::Phase,
        twilio::sid::{CallSid, WorkerSid, WorkflowSid},
    };

    const PARKED: Timestamp = Timestamp::constant(1_800_000_000, 0);
    const NOW: Timestamp = Timestamp::constant(1_800_000_042, 400_000_000);

    fn parked(attributes: &str) -> ParkedCall {
        let record = ParkedCall {
            attributes: Attributes::parse(Some(attributes)).unwrap(),
            call_sid: CallSid::from_bytes([1; 16]),
            date_created: PARKED,
            name: Some("Ann".to_owned()),
            queue_name: Some("Sales".to_owned()),
            worker_sid: WorkerSid::from_bytes([2; 16]),
            workflow_sid: WorkflowSid::from_bytes([3; 16]),
            task_sid: None,
            phase: Phase::Parked,
            moved: PARKED,
            mark: "m".to_owned(),
            ticket: None,
            claimed_by: None,
            also_listed: None,
            ended: None,
            tries: 0,
        };
        record.moved_to(Phase::PickUp, NOW, "ticket".to_owned())
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_pick_up_carries_what_the_plugin_and_insights_read() {
        let attributes = r#"{"autoComplete":true,"from":"+13035550123","conversations":{"outcome":"Parked Call","x":1}}"#;
        assert_eq!(
            json(&parked(attributes).for_pick_up(NOW)),
            json!({
                "from": "+13035550123", "name": "Ann", "autoAnswer": true, "isParkPickup": true,
                "targetWorker": WorkerSid::from_bytes([2; 16]), "parkTicket": "ticket",
                "conversations": {
                    "x": 1, "queue": "Sales", "date": 1_800_000_000_000_i64, "hold_time": 42, "queue_time": 0,
                },
            })
        );
    }

    #[test]
    fn a_hang_up_carries_what_the_sample_sends() {
        let sent = json(&parked("{}").for_wrap_up(NOW));
        assert_eq!(sent["conversations"]["outcome"], "Hangup While Parked");
        assert_eq!(sent["conversations"]["hold_time"], 42);
        assert_eq!(
            (&sent["isParkHangup"], &sent["autoComplete"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(sent["call_sid"], json!(CallSid::from_bytes([1; 16])));
    }

    #[test]
    fn a_task_without_a_name_is_called_after_the_list_the_number_dialled_or_the_one_that_called() {
        let named = |attributes: &str, listed: Option<&str>| {
            let mut record = parked(attributes);
            record.name = listed.map(str::to_owned);
            let texts = [
                record.for_wrap_up(NOW),
                record.for_pick_up(NOW),
                record.for_return(NOW),
                record.for_overflow(NOW),
            ];
            texts.map(|text| json(&text)["name"].clone())
        };
        let dialled = r#"{"outbound_to":"+13035550111","from":"+15125550100"}"#;
        for (attributes, listed, name) in [
            (
                r#"{"name":"Maria","from":"+1"}"#,
                Some("Ann"),
                json!("Maria"),
            ),
            (dialled, Some("Ann"), json!("Ann")),
            (dialled, None, json!("+13035550111")),
            (
                r#"{"name":"","outbound_to":"","from":"+15125550100"}"#,
                None,
                json!("+15125550100"),
            ),
            (r#"{"name":null}"#, Some(""), Value::Null),
            ("{}", None, Value::Null),
        ] {
            assert_eq!(
                named(attributes, listed),
                [(); 4].map(|()| name.clone()),
                "{attributes}"
            );
        }
    }

    #[test]
    fn m6_attributes_may_be_missing_empty_or_odd() {
        for sent in [
            None,
            Some(""),
            Some("  "),
            Some("null"),
            Some("undefined"),
            Some("{}"),
        ] {
            assert_eq!(
                Attributes::parse(sent).unwrap(),
                Attributes::default(),
                "{sent:?}"
            );
        }
        for sent in ["[]", "1", "{", "\"text\"", "{}{}"] {
            assert!(Attributes::parse(Some(sent)).is_err(), "{sent}");
        }
        let odd = json(&parked(r#"{"conversations":7,"conference":[]}"#).for_pick_up(NOW));
        assert_eq!(odd["conversations"]["hold_time"], 42);
    }

    #[test]
    fn m11_the_browser_may_have_written_an_object() {
        let read = |json: Value| serde_json::from_value::<Attributes>(json).unwrap();
        assert_eq!(read(json!({"a": 1})), read(json!("{\"a\":1}")));
        assert_eq!(read(json!("not json")), Attributes::default());
    }

    #[test]
    fn attributes_that_would_outgrow_a_task_are_refused_before_the_call_is_touched() {
        let long = |length: usize| parked(&json!({ "note": "é".repeat(length) }).to_string());
        assert!(Attributes::fit(&long(3_000)).is_ok());
        assert!(matches!(
            Attributes::fit(&long(4_000)),
            Err(Error::Invalid {
                field: "attributes",
                ..
            })
        ));
    }
}
