//! Keeping a message: the record first, then the box, then the task.
//!
//! Twilio tells of a recording twice, by the action and by the status callback, each perhaps more than once or not at all,
//! in any order. The process that makes the record goes on; all others leave it alone. A crash after the record leaves it to
//! the reconciler, which looks for the task by its ticket before it makes one.

use std::time::Duration;

use super::{
    Error, Recorded, Transcribed, Voicemail,
    attributes::Parties,
    message::{Message, Phase},
    upstream,
    visit::{Original, Visit},
};
use crate::{
    durable::store::{Changed, Entry, NotMoved},
    recording::followup::{CHANNEL, TICKET, set_aside},
    telemetry::FollowUpOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::Party,
        resource::tasks::{NewTask, is_not_possible},
        sid::TaskSid,
    },
};

/// Why the caller's own task ends.
const REASON: &str = "The caller left a message";

/// The pauses between the attempts to keep a message that no answer can ask for again.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// How long each of these attempts may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How often a task is read again that others change, too.
const TRIES: u32 = 5;

impl Voicemail {
    /// A report names a recording: it is kept, and becomes a task. What is silent or shorter than a second is not.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be reported again. Once this is `Ok`, the message will not be forgotten.
    pub async fn recorded(&self, recorded: &Recorded, by: Deadline) -> Result<(), Error> {
        if !is_worth_keeping(recorded) {
            return Ok(());
        }
        let doing = upstream("keeping a message");
        let Some(owed) = self.write_down(recorded, by).await.map_err(doing)? else {
            return Ok(());
        };
        if let Err(error) = self.finish(&owed, false, by).await {
            tracing::warn!(call.sid = %recorded.call, %error, "the task of a message is left to the reconciler");
        }
        Ok(())
    }

    /// Keeps a message whose caller has already been told that it was recorded, so that no answer can ask for it again.
    ///
    /// An outage of Sync may also have kept the visit from being noted, and Twilio's report may be lost: then nothing else
    /// knows of the message. So it is tried for half a minute.
    pub async fn keep(&self, recorded: &Recorded, by: Deadline) {
        let mut outcome = self.recorded(recorded, by).await;
        for pause in PAUSES {
            let Err(error) = outcome else {
                return;
            };
            tracing::warn!(call.sid = %recorded.call, %error, "a message could not be kept yet");
            self.0.clock.sleep(pause).await;
            outcome = self.recorded(recorded, Deadline::after(PATIENCE)).await;
        }
        if let Err(error) = outcome {
            tracing::warn!(call.sid = %recorded.call, %error, "a message is left to its other report, or to the reconciler");
        }
    }

    /// Writes a message down; nothing if another process has.
    pub(super) async fn write_down(
        &self,
        recorded: &Recorded,
        by: Deadline,
    ) -> Result<Option<Entry<Message>>, TwilioError> {
        let first = Message::of(recorded, self.0.clock.now(), self.mark());
        match self.0.messages.insert(first, by).await {
            Ok(owed) => {
                self.count(FollowUpOutcome::Kept);
                Ok(Some(owed))
            }
            Err(NotMoved::Moved(_)) => Ok(None),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    /// Does all that is owed for a message. `look`: its task may be there already.
    pub(super) async fn finish(
        &self,
        owed: &Entry<Message>,
        look: bool,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let visit = self.0.visits.read(owed.call_sid.as_str(), by).await?;
        let visit = visit.map(|entry| entry.record);
        let parties = self.parties(owed, visit.as_ref(), by).await?;
        let original = self.what_waited(owed, visit, by).await;
        let shelved = self
            .put_on_shelf(owed, &parties, original.as_ref(), by)
            .await?;
        let known = if look {
            self.task_of(owed, by).await?
        } else {
            None
        };
        // Words that came after what was there already have to be added to it.
        let included = shelved && known.is_none();
        let task = match known {
            Some(task) => task,
            None => {
                self.make_task(owed, &parties, original.as_ref(), by)
                    .await?
            }
        };
        if let Some(original) = &original
            && let Err(error) = self.end_original(original.task_sid, by).await
        {
            // It ends by itself; only what the reports call it is lost.
            tracing::warn!(task.sid = %original.task_sid, %error, "the task of a caller who left a message could not be ended");
        }
        self.close(owed, task, included, by).await
    }

    /// Who called whom: as a report said, as was noted, or as Twilio knows the call.
    async fn parties(
        &self,
        message: &Message,
        visit: Option<&Visit>,
        by: Deadline,
    ) -> Result<Parties, TwilioError> {
        if let Some((from, to)) = message.parties.clone() {
            return Ok(Parties { from, to });
        }
        if let Some(visit) = visit {
            return Ok(Parties {
                from: visit.from.clone(),
                to: visit.to.clone(),
            });
        }
        match self.0.twilio.calls(by).fetch(message.call_sid).await {
            Ok(call) => Ok(Parties {
                from: call.from.to_string(),
                to: call.to.to_string(),
            }),
            Err(error) if error.is_not_found() => Ok(Parties {
                from: Party::Anonymous.to_string(),
                to: Party::Anonymous.to_string(),
            }),
            Err(error) => Err(error),
        }
    }

    /// The task that waited for the caller. A message without one is none the worse.
    async fn what_waited(
        &self,
        message: &Message,
        visit: Option<Visit>,
        by: Deadline,
    ) -> Option<Original> {
        let noted = visit.as_ref().and_then(|visit| visit.task_sid);
        if let Some(original) = visit.and_then(|visit| visit.original) {
            return Some(original);
        }
        let task = message.waited.or(noted)?;
        match self.original(message.call_sid, Some(task), by).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(task.sid = %task, %error, "the task of a caller who left a message could not be looked up");
                None
            }
        }
    }

    /// The task that was made of a message before a crash, if one was.
    pub(super) async fn task_of(
        &self,
        message: &Message,
        by: Deadline,
    ) -> Result<Option<TaskSid>, TwilioError> {
        let ticket = message.recording_sid;
        let tasks = self.0.twilio.tasks(by);
        let made = tasks.with_attribute(TICKET, ticket.as_str()).await?;
        Ok(made.first().map(|task| task.sid))
    }

    async fn make_task(
        &self,
        message: &Message,
        parties: &Parties,
        original: Option<&Original>,
        by: Deadline,
    ) -> Result<TaskSid, TwilioError> {
        let settings = &self.0.settings;
        let Some(workflow) = settings.workflow else {
            // Boxes were turned off since; the message stays owed.
            return Err(TwilioError::Late);
        };
        let url = self.0.twilio.recordings(by).url(message.recording_sid);
        let since = original.and_then(Original::since);
        let new = NewTask {
            workflow,
            channel: CHANNEL,
            attributes: self.attributes(message, parties, original, url),
            priority: 0,
            timeout: Some(settings.task_life),
            since: Some(since.unwrap_or(message.received).min(message.received)),
        };
        let task = self.0.twilio.tasks(by).create(&new).await?;
        tracing::info!(call.sid = %message.call_sid, task.sid = %task, "a caller left a message; its owner has a task");
        Ok(task)
    }

    /// Ends the task that the caller had waited with, as its state allows, and says that they are followed up. `TaskRouter`
    /// has canceled it by itself when the call left the queue, and forgets it five minutes later.
    async fn end_original(&self, task: TaskSid, by: Deadline) -> Result<(), TwilioError> {
        let tasks = self.0.twilio.tasks(by);
        for _ in 0..TRIES {
            let Some(found) = tasks.fetch(task).await? else {
                return Ok(());
            };
            let attributes = set_aside(&found.attributes, None);
            let revision = found.revision.as_deref();
            let done = if found.waits() {
                tasks.cancel(task, REASON, &attributes, revision).await
            } else {
                let changed = tasks.set_attributes(task, &attributes, revision).await;
                match found.assignment_status.as_str() {
                    // Attributes and this status take two requests (Twilio: "Task resource").
                    "assigned" | "wrapping" if changed.is_ok() => {
                        tasks.complete(task, REASON).await
                    }
                    _ => changed,
                }
            };
            match done {
                Err(error) if error.is_outdated() => {}
                Err(error) if is_not_possible(&error) && !found.waits() => return Ok(()),
                Err(error) if is_not_possible(&error) => {}
                other => return other,
            }
        }
        Ok(())
    }

    /// Nothing more is owed, unless words came in the meantime.
    async fn close(
        &self,
        owed: &Entry<Message>,
        task: TaskSid,
        included: bool,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let included = included && owed.words.is_some();
        let closed = |now: &Message| {
            (now.phase == Phase::Owed).then(|| Message {
                phase: Phase::Closed,
                task_sid: Some(task),
                written: included,
                ..now.touched(self.0.clock.now(), self.mark())
            })
        };
        let changed = self
            .0
            .messages
            .change_from(owed.clone(), by, closed)
            .await?;
        if matches!(changed, Changed::Moved(_)) {
            self.count(FollowUpOutcome::Made);
        }
        match changed {
            Changed::Moved(closed) if closed.words.is_some() && !closed.written => {
                self.write_words(&closed, by).await
            }
            _ => Ok(()),
        }
    }

    /// A transcript has come. It is added to the message, wherever that is to be seen by then.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be reported again.
    pub async fn transcribed(&self, told: &Transcribed, by: Deadline) -> Result<(), Error> {
        let doing = upstream("adding a transcript to a message");
        let mut recorded = told.recorded.clone();
        if recorded.seconds.is_none() && self.is_unknown(&recorded, by).await.map_err(&doing)? {
            // Both reports of the recording are late, or lost.
            let found = self.0.twilio.recordings(by).fetch(recorded.recording).await;
            recorded.seconds = found.map_err(&doing)?.and_then(|it| it.duration);
            self.recorded(&recorded, by).await?;
        }
        match &told.words {
            Some(words) => self.add_words(told, words, by).await.map_err(doing),
            None => Ok(()),
        }
    }

    async fn is_unknown(&self, recorded: &Recorded, by: Deadline) -> Result<bool, TwilioError> {
        let key = recorded.recording;
        if self.0.messages.read(key.as_str(), by).await?.is_some() {
            return Ok(false);
        }
        // One that was closed long ago is still in its box.
        let kept = self.item(recorded.mailbox, key, by).await?;
        Ok(kept.is_none())
    }
}

/// Whether there is anything to be heard. What is dropped is told, so that it is not looked for.
fn is_worth_keeping(recorded: &Recorded) -> bool {
    let why = match recorded.seconds {
        _ if recorded.absent => "no one spoke",
        Some(0) => "it is shorter than a second",
        _ => return true,
    };
    tracing::info!(call.sid = %recorded.call, recording.sid = %recorded.recording, why, "a message was dropped");
    false
}
