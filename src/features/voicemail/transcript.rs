//! Words that come after the message: added to its record, and from there to its box and its task.

use super::{
    Transcribed, Voicemail,
    message::{Message, Phase, Words},
};
use crate::{
    durable::store::{Changed, Entry},
    recording::followup,
    twilio::{deadline::Deadline, error::Error, resource::tasks::Task},
};

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
            // The process that makes the task finds the transcript when it closes the record.
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
        let with_words = |found: &Task| {
            let words = message.words.as_ref()?;
            followup::with_transcript(&found.attributes, words.sid, &words.text)
        };
        let tasks = self.0.twilio.tasks(by);
        tasks.change_attributes(task, with_words).await
    }
}
