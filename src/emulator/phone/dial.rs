//! `<Dial>`: a talk with another leg, with a caller out of a queue, or in a conference.

use super::{Step, document::Sheet};
use crate::{
    emulator::{
        Emulator, Heard,
        calls::{Bridge, CallStatus, NewCall},
        conferences::Role,
        hooks::Hook,
        twiml::{Dial, Flaw, Noun, Waiting},
    },
    twilio::sid::CallSid,
};

impl Emulator {
    pub(super) async fn dial(
        &self,
        sid: CallSid,
        sheet: &Sheet,
        dial: &Dial,
    ) -> Result<Step, Flaw> {
        let link = |url: &String| sheet.link(url, dial.method);
        let action = dial.action.as_ref().map(link).transpose()?;
        let (result, child) = match &dial.noun {
            Noun::Conference { name, end_on_exit } => {
                self.dial_conference(sid, name, *end_on_exit, action.clone())
                    .await;
                ("completed", None)
            }
            Noun::Queue(waiting) => {
                let whisper = waiting.whisper.as_ref();
                let whisper = whisper.map(|(url, method)| sheet.link(url, *method));
                let whisper = whisper.transpose()?;
                self.dial_waiting(sid, waiting, whisper, action.clone())
                    .await
            }
            Noun::Party(party) => self.dial_party(sid, dial, party, action.clone()).await,
        };
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.bridge = None;
            }
        });
        let mut fields = vec![("DialCallStatus".to_owned(), result.to_owned())];
        fields.extend(child.map(|child| ("DialCallSid".to_owned(), child.to_string())));
        let otherwise = if result == "completed" {
            Step::Talked
        } else {
            Step::Next
        };
        Ok(Self::act_on(action, fields, otherwise))
    }

    async fn dial_conference(
        &self,
        sid: CallSid,
        name: &str,
        end_on_exit: bool,
        action: Option<Hook>,
    ) {
        self.with(|world| {
            let going_on = world.conferences.named(name);
            let conference = going_on.unwrap_or_else(|| world.open_conference(name, None));
            if let Some(call) = world.calls.get_mut(sid) {
                call.bridge = Some(Bridge {
                    action,
                    child: None,
                    queued: None,
                    result: None,
                });
            }
            world.join(conference, sid, Role::Guest, end_on_exit);
        });
        let moves = self.bell(sid, |call| &call.moves);
        while self.talks(sid) {
            moves.notified().await;
        }
    }

    /// Takes a reservation and talks to the caller who waits for it, until either leaves.
    async fn dial_waiting(
        &self,
        sid: CallSid,
        waiting: &Waiting,
        whisper: Option<Hook>,
        action: Option<Hook>,
    ) -> (&'static str, Option<CallSid>) {
        let met = self.with(|world| world.dial_queue(sid, waiting, whisper, action));
        let customer = match met {
            Ok(customer) => customer,
            Err(code) => {
                let text = "<Queue>: the reservation cannot be taken".to_owned();
                self.warn(Some(sid), code, text);
                return ("failed", None);
            }
        };
        let moves = self.bell(sid, |call| &call.moves);
        while self.talks(sid) {
            moves.notified().await;
        }
        ("completed", Some(customer))
    }

    /// Whether the leg's `<Dial>` still goes on.
    fn talks(&self, sid: CallSid) -> bool {
        let talks = self.of(sid, |call| {
            let bridge = call.bridge.as_ref();
            bridge.is_some_and(|bridge| bridge.result.is_none())
        });
        talks.unwrap_or(false)
    }

    async fn dial_party(
        &self,
        sid: CallSid,
        dial: &Dial,
        party: &str,
        action: Option<Hook>,
    ) -> (&'static str, Option<CallSid>) {
        let from = self.of(sid, |call| call.from.clone()).unwrap_or_default();
        let from = dial.caller_id.clone().unwrap_or(from);
        let child = self.with(|world| {
            let child = world.start_call(NewCall {
                parent: Some(sid),
                ring_limit: dial.timeout,
                ..NewCall::talking(&from, party, "outbound-dial")
            });
            if let Some(call) = world.calls.get_mut(sid) {
                call.bridge = Some(Bridge {
                    action,
                    child: Some(child),
                    queued: None,
                    result: None,
                });
            }
            child
        });
        let moves = self.bell(child, |call| &call.moves);
        let mut talking = false;
        loop {
            let status = self.of(child, |call| call.status);
            match status {
                Some(CallStatus::Queued | CallStatus::Ringing) => {}
                Some(CallStatus::InProgress) => {
                    if !std::mem::replace(&mut talking, true) {
                        self.heard(sid, Heard::Somebody);
                    }
                }
                Some(status) => return (status.as_str(), Some(child)),
                None => return ("failed", None),
            }
            moves.notified().await;
        }
    }
}
