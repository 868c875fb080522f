//! Which messages are in the mailboxes that no agent has dealt with, the oldest first.

use std::collections::HashMap;

use serde_json::json;

use super::{Asked, Sheet};
use crate::features::voicemail::{Mailbox, Voicemail, shelf::State};

const COLUMNS: &[(&str, &str)] = &[
    ("age", "ageSeconds"),
    ("from", "from"),
    ("name", "name"),
    ("to", "to"),
    ("box", "box"),
    ("long", "lengthSeconds"),
    ("state", "state"),
    ("recording", "recordingSid"),
    ("call", "callSid"),
];

pub(super) async fn sheet(asked: &Asked<'_>) -> anyhow::Result<Sheet> {
    let (app, context) = (asked.app, &asked.app.parts().context);
    let workers = context.twilio.workers(asked.by);
    let (kept, workers) = tokio::join!(app.get::<Voicemail>().list_all(asked.by), workers.all());
    let (mut kept, workers) = (kept?, workers?);
    let workers = workers.into_iter().map(|it| (it.sid, it.friendly_name));
    let names: HashMap<_, _> = workers.collect();
    kept.retain(|message| message.state != State::Done);
    kept.reverse();
    let title = match kept.len() {
        0 => "No message waits".to_owned(),
        1 => "1 message is not done with".to_owned(),
        more => format!("{more} messages are not done with"),
    };
    let mut sheet = Sheet::new("voicemails", title, context.clock.now(), COLUMNS);
    for message in &kept {
        let whose = match message.mailbox {
            Mailbox::Worker(worker) => names.get(&worker).cloned(),
            Mailbox::Queue(_) => None,
        };
        sheet.row([
            json!(asked.seconds_since(message.received)),
            json!(asked.number(&message.from)),
            json!(asked.number(&message.name)),
            json!(asked.number(&message.to)),
            json!(whose.unwrap_or_else(|| message.mailbox.to_string())),
            json!(message.seconds),
            json!(message.state),
            json!(message.recording_sid),
            json!(message.call_sid),
        ]);
    }
    Ok(sheet)
}
