//! `<Dial>`: a talk with another leg, with a caller out of a queue, or in a conference.

use super::{Step, document::Sheet, verbs::Stage};
use crate::{
    emulator::{
        Emulator, Heard,
        calls::{Bridge, CallStatus, NewCall},
        conferences::Role,
        hooks::{Hook, Source},
        twiml::{Dial, Flaw, Noun, Room, Waiting},
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
            Noun::Conference(room) => {
                let wait = room.wait.as_ref().filter(|(url, _)| !url.is_empty());
                let wait = wait.map(|(url, method)| sheet.link(url, *method));
                let wait = wait.transpose()?;
                self.dial_conference(sid, room, wait, action.clone()).await;
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
        let mut fields = vec![("DialCallStatus", result.to_owned())];
        fields.extend(child.map(|child| ("DialCallSid", child.to_string())));
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
        room: &Room,
        wait: Option<Hook>,
        action: Option<Hook>,
    ) {
        self.with(|world| {
            let going_on = world.conferences.named(&room.name);
            let conference = going_on.unwrap_or_else(|| world.open_conference(&room.name, None));
            if let Some(call) = world.calls.get_mut(sid) {
                call.bridge = Some(Bridge {
                    action,
                    child: None,
                    queued: None,
                    result: None,
                });
            }
            world.enter(conference, sid, Role::Guest, (room.starts, room.ends));
        });
        let moves = self.bell(sid, |call| &call.moves);
        tokio::select! {
            biased;
            () = async { while self.waits_to_start(sid) { moves.notified().await; } } => {}
            () = self.hear_until_it_starts(sid, wait, room.wait.is_none()) => {}
        }
        while self.talks(sid) {
            moves.notified().await;
        }
    }

    /// Whether the leg is in a conference that has not started.
    fn waits_to_start(&self, sid: CallSid) -> bool {
        let world = self.lock();
        let conference = world.calls.get(sid).and_then(|call| call.conference);
        let conference = conference.and_then(|sid| world.conferences.get(sid));
        conference.is_some_and(|it| !it.started && !it.ended)
    }

    /// Plays the `waitUrl`, once: Twilio does not begin again by itself. Never ends.
    async fn hear_until_it_starts(&self, sid: CallSid, wait: Option<Hook>, music: bool) {
        let mut next = wait.map(Source::fetch);
        if music {
            self.heard(sid, Heard::QueueMusic);
        }
        while let Some(source) = next.take() {
            let Some(sheet) = self.document(sid, "conference wait", source).await else {
                // Twilio: a wait that fails may drop the call.
                self.with(|world| world.end_call(sid));
                break;
            };
            for verb in &sheet.verbs {
                let step = Box::pin(self.perform(sid, Stage::Conference, &sheet, verb));
                if let Step::Go(source) = step.await {
                    next = Some(source);
                    break;
                }
            }
        }
        std::future::pending::<()>().await;
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
