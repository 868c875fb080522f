//! Words that come after the message: added to its record, and from there to its task.
//!
//! Twilio writes down what is longer than 2 seconds and shorter than 120, in American English, when it has time. Nothing
//! waits for it. The process that makes the task after the transcript has come writes it into the task; else they are added to it.

use std::fmt;

use super::{
    Callback,
    ask::Owed,
    message::Recorded,
    upstream,
    wish::{Phase, Wish},
};
use crate::{
    durable::{
        store::{Changed, Entry},
        time::millis,
    },
    error::Error,
    recording::followup::{self, TICKET},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::tasks::{ATTRIBUTES, Task},
        sid::{CallSid, RecordingSid, TranscriptionSid},
    },
};

/// The transcript of a message.
#[derive(Clone)]
pub struct Transcribed {
    /// The call.
    pub call: CallSid,
    /// The recording.
    pub recording: RecordingSid,
    /// The transcript.
    pub transcription: Option<TranscriptionSid>,
    /// The words; nothing if they could not be made out.
    pub words: Option<String>,
}

impl fmt::Debug for Transcribed {
    /// Leaves out the words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcribed")
            .field("call", &self.call)
            .field("recording", &self.recording)
            .finish_non_exhaustive()
    }
}

impl Callback {
    /// A transcript has come: its words go where the message is. What follows is done in the background.
    ///
    /// # Errors
    /// [`Error::Upstream`]: the report should be delivered again.
    pub async fn transcribed(
        &self,
        told: &Transcribed,
        by: Deadline,
    ) -> Result<Option<Owed>, Error> {
        let Some(words) = &told.words else {
            tracing::info!(call.sid = %told.call, "what a message says could not be made out");
            return Ok(None);
        };
        let words: String = words.chars().take(ATTRIBUTES).collect();
        let added = self.add_words(told, &words, by).await;
        added.map_err(upstream("adding a transcript to a message"))
    }

    async fn add_words(
        &self,
        told: &Transcribed,
        words: &str,
        by: Deadline,
    ) -> Result<Option<Owed>, TwilioError> {
        let key = told.recording.as_str();
        let with_words = |wish: &Wish| self.with_words(wish, told, words);
        match self.0.wishes.change(key, by, with_words).await? {
            Changed::Moved(wish) if wish.phase == Phase::Made => {
                self.tell_task(wish, by).await.map(|()| None)
            }
            // The process that makes the task finds the transcript in the record.
            Changed::Moved(_) | Changed::Kept(_) => Ok(None),
            Changed::Missing => match self.0.wishes.read(told.call.as_str(), by).await? {
                Some(wish) => self.first_word(wish, told, words, by).await,
                None => self.late_words(told, words, by).await.map(|()| None),
            },
        }
    }

    fn with_words(&self, wish: &Wish, told: &Transcribed, words: &str) -> Option<Wish> {
        let message = &wish.follow_up.message;
        if message.transcript_text.is_some() || message.recording_sid.is_none() {
            return None;
        }
        let mut now = wish.clone();
        now.mark = self.mark();
        now.untold = true;
        now.follow_up.message.transcript_text = Some(words.to_owned());
        now.follow_up.message.transcript_sid = told.transcription.map(|sid| sid.to_string());
        if now.phase == Phase::Made {
            now.moved = millis::whole(self.0.clock.now());
        }
        Some(now)
    }

    /// Both reports of the recording are late, or lost: this is the first we hear of it.
    async fn first_word(
        &self,
        wish: Entry<Wish>,
        told: &Transcribed,
        words: &str,
        by: Deadline,
    ) -> Result<Option<Owed>, TwilioError> {
        let recordings = self.0.twilio.recordings(by);
        let found = recordings.fetch(told.recording).await?;
        let recorded = Recorded {
            call: told.call,
            recording: told.recording,
            url: Some(recordings.url(told.recording)),
            seconds: found.and_then(|it| it.duration).unwrap_or(1),
            failed: false,
        };
        let Some(Owed(wish)) = self.keep(wish, &recorded, by).await? else {
            return Ok(None);
        };
        let with_words = |wish: &Wish| self.with_words(wish, told, words);
        match self.0.wishes.change_from(wish, by, with_words).await? {
            Changed::Moved(wish) | Changed::Kept(wish) => Ok(Owed::of(wish)),
            Changed::Missing => Ok(None),
        }
    }

    /// The message's record is done with and forgotten: only its task knows of it.
    async fn late_words(
        &self,
        told: &Transcribed,
        words: &str,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let tasks = self.0.twilio.tasks(by);
        let made = tasks
            .with_attribute(TICKET, told.recording.as_str())
            .await?;
        for task in made {
            let with_words = |found: &Task| {
                followup::with_transcript(&found.attributes, told.transcription, words)
            };
            tasks.change_attributes(task.sid, with_words).await?;
        }
        Ok(())
    }

    /// Adds the words of a message to its task, and notes that they are there.
    pub(super) async fn tell_task(
        &self,
        wish: Entry<Wish>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let message = &wish.follow_up.message;
        if let (Some(task), Some(words)) = (wish.made, &message.transcript_text) {
            let sid = message.transcript_sid.as_deref();
            let sid = sid.and_then(|sid| sid.parse().ok());
            let with_words =
                |found: &Task| followup::with_transcript(&found.attributes, sid, words);
            let tasks = self.0.twilio.tasks(by);
            tasks.change_attributes(task, with_words).await?;
        }
        let told = |wish: &Wish| {
            wish.untold.then(|| Wish {
                untold: false,
                mark: self.mark(),
                ..wish.clone()
            })
        };
        let told = self.0.wishes.change_from(wish, by, told).await;
        told.map(|_| ())
    }
}
