//! The task of a caller who is seen to later: who is called back, or whose message is heard.
//!
//! Its shape is the one that the flex-project-template's plugin renders (`callback-operations` of its functions): the
//! channel `voice`, `taskType` `callback` or `voicemail`, and everything else under `callBackData`. What the caller's own
//! task said is kept, because workflows route by it, but for what belonged to the call that is over. The whole fits into
//! a task's attributes: where it would not, the transcript is cut first, then copies of the caller's task are left out,
//! the longest first.
//!
//! The caller's own task leaves its line marked `conversations.abandoned = "Follow-Up"`, so that no report counts it among
//! those who gave up ([`set_aside`]).

mod words;

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::words::with_transcript;
use self::words::{DATA, WORDS_SID, over, plain, text, with_words};
use crate::durable::time::millis;
use crate::twilio::{
    party::Party,
    resource::tasks::{ATTRIBUTES, SET_ASIDE},
};

/// The channel of such a task, which the plugin looks for.
pub const CHANNEL: &str = "voice";

/// How long such a task may wait for a worker.
pub const LIFE: Duration = Duration::from_hours(24);

/// The attribute that ties a task to the wish that it was made for, so that it can be found again after a crash.
pub const TICKET: &str = "followUpTicket";

/// What of the caller's task must not live on: it is about a call that is over, or about where that call was going.
const GONE: [&str; 17] = [
    "account_sid",
    "api_version",
    "did",
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
    TICKET,
];

const CONVERSATIONS: &str = "conversations";

/// The same under `conversations`.
const GONE_CONVERSATIONS: [&str; 2] = ["abandoned", "hang_up_by"];

/// The longest of any other text: a client that sends more cannot fill the task with it.
const LONGEST: usize = 160;

/// How much of a transcript is kept before copies of the caller's task are left out.
const TRANSCRIPT_KEPT: usize = 300;

/// What a caller left behind to be heard.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Message {
    /// The recording, `RE…`.
    pub recording_sid: Option<String>,
    /// Where it is.
    pub recording_url: Option<String>,
    /// Its transcript, `TR…`.
    pub transcript_sid: Option<String>,
    /// What that says.
    pub transcript_text: Option<String>,
}

/// A caller to be seen to.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowUp {
    /// Whom to call.
    pub number_to_call: String,
    /// The number that they called, and see when they are called.
    pub number_to_call_from: String,
    /// When they asked for it.
    #[serde(with = "millis")]
    pub received: Timestamp,
    /// The time zone that the plugin shows times in besides the agent's own: an IANA name.
    pub time_zone: String,
    /// How often they have been called in vain.
    pub attempts: u32,
    /// What they left behind.
    #[serde(default)]
    pub message: Message,
    /// Words of a flow for the agent.
    #[serde(default)]
    pub note: Option<String>,
    /// The Studio execution, `FN…`.
    #[serde(default)]
    pub flow: Option<String>,
    /// What Flex Insights ties tasks together by.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The recording was deleted.
    #[serde(default)]
    pub is_deleted: bool,
    /// Ties the task to the wish.
    pub ticket: String,
    /// What routes the task besides.
    #[serde(default)]
    pub routing: Map<String, Value>,
    /// The attributes of the task that they waited with.
    #[serde(default)]
    pub before: Map<String, Value>,
}

impl fmt::Debug for Message {
    /// Leaves out what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}

impl fmt::Debug for FollowUp {
    /// Leaves out names, numbers and words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowUp")
            .field("attempts", &self.attempts)
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

impl FollowUp {
    /// The attributes of the task: JSON text of at most [`ATTRIBUTES`] characters.
    #[must_use]
    pub fn attributes(&self) -> String {
        let said: String =
            plain(self.message.transcript_text.as_deref().unwrap_or_default()).collect();
        let (mut before, own) = (self.kept(), self.own());
        loop {
            let mut all = before.clone();
            all.extend(own.clone());
            let enough = TRANSCRIPT_KEPT.min(said.chars().count());
            match with_words(&all, &said) {
                Some((fitting, kept)) if kept >= enough || before.is_empty() => {
                    return text(&fitting);
                }
                None if before.is_empty() => return text(&all),
                _ => {}
            }
            let longest = before
                .iter()
                .max_by_key(|(name, value)| name.len() + value.to_string().len())
                .map(|(name, _)| name.clone())
                .unwrap_or_default();
            tracing::warn!(
                attribute = longest,
                "left out of a follow-up task: it is too long"
            );
            before.remove(&longest);
        }
    }

    /// What of the caller's task is kept.
    fn kept(&self) -> Map<String, Value> {
        let mut before = self.before.clone();
        before.retain(|name, _| !GONE.contains(&name.as_str()));
        before
    }

    /// What is ours.
    fn own(&self) -> Map<String, Value> {
        let Message {
            recording_sid,
            recording_url,
            transcript_sid,
            ..
        } = &self.message;
        let kind = if recording_sid.is_some() {
            "voicemail"
        } else {
            "callback"
        };
        let number = short(Party::shown(&self.number_to_call));
        let mut data = json!({
            "numberToCall": number,
            "numberToCallFrom": short(&self.number_to_call_from),
            "attempts": self.attempts,
            "mainTimeZone": short(&self.time_zone),
            "utcDateTimeReceived": format!("{:.3}", self.received),
            "isDeleted": self.is_deleted,
        });
        for (name, value) in [
            ("recordingSid", recording_sid.as_deref()),
            ("recordingUrl", recording_url.as_deref()),
            (WORDS_SID, transcript_sid.as_deref()),
        ] {
            if let Some(value) = value {
                data[name] = json!(short(value));
            }
        }
        let mut own = self.routing.clone();
        own.insert("taskType".to_owned(), json!(kind));
        own.insert("from".to_owned(), json!(number));
        own.insert("name".to_owned(), json!(number));
        own.insert("direction".to_owned(), json!("inbound"));
        own.insert(DATA.to_owned(), data);
        own.insert(TICKET.to_owned(), json!(short(&self.ticket)));
        own.insert(
            CONVERSATIONS.to_owned(),
            Value::Object(self.conversations()),
        );
        for (name, value) in [("flow_execution_sid", &self.flow), ("message", &self.note)] {
            if let Some(value) = value {
                own.insert(name.to_owned(), json!(short(value)));
            }
        }
        own
    }

    /// The caller's `conversations`, tied to what was before.
    fn conversations(&self) -> Map<String, Value> {
        let mut conversations = match self.before.get(CONVERSATIONS) {
            Some(Value::Object(before)) => before.clone(),
            _ => Map::new(),
        };
        conversations.retain(|name, _| !GONE_CONVERSATIONS.contains(&name.as_str()));
        let id = "conversation_id";
        let known = conversations
            .get(id)
            .is_some_and(|known| known.as_str().is_some_and(|known| !known.is_empty()));
        if let (false, Some(ours)) = (known, &self.conversation) {
            conversations.insert(id.to_owned(), json!(short(ours)));
        }
        let long = text(&conversations).chars().count() > ATTRIBUTES / 4;
        if long {
            conversations.retain(|name, _| name == id);
        }
        conversations
    }
}

/// The attributes of a task whose caller is seen to later: they have not given up. `ticket`: what ties the task to the
/// wish that it was canceled for.
#[must_use]
pub fn set_aside(attributes: &Map<String, Value>, ticket: Option<&str>) -> Map<String, Value> {
    let mut aside = attributes.clone();
    let mut conversations = match aside.remove(CONVERSATIONS) {
        Some(Value::Object(conversations)) => conversations,
        _ => Map::new(),
    };
    conversations.insert("abandoned".to_owned(), json!(SET_ASIDE));
    aside.insert(CONVERSATIONS.to_owned(), Value::Object(conversations));
    if let Some(ticket) = ticket {
        aside.insert(TICKET.to_owned(), json!(ticket));
    }
    if over(&text(&aside)) {
        // It was full to the brim, and no workflow routes it any more.
        aside.retain(|name, _| matches!(name.as_str(), CONVERSATIONS | TICKET | "call_sid"));
    }
    aside
}

/// A text of ours, which is a number, a name or a URL: without what would have to be escaped, and not too long.
fn short(text: &str) -> String {
    plain(text)
        .filter(|c| !matches!(c, '"' | '\\'))
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn follow_up(before: &Value) -> FollowUp {
        FollowUp {
            number_to_call: "+13035550123".to_owned(),
            number_to_call_from: "+15125550100".to_owned(),
            received: Timestamp::constant(1_800_000_000, 0),
            time_zone: "UTC".to_owned(),
            attempts: 0,
            message: Message::default(),
            note: None,
            flow: None,
            conversation: Some("WT1".to_owned()),
            is_deleted: false,
            ticket: "t".to_owned(),
            routing: Map::new(),
            before: before.as_object().cloned().unwrap_or_default(),
        }
    }

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_call_back_has_the_shape_that_the_plugin_renders() {
        let before = json!({
            "call_sid": "CA1", "conference": {"sid": "CF1"}, "reservation_attributes": {}, "from": "+1", "skill": "billing",
            "conversations": {"abandoned": "Yes", "hang_up_by": "Customer", "queue": "Billing"},
        });
        assert_eq!(
            read(&follow_up(&before).attributes()),
            json!({
                "taskType": "callback", "from": "+13035550123", "name": "+13035550123", "direction": "inbound",
                "skill": "billing", "followUpTicket": "t",
                "conversations": {"queue": "Billing", "conversation_id": "WT1"},
                "callBackData": {
                    "numberToCall": "+13035550123", "numberToCallFrom": "+15125550100", "attempts": 0,
                    "mainTimeZone": "UTC", "utcDateTimeReceived": "2027-01-15T08:00:00.000Z", "isDeleted": false,
                },
            })
        );
    }

    #[test]
    fn a_message_has_its_recording_and_its_transcript() {
        let mut left = follow_up(&json!({"conversations": {"conversation_id": "original"}}));
        left.message = Message {
            recording_sid: Some("RE1".to_owned()),
            recording_url: Some("https://api.twilio.com/RE1".to_owned()),
            transcript_sid: Some("TR1".to_owned()),
            transcript_text: Some("Call me".to_owned()),
        };
        let read = read(&left.attributes());
        assert_eq!(read["taskType"], "voicemail");
        assert_eq!(read["callBackData"]["recordingSid"], "RE1");
        assert_eq!(read["callBackData"]["transcriptText"], "Call me");
        assert_eq!(read["conversations"]["conversation_id"], "original");
    }

    #[test]
    fn a_long_transcript_is_cut_and_what_routes_stays() {
        let mut left = follow_up(&json!({"skill": "billing", "notes": "n".repeat(3_000)}));
        left.message.recording_sid = Some("RE1".to_owned());
        left.message.transcript_text = Some("word ".repeat(2_000));
        let text = left.attributes();
        assert!(text.chars().count() <= ATTRIBUTES);
        let read = read(&text);
        assert_eq!(read["skill"], "billing");
        let said = read["callBackData"]["transcriptText"].as_str().unwrap();
        assert!(said.starts_with("word word") && said.ends_with('…'));
        assert!(said.chars().count() >= TRANSCRIPT_KEPT);
    }

    #[test]
    fn a_task_set_aside_has_not_been_given_up() {
        let attributes = json!({"from": "+1", "conversations": {"queue": "Billing"}});
        let aside = set_aside(attributes.as_object().unwrap(), Some("t"));
        let expected = json!({
            "from": "+1", "followUpTicket": "t", "conversations": {"queue": "Billing", "abandoned": "Follow-Up"},
        });
        assert_eq!(Value::Object(aside), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_said_it_fits_a_task(
            before in proptest::collection::vec(("[a-z_]{1,20}", "\\PC{0,900}"), 0..12),
            said in "\\PC{0,4000}", number in "\\PC{0,700}", quotes in "[\"\\\\\n]{0,2000}",
        ) {
            let before: Map<String, Value> = before.into_iter().map(|(name, value)| (name, json!(value))).collect();
            let mut left = follow_up(&Value::Object(before.clone()));
            left.message.transcript_text = Some(said + &quotes);
            left.number_to_call = number;
            let text = left.attributes();
            prop_assert!(text.chars().count() <= ATTRIBUTES);
            prop_assert!(read(&text)["callBackData"].is_object());
            let aside = serde_json::to_string(&set_aside(&before, Some("t"))).unwrap();
            prop_assert!(aside.chars().count() <= ATTRIBUTES);
        }

        #[test]
        fn a_transcript_is_cut_no_more_than_it_must(said in "\\PC{0,4500}", note in 0_usize..4_000) {
            let mut left = follow_up(&json!({ "note": "é".repeat(note) }));
            left.message.recording_sid = Some("RE1".to_owned());
            left.message.transcript_text = Some(said.clone());
            let sent = left.attributes();
            let shown = read(&sent);
            let kept = shown["callBackData"]["transcriptText"].as_str().unwrap_or_default();
            prop_assert!(said == kept || said.starts_with(kept.strip_suffix('…').unwrap()));
            // Cut only if the next character had no room, as it is written in JSON.
            let next = said.chars().nth(kept.chars().count().saturating_sub(1));
            let needs = next.map_or(0, |next| serde_json::to_string(&next).unwrap().chars().count() - 2);
            prop_assert!(said == kept || sent.chars().count() + needs > ATTRIBUTES);
        }
    }
}
