//! An agent hears the message of the task they have: the template's plugin names the recording only, so whether it is
//! theirs is seen from what they have on their hands.

use std::fmt;

use super::{Callback, upstream};
use crate::{
    agent::Agent,
    error::Error,
    twilio::{
        deadline::Deadline,
        resource::{claims::Stage, recordings::Media},
        sid::{RecordingSid, WorkerSid},
    },
};

/// Which recording to hear.
#[derive(Clone, Copy)]
pub struct HearWish {
    /// The recording.
    pub recording: RecordingSid,
}

impl fmt::Debug for HearWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HearWish")
            .field("recording", &self.recording)
            .finish()
    }
}

impl Callback {
    /// Opens the recording of a message whose task the agent has; a supervisor may hear any.
    ///
    /// # Errors
    /// [`Error::NotYours`] when the agent has no such task, [`Error::Unknown`] when there is no such recording,
    /// [`Error::Upstream`].
    pub async fn hear(&self, agent: &Agent, wish: HearWish, by: Deadline) -> Result<Media, Error> {
        let theirs = match agent.worker {
            _ if agent.leads => true,
            Some(worker) => self.has_message(worker, wish.recording, by).await?,
            None => false,
        };
        if !theirs {
            return Err(Error::NotYours(
                "an agent may hear only the messages of tasks they have",
            ));
        }
        let recordings = self.0.twilio.recordings(by);
        match recordings.media(wish.recording, None).await {
            Err(error) if error.is_not_found() => Err(Error::Unknown(
                "the sound of this message is not there (yet, or any more)",
            )),
            other => other.map_err(upstream("opening the message")),
        }
    }

    /// Whether one of the tasks that a worker has is this message's.
    async fn has_message(
        &self,
        worker: WorkerSid,
        recording: RecordingSid,
        by: Deadline,
    ) -> Result<bool, Error> {
        let doing = upstream("finding out whose message it is");
        let claims = self.0.twilio.claims_of(worker, by).await;
        let held = claims.map_err(&doing)?.into_iter();
        for claim in held.filter(|it| matches!(it.stage, Stage::Accepted | Stage::Wrapping)) {
            let task = self.0.twilio.tasks(by).fetch(claim.task_sid).await;
            let said = task.map_err(&doing)?.and_then(|task| {
                let data = task.attributes.get("callBackData")?;
                let said = data.get("recordingSid")?.as_str()?;
                said.parse().ok()
            });
            if said == Some(recording) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
