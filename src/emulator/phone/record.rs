//! `<Record>`: a beep, and then what the person on the leg says is kept until they fall silent, press a key, have said
//! as much as may be said, or hang up.
//!
//! What they say is what the story tells ([`Emulator::speaks`]): so long, in these words. Silence alone is no recording:
//! then the next verb runs, and the `action` is not asked (Twilio: "TwiML: Record"). A caller who hangs up while they are
//! recorded ends it ([`World::leave_recording`](crate::emulator::world::World::leave_recording)).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Step, document::Sheet};
use crate::{
    emulator::{
        Emulator, Heard,
        hooks::{Hook, Method},
        recordings::Asked,
        twiml::{Flaw, Record},
    },
    twilio::sid::CallSid,
};

/// How long the beep is.
const BEEP: Duration = Duration::from_millis(500);

impl Emulator {
    /// Records; the action is told of what was kept.
    pub(super) async fn record(
        &self,
        sid: CallSid,
        sheet: &Sheet,
        record: &Record,
    ) -> Result<Step, Flaw> {
        let asked = asked(sheet, record)?;
        let action = asked.action.clone();
        if record.beep {
            self.heard(sid, Heard::Beep);
            self.0.clock.sleep(BEEP).await;
        }
        self.with(|world| world.start_recording(sid, asked));
        let key = self.listen(sid, record).await;
        let kept = self.with(|world| world.stop_recording(sid));
        let Some(mut fields) = kept else {
            return Ok(Step::Next);
        };
        fields.extend(key.map(|key| ("Digits", key.to_string())));
        Ok(Self::act_on(Some(action), fields, Step::Next))
    }

    /// Lets the person speak to the end; the key that ended it, if one did.
    async fn listen(&self, sid: CallSid, record: &Record) -> Option<char> {
        let moves = self.bell(sid, |call| &call.moves);
        let begun = self.now();
        let end = later(begun, record.longest);
        let (mut busy_until, mut quiet_since) = (begun, begun);
        loop {
            if let Some(key) = self.key_of(sid, &record.finish) {
                return Some(key);
            }
            let now = self.now();
            while busy_until <= now {
                let next = self.with(|world| world.say_next(sid, now));
                let Some((until, aloud)) = next else {
                    break;
                };
                busy_until = until;
                if aloud {
                    quiet_since = until;
                }
            }
            let mut next = end;
            if !record.timeout.is_zero() {
                next = next.min(later(quiet_since, record.timeout));
            }
            if next <= now {
                return None;
            }
            if busy_until > now {
                next = next.min(busy_until);
            }
            let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            tokio::select! {
                biased;
                () = moves.notified() => {}
                () = self.0.clock.sleep(wait) => {}
            }
        }
    }

    /// The first of these keys that was pressed since the beep; others are part of what is recorded.
    fn key_of(&self, sid: CallSid, finish: &str) -> Option<char> {
        self.with(|world| {
            let call = world.calls.get_mut(sid)?;
            let place = call.keys.find(|key| finish.contains(key));
            let key = place.and_then(|place| call.keys[place..].chars().next());
            match place {
                Some(place) => drop(call.keys.drain(..=place)),
                None => call.keys.clear(),
            }
            key
        })
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Whom the document wants to be told.
fn asked(sheet: &Sheet, record: &Record) -> Result<Asked, Flaw> {
    let callback = record.callback.as_ref();
    let callback: Option<Hook> = callback
        .map(|(url, method)| sheet.link(url, *method))
        .transpose()?;
    let transcript = record.transcript.as_ref();
    let transcript = transcript
        .map(|url| sheet.link(url, Method::Post))
        .transpose()?;
    Ok(Asked {
        action: sheet.link(&record.action, record.method)?,
        callback,
        events: record.events.clone(),
        transcript,
        trim: record.trim,
    })
}
