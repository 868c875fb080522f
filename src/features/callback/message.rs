//! Leaving a message: out of the line, to the recorder, and what it recorded becomes a task.
//!
//! `<Record>` does not work in a `waitUrl`, so the call is moved out of its queue. What was recorded is reported twice,
//! by the recorder's own `action` and by its status callback; either is enough, and neither is the transcript, which
//! does not come for messages that are long, short or not in American English (Twilio: "TwiML Voice: Record"). One
//! recording is one task: its record's key is the recording.

use std::fmt;

use super::{
    Callback,
    ask::Owed,
    mode::Mode,
    upstream,
    wait::{Answer, Round},
    wish::{Kind, Phase, Wish},
};
use crate::{
    durable::store::{Changed, Entry, NotMoved},
    error::Error,
    recording::followup::Message,
    telemetry::FollowUpOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::Party,
        resource::calls::Next,
        sid::{CallSid, RecordingSid},
    },
    twiml::document::callback::{Callback as Said, Moving, Recorder, Word},
};

/// How often a caller is asked to speak.
const TRIES: u32 = 3;

/// What was recorded, as the recorder reports it.
#[derive(Clone)]
pub struct Recorded {
    /// The call.
    pub call: CallSid,
    /// The recording.
    pub recording: RecordingSid,
    /// Where it is.
    pub url: Option<String>,
    /// How many seconds it has.
    pub seconds: u32,
    /// It cannot be heard: Twilio failed.
    pub failed: bool,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("call", &self.call)
            .field("recording", &self.recording)
            .field("seconds", &self.seconds)
            .finish_non_exhaustive()
    }
}

impl Callback {
    /// The recorder's document.
    pub(super) fn recorder(&self, wish: &Wish) -> Next {
        let settings = &self.0.settings;
        let round = Round {
            mode: Mode::Record,
            call: wish.call_sid.unwrap_or(CallSid::from_bytes([0; 16])),
            from: Party::Anonymous,
            to: Party::Anonymous,
            queue: None,
            waited: 0,
            digits: None,
            task: wish.task_sid,
            greeted: true,
            tries: 0,
            number: None,
            recorded: None,
        };
        let url = settings.link(&round, Mode::Record, 0);
        Next::Url {
            fallback: url.clone(),
            url,
            harmless: true,
        }
    }

    /// What a caller hears in the queue while being moved out of it.
    pub(super) fn moving(&self, round: &Round) -> Said {
        let tries = round.tries.saturating_add(1);
        Said::Moving(Moving {
            next: self.0.settings.link(round, Mode::Leave, tries),
        })
    }

    /// A caller who was to be moved is still in the queue: it is tried again.
    pub(super) async fn on_the_way(&self, round: &Round, by: Deadline) -> Said {
        match self.move_again(round, by).await {
            Ok(true) => self.moving(round),
            Ok(false) => self.music(round, Word::Kept),
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "a caller on the way to the recorder could not be looked after");
                self.moving(round)
            }
        }
    }

    /// Whether they are on the way.
    async fn move_again(&self, round: &Round, by: Deadline) -> Result<bool, TwilioError> {
        let Some(wish) = self.0.wishes.read(round.call.as_str(), by).await? else {
            return Ok(false);
        };
        match wish.phase {
            Phase::Leaving => {
                self.move_on(&wish, by).await;
                Ok(true)
            }
            Phase::Typed | Phase::Dropped => Ok(false),
            _ => Ok(true),
        }
    }

    /// The recorder. A caller who hears it has arrived; one that says nothing three times is called back.
    pub(super) async fn record(&self, round: &Round, by: Deadline) -> Answer {
        if round.tries >= TRIES {
            return self.nothing_said(round, by).await;
        }
        let arrived = |wish: &Wish| {
            (wish.phase == Phase::Leaving).then(|| self.moved(wish, Phase::Recording))
        };
        let noted = self.0.wishes.change(round.call.as_str(), by, arrived).await;
        match noted {
            Ok(Changed::Missing) => {
                tracing::warn!(call.sid = %round.call, "a caller without a wish is at the recorder");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "it could not be noted that a caller is at the recorder");
            }
        }
        let settings = &self.0.settings;
        let recorder = Recorder {
            said: if round.tries == 0 {
                Word::None
            } else {
                Word::NotCaptured
            },
            action: settings.link(round, Mode::Recorded, round.tries + 1),
            status: settings.recording_url(),
            transcript: settings.transcribe.then(|| settings.transcript_url()),
            seconds: settings.longest_message.as_secs(),
            next: settings.link(round, Mode::Record, round.tries + 1),
        };
        (Said::Recorder(recorder), None)
    }

    /// Nothing was said, and yet they have stayed: they are called back, if they can be.
    async fn nothing_said(&self, round: &Round, by: Deadline) -> Answer {
        let instead = |wish: &Wish| {
            let open = matches!(wish.phase, Phase::Leaving | Phase::Recording);
            (open && wish.can_be_called()).then(|| self.called_back(wish))
        };
        match self.0.wishes.change(round.call.as_str(), by, instead).await {
            Ok(Changed::Moved(wish)) => (self.goodbye(), Some(Owed(wish))),
            Ok(Changed::Kept(wish)) if wish.kind == Kind::Callback => (self.goodbye(), None),
            Ok(_) => (Said::Nothing, None),
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "a caller who said nothing could not be promised a call");
                (Said::Nothing, None)
            }
        }
    }

    /// The same wish, to be granted by a call.
    pub(super) fn called_back(&self, wish: &Wish) -> Wish {
        let mut call = self.moved(wish, Phase::Making);
        call.kind = Kind::Callback;
        call
    }

    /// The recorder's own report. The status callback says the same, to whichever comes first.
    pub(super) async fn recorder_left(&self, round: &Round, by: Deadline) -> Answer {
        let owed = match &round.recorded {
            // As good as nothing: they are asked again, and called back in the end.
            Some(recorded) if recorded.seconds == 0 => return self.record(round, by).await,
            Some(recorded) => self.recorded(recorded, by).await,
            None => Ok(None),
        };
        let owed = owed.unwrap_or_else(|error| {
            tracing::warn!(call.sid = %round.call, %error, "a message is left to its status callback");
            None
        });
        (Said::Recorded, owed)
    }

    /// A recording is there: its task is made, once. What follows is done in the background.
    ///
    /// # Errors
    /// [`Error::Upstream`]: the report should be delivered again.
    pub async fn recorded(&self, recorded: &Recorded, by: Deadline) -> Result<Option<Owed>, Error> {
        let doing = upstream("noting a recording");
        let wish = self.0.wishes.read(recorded.call.as_str(), by).await;
        let Some(wish) = wish.map_err(&doing)? else {
            tracing::error!(call.sid = %recorded.call, "a message of an unknown caller was recorded");
            return Ok(None);
        };
        self.keep(wish, recorded, by).await.map_err(doing)
    }

    /// The same, for a caller whose request is known.
    pub(super) async fn keep(
        &self,
        wish: Entry<Wish>,
        recorded: &Recorded,
        by: Deadline,
    ) -> Result<Option<Owed>, TwilioError> {
        if recorded.seconds == 0 && !recorded.failed {
            tracing::info!(call.sid = %recorded.call, "a message without a word was dropped");
            return Ok(None);
        }
        let mut left = self.moved(&wish, Phase::Making);
        left.made = None;
        left.key = recorded.recording.to_string();
        left.follow_up.ticket = recorded.recording.to_string();
        if recorded.failed {
            // It cannot be heard, so they are called back.
            tracing::warn!(call.sid = %recorded.call, "a recording failed; its caller will be called back");
            left.kind = Kind::Callback;
        } else {
            left.follow_up.message = Message {
                recording_sid: Some(recorded.recording.to_string()),
                recording_url: recorded.url.clone(),
                ..Message::default()
            };
        }
        let owed = match self.0.wishes.insert(left, by).await {
            Ok(ours) => {
                self.count(ours.kind, FollowUpOutcome::Kept);
                Some(Owed(ours))
            }
            // Reported before: done, or being done, or left to the reconciler.
            Err(NotMoved::Moved(_)) => None,
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        self.recorder_is_done(wish, by).await;
        Ok(owed)
    }

    /// The caller's own record has done its work; the recording's goes on.
    async fn recorder_is_done(&self, wish: Entry<Wish>, by: Deadline) {
        let done = |wish: &Wish| {
            let open = matches!(wish.phase, Phase::Leaving | Phase::Recording);
            open.then(|| self.moved(wish, Phase::Dropped))
        };
        if let Err(error) = self.0.wishes.change_from(wish, by, done).await {
            tracing::warn!(%error, "a message's first record is left to the reconciler");
        }
    }
}
