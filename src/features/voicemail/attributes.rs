//! The attributes of a message's task: those of any caller who is seen to later ([`FollowUp`]), and whose box it is, which
//! routes it.

use serde_json::{Map, Value, json};

use super::{Mailbox, Voicemail, message::Message, visit::Original};
use crate::recording::followup::{self, FollowUp};

/// Who called whom.
pub(super) struct Parties {
    pub(super) from: String,
    pub(super) to: String,
}

impl Voicemail {
    /// The attributes of the task of a message that is at `url`, as JSON text.
    pub(super) fn attributes(
        &self,
        message: &Message,
        parties: &Parties,
        original: Option<&Original>,
        url: String,
    ) -> String {
        let conversation = original.map_or_else(
            || message.call_sid.to_string(),
            |original| original.task_sid.to_string(),
        );
        let words = message.words.as_ref();
        let follow_up = FollowUp {
            number_to_call: parties.from.clone(),
            number_to_call_from: parties.to.clone(),
            received: message.received,
            time_zone: self.0.settings.time_zone.clone(),
            attempts: 0,
            message: followup::Message {
                recording_sid: Some(message.recording_sid.to_string()),
                recording_url: Some(url),
                transcript_sid: words.and_then(|words| words.sid).map(|sid| sid.to_string()),
                transcript_text: words.map(|words| words.text.clone()),
            },
            note: None,
            flow: None,
            conversation: Some(conversation),
            is_deleted: false,
            ticket: message.recording_sid.to_string(),
            routing: routing(message.mailbox),
            before: original.map_or_else(Map::new, |original| original.attributes.clone()),
        };
        follow_up.attributes()
    }
}

/// Whose box it is: a workflow asks for the one or the other.
fn routing(mailbox: Mailbox) -> Map<String, Value> {
    let (worker, queue) = match mailbox {
        Mailbox::Worker(worker) => (json!(worker), Value::Null),
        Mailbox::Queue(queue) => (Value::Null, json!(queue)),
    };
    Map::from_iter([
        ("voicemailWorker".to_owned(), worker),
        ("voicemailQueue".to_owned(), queue),
    ])
}
