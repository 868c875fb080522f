//! Between the ringing and the first word: a phone rings, a person or a machine picks up, machine detection listens.
//!
//! What a callee does of their own accord (keys, hanging up) runs beside the leg's life, as people do. A detection
//! that the document waits for is silence on the line; one in the background tells its callback when it knows.

use std::time::Duration;

use super::super::{
    Answer, Emulator,
    calls::{CallStatus, Detection, Report},
    hooks::Fields,
    journal::Event,
    numbers::Pickup,
};
use crate::twilio::sid::CallSid;

/// How long the network takes to find a phone, and to say that it is busy.
const DIALLING: Duration = Duration::from_millis(200);

impl Emulator {
    /// Rings a leg until it is answered; `false` if it never was.
    pub(super) async fn ring(&self, sid: CallSid) -> bool {
        let Some((status, inbound, to, limit)) = self.of(sid, |call| {
            let inbound = call.direction == "inbound";
            (call.status, inbound, call.to.clone(), call.ring_limit)
        }) else {
            return false;
        };
        if inbound || status == CallStatus::InProgress {
            return true;
        }
        self.wait_in_line(sid).await;
        self.0.clock.sleep(DIALLING).await;
        if self.over(sid) {
            return false;
        }
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.initiated = true;
            }
            world.progress(sid, "initiated", "initiated");
        });
        self.0.clock.sleep(DIALLING).await;
        let answer = self.lock().numbers.answer(&to);
        let limit = Duration::from_secs(limit);
        let pickup = answer.pickup().filter(|pickup| pickup.after < limit);
        let (wait, status) = match (&answer, &pickup) {
            (Answer::Busy, _) => (DIALLING, CallStatus::Busy),
            (Answer::Unreachable | Answer::Refused(_), _) => (DIALLING, CallStatus::Failed),
            (_, Some(pickup)) => (pickup.after, CallStatus::InProgress),
            (_, None) => (limit, CallStatus::NoAnswer),
        };
        if matches!(status, CallStatus::InProgress | CallStatus::NoAnswer) {
            self.with(|world| world.set_status(sid, CallStatus::Ringing));
        }
        self.unless_ordered(sid, wait).await;
        if self.over(sid) {
            return false;
        }
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.pickup = pickup;
            }
            world.set_status(sid, status);
        });
        self.let_the_callee_act(sid);
        !self.over(sid)
    }

    /// Waits until Twilio dials: a call too many within a second waits its turn (Twilio: "Call resource", calls per
    /// second).
    async fn wait_in_line(&self, sid: CallSid) {
        let wait = self.of(sid, |call| call.dialled.duration_since(self.now()));
        let wait = wait.and_then(|wait| Duration::try_from(wait).ok());
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            self.unless_ordered(sid, wait).await;
        }
    }

    /// Lets time pass, unless the leg ends or is given something else to play meanwhile.
    async fn unless_ordered(&self, sid: CallSid, wait: Duration) {
        let orders = self.bell(sid, |call| &call.orders);
        tokio::select! {
            biased;
            () = self.ordered(sid, &orders) => {}
            () = self.0.clock.sleep(wait) => {}
        }
    }

    /// What a party does that has picked up, and Twilio when the time limit is reached.
    fn let_the_callee_act(&self, sid: CallSid) {
        let acts = self.of(sid, |call| {
            let answered = call.status == CallStatus::InProgress;
            answered.then(|| (call.pickup.clone(), call.time_limit))
        });
        let Some((pickup, limit)) = acts.flatten() else {
            return;
        };
        let Pickup { keys, hangs_up, .. } = pickup.unwrap_or_else(|| Pickup::human(Duration::ZERO));
        for (after, keys) in keys {
            self.later(after, move |emulator| emulator.press_if_there(sid, &keys));
        }
        for after in [hangs_up, limit].into_iter().flatten() {
            self.later(after, move |emulator| {
                emulator.with(|world| world.end_call(sid));
            });
        }
    }

    fn later(&self, after: Duration, act: impl FnOnce(&Self) + Send + 'static) {
        let emulator = self.clone();
        self.spawn(async move {
            emulator.0.clock.sleep(after).await;
            act(&emulator);
        });
    }

    fn press_if_there(&self, sid: CallSid, keys: &str) {
        if !self.over(sid) {
            self.press(sid, keys);
        }
    }

    /// Machine detection, where the call asked for it: what the request for its document says of it.
    pub(super) async fn detect(&self, sid: CallSid) -> Fields {
        let asked = self.of(sid, |call| {
            let who = call.pickup.as_ref().map(|pickup| pickup.heard_as);
            call.detection.clone().zip(who)
        });
        let Some((detection, who)) = asked.flatten() else {
            return Fields::new();
        };
        let (after, verdict) = detection.verdict(who);
        if matches!(detection.report, Report::InTheBackground(_)) {
            self.later(after, move |emulator| {
                emulator.tell_verdict(sid, &detection, after, verdict);
            });
            return Fields::new();
        }
        self.unless_ordered(sid, after).await;
        let taken_away = self.of(sid, |call| call.order.is_some()).unwrap_or(true);
        if taken_away || self.over(sid) {
            return Fields::new();
        }
        self.judge(sid, verdict);
        vec![("AnsweredBy", verdict.to_owned())]
    }

    fn judge(&self, sid: CallSid, verdict: &'static str) {
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.answered_by = Some(verdict);
            }
            let text = format!("{sid:?}  was answered by {verdict}, says machine detection");
            world.note(Event::Routing { task: None, text });
        });
    }

    /// The verdict of a detection in the background. Of a call that is over there is none.
    fn tell_verdict(
        &self,
        sid: CallSid,
        detection: &Detection,
        after: Duration,
        verdict: &'static str,
    ) {
        let Report::InTheBackground(hook) = &detection.report else {
            return;
        };
        if self.over(sid) {
            return;
        }
        self.judge(sid, verdict);
        let Some(hook) = hook.clone() else {
            let text = "the verdict of machine detection has no callback".to_owned();
            return self.warn(Some(sid), 21262, text);
        };
        self.with(|world| {
            let fields = [
                ("AccountSid", world.account.to_string()),
                ("CallSid", sid.to_string()),
                ("AnsweredBy", verdict.to_owned()),
                ("MachineDetectionDuration", after.as_millis().to_string()),
            ];
            world.send(sid, "amd callback", hook, fields.into());
        });
    }
}
