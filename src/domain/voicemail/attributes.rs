//! The attributes of a message's task: those that the published plugin shows, and those that route it.
//!
//! What the caller's own task said is kept (`twilio-professional-services/flex-project-template`, `callback-operations`),
//! less what belonged to the call: so a message is routed by the same skills, and Flex Insights finds one conversation.
//! All of it has to fit into 4096 characters, so the transcript is cut short, and before that is not enough, what came from
//! the caller's task is left out.

use serde_json::{Map, Value, json};

use super::{Mailbox, message::Message, visit::Original};
use crate::twilio::resource::tasks::ATTRIBUTES;

/// The attribute that ties a task to its message, so that it can be found again after a crash.
pub(super) const TICKET: &str = "voicemailTicket";

/// The attribute with what the plugin shows.
pub(super) const DATA: &str = "callBackData";

/// What belonged to the call and not to the conversation.
const OF_THE_CALL: [&str; 16] = [
    "call_sid",
    "call_status",
    "call_token",
    "worker_call_sid",
    "reservation_attributes",
    "conference",
    "autoAnswer",
    "autoComplete",
    "isParkPickup",
    "isParkHangup",
    "isParkReturn",
    "parkTicket",
    "targetWorker",
    "did",
    "account_sid",
    "api_version",
];

/// Who called whom.
pub(super) struct Parties {
    pub(super) from: String,
    pub(super) to: String,
}

/// The attributes of the task of a message: the text of a JSON object of at most 4096 characters.
pub(super) fn of_message(
    message: &Message,
    parties: &Parties,
    original: Option<&Original>,
    url: &str,
) -> String {
    let whole = build(message, parties, original, url);
    let fitted = fitted(whole).or_else(|| fitted(build(message, parties, None, url)));
    text(&fitted.unwrap_or_else(|| build(message, parties, None, url)))
}

fn build(
    message: &Message,
    parties: &Parties,
    original: Option<&Original>,
    url: &str,
) -> Map<String, Value> {
    let mut map = original.map_or_else(Map::new, |original| original.attributes.clone());
    for name in OF_THE_CALL {
        map.remove(name);
    }
    // What nobody knew of the caller takes room and says nothing.
    map.retain(|_, value| value != "");
    let mut conversations = match map.remove("conversations") {
        Some(Value::Object(conversations)) => conversations,
        _ => Map::new(),
    };
    conversations.remove("abandoned");
    conversations.remove("hang_up_by");
    if !conversations.contains_key("conversation_id") {
        let first = original.map_or_else(
            || message.call_sid.to_string(),
            |original| original.task_sid.to_string(),
        );
        conversations.insert("conversation_id".to_owned(), json!(first));
    }
    let (worker, queue) = match message.mailbox {
        Mailbox::Worker(worker) => (json!(worker), Value::Null),
        Mailbox::Queue(queue) => (Value::Null, json!(queue)),
    };
    let mut data = json!({
        "numberToCall": parties.from,
        "numberToCallFrom": parties.to,
        "recordingSid": message.recording_sid,
        "recordingUrl": url,
        "mainTimeZone": "UTC",
        "utcDateTimeReceived": format!("{:.3}", message.received),
        "isDeleted": false,
        "attempts": 0,
    });
    if let Some(words) = &message.words {
        data["transcriptSid"] = json!(words.sid);
        data["transcriptText"] = json!(words.text);
    }
    for (name, value) in [
        ("taskType", json!("voicemail")),
        ("from", json!(parties.from)),
        ("name", json!(parties.from)),
        ("direction", json!("inbound")),
        ("conversations", Value::Object(conversations)),
        (DATA, data),
        ("voicemailWorker", worker),
        ("voicemailQueue", queue),
        (TICKET, json!(message.recording_sid)),
    ] {
        map.insert(name.to_owned(), value);
    }
    map
}

/// The same attributes with the words added that came later; nothing if there is no message in them, or no room.
pub(super) fn with_words(
    attributes: &Map<String, Value>,
    message: &Message,
) -> Option<Map<String, Value>> {
    let words = message.words.as_ref()?;
    let mut map = attributes.clone();
    let data = map.get_mut(DATA)?.as_object_mut()?;
    data.insert("transcriptSid".to_owned(), json!(words.sid));
    data.insert("transcriptText".to_owned(), json!(words.text));
    fitted(map)
}

/// The attributes of the caller's own task, which ends without having been answered.
pub(super) fn followed_up(attributes: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut map = attributes.clone();
    let conversations = map.entry("conversations").or_insert_with(|| json!({}));
    let conversations = conversations.as_object_mut()?;
    conversations.insert("abandoned".to_owned(), json!("Follow-Up"));
    fits(&map).then_some(map)
}

/// Attributes whose transcript is cut so that they fit; nothing if they do not even without.
fn fitted(map: Map<String, Value>) -> Option<Map<String, Value>> {
    if fits(&map) {
        return Some(map);
    }
    let words = map.get(DATA)?.get("transcriptText")?.as_str()?;
    let cut = |keep: usize| {
        let mut cut = map.clone();
        let mut kept: String = words.chars().take(keep).collect();
        kept.push('…');
        if let Some(data) = cut.get_mut(DATA) {
            data["transcriptText"] = json!(kept);
        }
        cut
    };
    let (mut least, mut most) = (0, words.chars().count());
    if !fits(&cut(0)) {
        return None;
    }
    // How much a character takes depends on which one it is.
    while least < most {
        let middle = least + (most - least).div_ceil(2);
        if fits(&cut(middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    Some(cut(least))
}

fn fits(map: &Map<String, Value>) -> bool {
    length(&text(map)) <= ATTRIBUTES
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn text(map: &Map<String, Value>) -> String {
    serde_json::to_string(map).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::{
        super::{Recorded, message::Words},
        *,
    };
    use crate::twilio::{
        resource::tasks::Task,
        sid::{CallSid, RecordingSid, TaskSid, WorkerSid},
    };

    const URL: &str = "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE";

    fn message(words: Option<&str>) -> Message {
        let recorded = Recorded {
            mailbox: Mailbox::Worker(WorkerSid::from_bytes([1; 16])),
            call: CallSid::from_bytes([2; 16]),
            task: None,
            recording: RecordingSid::from_bytes([3; 16]),
            seconds: Some(12),
            absent: false,
            parties: None,
        };
        let mut message = Message::of(
            &recorded,
            Timestamp::constant(1_800_000_000, 0),
            String::new(),
        );
        message.words = words.map(|text| Words {
            sid: None,
            text: text.to_owned(),
        });
        message
    }

    fn parties() -> Parties {
        Parties {
            from: "+13035550100".to_owned(),
            to: "+15125550100".to_owned(),
        }
    }

    fn original(attributes: &Value) -> Original {
        let task = json!({
            "sid": TaskSid::from_bytes([4; 16]), "assignment_status": "canceled", "attributes": attributes.to_string(),
        });
        serde_json::from_value::<Task>(task).unwrap().into()
    }

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_shape_is_what_the_plugin_shows() {
        let waited = original(&json!({
            "call_sid": "CA1", "conference": {"sid": "CF1"}, "skill": "sales", "to_city": "",
            "conversations": {"abandoned": "Yes", "queue": "Sales"},
        }));
        let shown = read(&of_message(
            &message(Some("Hi")),
            &parties(),
            Some(&waited),
            URL,
        ));
        assert_eq!(
            shown,
            json!({
                "taskType": "voicemail", "from": "+13035550100", "name": "+13035550100", "direction": "inbound",
                "skill": "sales", "voicemailWorker": WorkerSid::from_bytes([1; 16]), "voicemailQueue": null,
                "voicemailTicket": RecordingSid::from_bytes([3; 16]),
                "conversations": {"queue": "Sales", "conversation_id": TaskSid::from_bytes([4; 16])},
                "callBackData": {
                    "numberToCall": "+13035550100", "numberToCallFrom": "+15125550100",
                    "recordingSid": RecordingSid::from_bytes([3; 16]), "recordingUrl": URL,
                    "mainTimeZone": "UTC", "utcDateTimeReceived": "2027-01-15T08:00:00.000Z",
                    "isDeleted": false, "attempts": 0, "transcriptSid": null, "transcriptText": "Hi",
                },
            })
        );
    }

    #[test]
    fn a_task_that_fills_its_attributes_is_left_out() {
        let full = original(&json!({ "note": "x".repeat(3_900) }));
        let shown = read(&of_message(&message(None), &parties(), Some(&full), URL));
        assert!(shown.get("note").is_none());
        assert_eq!(shown["callBackData"]["numberToCall"], "+13035550100");
    }

    proptest! {
        #[test]
        fn attributes_always_fit(words in "\\PC{0,4500}", note in 0_usize..4_000) {
            let waited = original(&json!({ "note": "é".repeat(note) }));
            let message = message(Some(&words));
            let sent = of_message(&message, &parties(), Some(&waited), URL);
            prop_assert!(length(&sent) <= ATTRIBUTES);
            let data = &read(&sent)["callBackData"];
            let kept = data["transcriptText"].as_str().unwrap();
            prop_assert!(words == kept || words.starts_with(kept.trim_end_matches('…')));
        }

        #[test]
        fn words_that_come_later_fit_too(words in "[\"\\\\a-z ]{0,4500}", note in 0_usize..3_000) {
            let waited = original(&json!({ "note": "é".repeat(note) }));
            let sent = read(&of_message(&message(None), &parties(), Some(&waited), URL));
            let later = with_words(sent.as_object().unwrap(), &message(Some(&words))).unwrap();
            prop_assert!(fits(&later));
        }
    }
}
