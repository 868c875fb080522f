//! Playing a document, verb by verb.

use std::time::Duration;

use super::{Ending, Step, document::Sheet};
use crate::{
    emulator::{
        CallView, Emulator, Heard,
        calls::CallStatus,
        hooks::{Fields, Hook, Source},
        twiml::{Flaw, Verb},
    },
    twilio::sid::CallSid,
};

/// How fast Twilio's voice reads.
const PER_WORD: Duration = Duration::from_millis(400);

/// Where a document is played, which says what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The call itself.
    Call,
    /// The wait in a queue.
    Queue,
    /// The wait for a conference to start: Play, Say, Pause and Redirect.
    Conference,
}

impl Emulator {
    /// Plays documents, one after the other, until they end.
    pub(super) async fn play(
        &self,
        sid: CallSid,
        mut name: &'static str,
        mut source: Source,
    ) -> Ending {
        loop {
            let Some(sheet) = self.document(sid, name, source).await else {
                return Ending::Over;
            };
            if let Some(Verb::Reject { busy }) = sheet.verbs.first()
                && self.unanswered(sid)
            {
                let status = if *busy {
                    CallStatus::Busy
                } else {
                    CallStatus::Failed
                };
                self.with(|world| world.set_status(sid, status));
                return Ending::Over;
            }
            self.with(|world| world.set_status(sid, CallStatus::InProgress));
            let mut last = Ending::RanOut;
            let mut next = None;
            for verb in &sheet.verbs {
                match self.perform(sid, Stage::Call, &sheet, verb).await {
                    Step::Next | Step::Leave => last = Ending::RanOut,
                    Step::Talked => last = Ending::TalkedOut,
                    Step::Go(source) => {
                        name = verb.asks_as();
                        next = Some(source);
                        break;
                    }
                    Step::Over => return Ending::Over,
                }
            }
            match next {
                None => return last,
                Some(other) => source = other,
            }
        }
    }

    fn unanswered(&self, sid: CallSid) -> bool {
        self.view(sid)
            .is_some_and(|call| call.status == CallStatus::Ringing)
    }

    /// Performs one verb. An error in it is logged; Twilio then hangs up.
    pub(super) async fn perform(
        &self,
        sid: CallSid,
        stage: Stage,
        sheet: &Sheet,
        verb: &Verb,
    ) -> Step {
        let flaw = match verb {
            Verb::Say { text, times } => {
                self.say(sid, text, *times).await;
                return Step::Next;
            }
            Verb::Play { url, times } => match sheet.link(url, crate::emulator::hooks::Method::Get)
            {
                Ok(hook) => {
                    self.play_tape(sid, &hook.url, *times).await;
                    return Step::Next;
                }
                Err(flaw) => flaw,
            },
            Verb::Tones => return Step::Next,
            Verb::Pause(length) => {
                self.0.clock.sleep(*length).await;
                return Step::Next;
            }
            Verb::Gather(gather) if stage != Stage::Conference => {
                match self.gather(sid, sheet, gather).await {
                    Ok(step) => return step,
                    Err(flaw) => flaw,
                }
            }
            Verb::Redirect { url, method } => match sheet.link(url, *method) {
                Ok(hook) => return Step::Go(Source::fetch(hook)),
                Err(flaw) => flaw,
            },
            Verb::Hangup | Verb::Reject { .. } if stage != Stage::Conference => return Step::Over,
            Verb::Leave if stage == Stage::Queue => return Step::Leave,
            Verb::Enqueue(_) | Verb::Dial(_) | Verb::Record(_) if stage == Stage::Call => {
                match Box::pin(self.hand_over(sid, sheet, verb)).await {
                    Ok(step) => return step,
                    Err(flaw) => flaw,
                }
            }
            _ => not_here(),
        };
        self.warn(Some(sid), flaw.code, flaw.text);
        self.heard(sid, Heard::ApplicationError);
        Step::Over
    }

    /// Performs a verb that takes its time with another party, or with what is said.
    async fn hand_over(&self, sid: CallSid, sheet: &Sheet, verb: &Verb) -> Result<Step, Flaw> {
        match verb {
            Verb::Enqueue(enqueue) => Box::pin(self.enqueue(sid, sheet, enqueue)).await,
            Verb::Dial(dial) => self.dial(sid, sheet, dial).await,
            Verb::Record(record) => self.record(sid, sheet, record).await,
            _ => Err(not_here()),
        }
    }

    pub(super) async fn say(&self, sid: CallSid, text: &str, times: u32) {
        let words = u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
        for _ in 0..times {
            self.heard(sid, Heard::Words(text.to_owned()));
            self.0
                .clock
                .sleep(PER_WORD.saturating_mul(words.max(1)))
                .await;
        }
    }

    pub(super) fn view(&self, sid: CallSid) -> Option<CallView> {
        self.of(sid, crate::emulator::calls::Call::view)
    }

    /// The next document: the verb's action with `extra` fields if it has one, else `otherwise`.
    pub(super) fn act_on(action: Option<Hook>, extra: Fields, otherwise: Step) -> Step {
        action.map_or(otherwise, |hook| Step::Go(Source::Fetch(hook, extra)))
    }
}

fn not_here() -> Flaw {
    Flaw::new(12200, "a verb that is not allowed here")
}
