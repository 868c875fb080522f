//! Words that come after the message: added to its record, and from there to its box and its task.

use serde_json::Value;

use super::{
    Transcribed, Voicemail, attributes,
    message::{Message, Phase, Words},
};
use crate::{
    domain::store::{Changed, Entry},
    twilio::{deadline::Deadline, error::Error},
};

/// How often a task is read again that others change, too.
const TRIES: u32 = 5;

impl Voicemail {
    pub(super) async fn add_words(
        &self,
        told: &Transcribed,
        words: &str,
        by: Deadline,
    ) -> Result<(), Error> {
        let words = Words::new(told.transcription, words);
        let key = told.recorded.recording;
        let added = |now: &Message| {
            now.words.is_none().then(|| Message {
                words: Some(words.clone()),
                ..now.touched(now.moved, self.mark())
            })
        };
        match self.0.messages.change(key.as_str(), by, added).await? {
            // Whoever makes the task finds the words when they close the record.
            Changed::Moved(now) | Changed::Kept(now) => {
                if now.phase == Phase::Closed && !now.written {
                    self.write_words(&now, by).await
                } else {
                    Ok(())
                }
            }
            // Closed so long ago that only its box knows of it.
            Changed::Missing => {
                let text = words.text;
                self.tell_shelf(told.recorded.mailbox, key, &text, by).await
            }
        }
    }

    /// Brings the words of a message to its box and its task, and notes that they are there.
    pub(super) async fn write_words(
        &self,
        message: &Entry<Message>,
        by: Deadline,
    ) -> Result<(), Error> {
        let Some(words) = &message.words else {
            return Ok(());
        };
        self.tell_shelf(message.mailbox, message.recording_sid, &words.text, by)
            .await?;
        self.tell_task(message, by).await?;
        let written = |now: &Message| {
            (!now.written).then(|| Message {
                written: true,
                ..now.touched(self.0.clock.now(), self.mark())
            })
        };
        let changed = self.0.messages.change_from(message.clone(), by, written);
        changed.await.map(|_| ())
    }

    async fn tell_task(&self, message: &Message, by: Deadline) -> Result<(), Error> {
        let Some(task) = message.task_sid else {
            return Ok(());
        };
        let tasks = self.0.twilio.tasks(by);
        for _ in 0..TRIES {
            let Some(found) = tasks.fetch(task).await? else {
                return Ok(());
            };
            let there = found.attributes.get(attributes::DATA);
            let there = there.and_then(|data| data.get("transcriptText"));
            if there.is_some_and(Value::is_string) {
                return Ok(());
            }
            let Some(with_words) = attributes::with_words(&found.attributes, message) else {
                return Ok(());
            };
            let revision = found.revision.as_deref();
            match tasks.set_attributes(task, &with_words, revision).await {
                Err(error) if error.is_outdated() => {}
                // A task that is over takes no more words.
                Err(error) if crate::twilio::resource::tasks::is_not_possible(&error) => {
                    return Ok(());
                }
                other => return other,
            }
        }
        Ok(())
    }
}
