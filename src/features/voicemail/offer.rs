//! What a caller hears in a mailbox: the greeting, the beep, and a message when they are done or have said nothing.
//!
//! The visit is noted before they are asked to speak, but a caller does not pay for our trouble: if Sync does not answer
//! within [`NOTING`], they may speak anyway, and it is noted meanwhile. Twilio's two reports tell us of the message,
//! too; but whatever keeps us from noting a visit may keep us from noting those.

use std::time::Duration;

use super::{
    Caller, Voicemail,
    visit::{Original, Visit},
};
use crate::{
    durable::store::NotMoved,
    twilio::{
        deadline::Deadline,
        error::Error,
        sid::{CallSid, TaskSid},
    },
    twiml::document::{Document, Message, MessageEnd},
};

/// How long noting a visit may take, with a caller on the line.
const NOTING: Duration = Duration::from_secs(2);

/// How often, how far apart and for how long each time it is tried once more while they speak.
const NOTES: u32 = 5;
const BETWEEN_NOTES: Duration = Duration::from_secs(3);
const NOTING_BEHIND: Duration = Duration::from_secs(8);

/// How often a caller is asked again who has said nothing.
const CHANCES: u32 = 1;

impl Voicemail {
    /// What a caller hears in a mailbox, and whether it is noted that they came.
    pub async fn offer(&self, caller: &Caller, by: Deadline) -> (Document, bool) {
        let settings = &self.0.settings;
        let end = |said| (Document::MessageEnd(MessageEnd { said }), true);
        if settings.workflow.is_none() {
            return end("closed");
        }
        if caller.silences > CHANCES {
            tracing::info!(call.sid = %caller.call, "a caller came to voicemail and said nothing");
            return end("silence");
        }
        let noted = caller.silences > 0 || self.note_visit(caller, by.or_after(NOTING)).await;
        let Caller { mailbox, task, .. } = *caller;
        let message = Document::Message(Message {
            greeting: (caller.silences == 0).then(|| settings.greeting.clone()),
            action: settings.recorded_url(mailbox, task),
            status: settings.report_url(mailbox, task),
            transcript: settings
                .transcribe
                .then(|| settings.transcript_url(mailbox, task)),
            silence: settings.silence.as_secs(),
            longest: settings.longest.as_secs(),
            next: settings.silent_url(mailbox, task, caller.silences + 1),
        });
        (message, noted)
    }

    /// What a caller hears whose message was recorded.
    #[must_use]
    pub fn thanks(&self) -> Document {
        Document::MessageEnd(MessageEnd { said: "kept" })
    }

    /// Whether it is noted.
    async fn note_visit(&self, caller: &Caller, by: Deadline) -> bool {
        let visit = Visit::of(caller, self.0.clock.now(), self.mark());
        let noted = match self.0.visits.insert(visit.clone(), by).await {
            // They were here before, perhaps for another box.
            Err(NotMoved::Moved(Some(old))) if old.mailbox != caller.mailbox => {
                self.0.visits.replace(&old, visit, by).await
            }
            other => other,
        };
        match noted {
            Err(NotMoved::Unclear(error)) => {
                tracing::warn!(call.sid = %caller.call, %error, "a visit to voicemail could not be noted");
                false
            }
            _ => true,
        }
    }

    /// Notes, while the caller speaks, that they are here, should that not have been `noted`; and looks for the task that
    /// waited for them: it is gone soon after it was canceled, and its place in line with it.
    pub async fn look_back(&self, caller: &Caller, noted: bool, by: Deadline) {
        if caller.silences > 0 || !self.is_on() {
            return;
        }
        if !noted {
            self.note_behind(caller).await;
        }
        let found = match self.original(caller.call, caller.task, by).await {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(call.sid = %caller.call, %error, "the task of a caller in voicemail could not be looked up");
                return;
            }
        };
        let told = |visit: &Visit| {
            let fresh = visit.original.is_none() && visit.mailbox == caller.mailbox;
            fresh.then(|| visit.with(found.clone(), self.mark()))
        };
        if let Err(error) = self.0.visits.change(caller.call.as_str(), by, told).await {
            tracing::warn!(call.sid = %caller.call, %error, "a visit to voicemail could not be noted");
        }
    }

    /// Tries once more, and again.
    async fn note_behind(&self, caller: &Caller) {
        for _ in 0..NOTES {
            if self
                .note_visit(caller, Deadline::after(NOTING_BEHIND))
                .await
            {
                return;
            }
            self.0.clock.sleep(BETWEEN_NOTES).await;
        }
    }

    /// The task that waited, or waits, for a call.
    pub(super) async fn original(
        &self,
        call: CallSid,
        task: Option<TaskSid>,
        by: Deadline,
    ) -> Result<Option<Original>, Error> {
        let tasks = self.0.twilio.tasks(by);
        let found = if let Some(task) = task {
            tasks.fetch(task).await?
        } else {
            let all = tasks.with_attribute("call_sid", call.as_str()).await?;
            let last = all
                .into_iter()
                .max_by(|one, other| one.date_created.cmp(&other.date_created));
            match last {
                // A list may leave attributes out.
                Some(task) if task.attributes.is_empty() => tasks.fetch(task.sid).await?,
                other => other,
            }
        };
        Ok(found.map(Into::into))
    }
}
