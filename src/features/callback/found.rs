//! Messages that no report announced.
//!
//! Both reports of a recording can be lost: the recorder's own when the caller no longer waits for its answer, the status
//! callback when we are away for longer than Twilio tries. So before anybody is taken for silent, Twilio is asked what was
//! recorded on their call, as soon as it is over.

use super::{Callback, message::Recorded, wish::Wish};
use crate::{
    durable::{reconcile::Report, store::Entry},
    twilio::{deadline::Deadline, error::Error as TwilioError, resource::recordings::Recording},
};

/// What was found on a call that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A message, which has a task now.
    Message,
    /// A recording that is still being made.
    Unfinished,
    /// Nothing that was said.
    Nothing,
}

impl Callback {
    /// Looks for what was recorded on the call of a wish, and has its task made.
    pub(super) async fn find_message(
        &self,
        wish: &Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<Found, TwilioError> {
        let Some(call) = wish.call_sid else {
            return Ok(Found::Nothing);
        };
        let recordings = self.0.twilio.recordings(by);
        let mut all = recordings.of_call(call).await?;
        if all.iter().any(Recording::is_unfinished) {
            return Ok(Found::Unfinished);
        }
        all.retain(|recording| recording.is_there() && recording.duration != Some(0));
        for recording in &all {
            let recorded = Recorded {
                call,
                recording: recording.sid,
                url: Some(recordings.url(recording.sid)),
                seconds: recording.duration.unwrap_or(1),
                failed: false,
            };
            if let Some(owed) = self.keep(wish.clone(), &recorded, by).await? {
                report.mended("messages-found");
                tracing::warn!(call.sid = %call, "a message was found that no report had announced");
                // Its record may have been kept, and forgotten, before.
                self.make(&self.0.wishes, owed.0, true, by).await?;
            }
        }
        Ok(if all.is_empty() {
            Found::Nothing
        } else {
            Found::Message
        })
    }
}
