//! How a leg comes, moves and goes; every move happens at once, under the world's lock.
//!
//! Each also does what Twilio does beside it: a status change tells the callbacks that asked, a leg taken out of a
//! queue or a `<Dial>` has that verb's `action` requested (the answer is ignored: another document already plays),
//! a task whose caller left is canceled, a conference is told that a participant left.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::{Bridge, Call, CallStatus, Detection};
use crate::{
    emulator::{
        hooks::{Fields, Hook, Send, Source},
        journal::Event,
        world::{Errand, World},
    },
    twilio::sid::{CallSid, PhoneNumberSid},
};

/// What a new leg is made from.
#[derive(Debug)]
pub(in crate::emulator) struct NewCall {
    pub(in crate::emulator) from: String,
    pub(in crate::emulator) to: String,
    pub(in crate::emulator) direction: &'static str,
    pub(in crate::emulator) parent: Option<CallSid>,
    pub(in crate::emulator) number: Option<PhoneNumberSid>,
    pub(in crate::emulator) voice: Option<Source>,
    pub(in crate::emulator) fallback: Option<Hook>,
    pub(in crate::emulator) callback: Option<(Hook, Vec<String>)>,
    pub(in crate::emulator) number_callback: Option<Hook>,
    pub(in crate::emulator) ring_limit: u64,
    pub(in crate::emulator) time_limit: Option<Duration>,
    pub(in crate::emulator) detection: Option<Detection>,
    /// When it is dialed, if not at once.
    pub(in crate::emulator) dialled: Option<Timestamp>,
}

impl NewCall {
    /// A leg that only talks: it plays no TwiML and no URL is told of its progress.
    pub(in crate::emulator) fn talking(from: &str, to: &str, direction: &'static str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            direction,
            parent: None,
            number: None,
            voice: None,
            fallback: None,
            callback: None,
            number_callback: None,
            ring_limit: 60,
            time_limit: None,
            detection: None,
            dialled: None,
        }
    }

    fn into_call(self, sid: CallSid, now: Timestamp) -> Call {
        let inbound = self.direction == "inbound";
        Call {
            sid,
            parent: self.parent,
            from: self.from,
            to: self.to,
            direction: self.direction,
            number: self.number,
            status: if inbound {
                CallStatus::Ringing
            } else {
                CallStatus::Queued
            },
            created: now,
            updated: now,
            started: None,
            ended: None,
            voice: self.voice,
            fallback: self.fallback,
            callback: self.callback,
            number_callback: self.number_callback,
            ring_limit: self.ring_limit,
            time_limit: self.time_limit,
            detection: self.detection,
            answered_by: None,
            pickup: None,
            dialled: self.dialled.unwrap_or(now),
            initiated: inbound,
            sequence: 0,
            order: None,
            ticket: None,
            bridge: None,
            conference: None,
            keys: String::new(),
            sayings: VecDeque::new(),
            tape: None,
            heard: Vec::new(),
            document: None,
            fell_off: false,
            orders: Arc::new(Notify::new()),
            moves: Arc::new(Notify::new()),
        }
    }
}

/// Why a leg leaves its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// It is over.
    Over,
    /// REST gave it something else to play.
    Redirected,
}

impl World {
    /// Makes a leg and brings it to life.
    pub(in crate::emulator) fn start_call(&mut self, new: NewCall) -> CallSid {
        let sid = CallSid::from_bytes(self.rng.bytes());
        let now = self.now();
        self.note(Event::Called {
            call: sid,
            from: new.from.clone(),
            to: new.to.clone(),
            direction: new.direction,
        });
        self.calls.add(new.into_call(sid, now));
        self.errands.push(Errand::Live(sid));
        sid
    }

    /// Moves a leg to `status` and tells the status callback. Nothing happens to a leg that is over.
    pub(in crate::emulator) fn set_status(&mut self, sid: CallSid, status: CallStatus) {
        let now = self.now();
        let Some(call) = self.calls.get_mut(sid) else {
            return;
        };
        if call.status.is_final() || call.status == status {
            return;
        }
        let unborn = !call.initiated && status == CallStatus::Canceled;
        call.status = status;
        call.updated = now;
        if status == CallStatus::InProgress {
            call.started = Some(now);
        }
        if status.is_final() {
            call.ended = Some(now);
            call.orders.notify_one();
        }
        call.wake();
        if status.is_final() && self.watcher.is_some() {
            self.calls.is_over(sid, now);
        }
        self.note(Event::Status { call: sid, status });
        let event = match status {
            CallStatus::Ringing => "ringing",
            CallStatus::InProgress => "answered",
            _ => "completed",
        };
        // Twilio: a call canceled while it was queued has no callbacks at all.
        if !unborn {
            self.progress(sid, event, status.as_str());
        }
        if status.is_final() {
            self.leave_place(sid, Leaving::Over);
        }
    }

    /// Sends `event` to the callbacks that want it.
    pub(in crate::emulator) fn progress(&mut self, sid: CallSid, event: &str, status: &str) {
        let Some(call) = self.calls.get(sid) else {
            return;
        };
        let mut hooks = Vec::new();
        if let Some((hook, events)) = &call.callback
            && events.iter().any(|wanted| wanted == event)
        {
            hooks.push(hook.clone());
        }
        if event == "completed" {
            hooks.extend(call.number_callback.clone());
        }
        for hook in hooks {
            let Some(call) = self.calls.get(sid) else {
                return;
            };
            let fields = self.progress_fields(call, status);
            self.send(sid, "status callback", hook, fields);
            if let Some(call) = self.calls.get_mut(sid) {
                call.sequence += 1;
            }
        }
    }

    /// Leaves a webhook to be sent whose answer changes nothing.
    pub(in crate::emulator) fn send(
        &mut self,
        call: CallSid,
        name: &'static str,
        hook: Hook,
        fields: Fields,
    ) {
        self.errands.push(Errand::Send(Send {
            call: Some(call),
            name,
            hook,
            fields,
            document: false,
        }));
    }

    /// Ends a leg, whatever it is doing.
    pub(in crate::emulator) fn end_call(&mut self, sid: CallSid) {
        self.set_status(sid, CallStatus::Completed);
    }

    /// Takes a leg out of its place and gives it something else to play.
    pub(in crate::emulator) fn redirect(&mut self, sid: CallSid, source: Source) {
        self.leave_place(sid, Leaving::Redirected);
        let now = self.now();
        if let Some(call) = self.calls.get_mut(sid) {
            call.order = Some(source);
            call.updated = now;
            call.orders.notify_one();
        }
    }

    fn leave_place(&mut self, sid: CallSid, why: Leaving) {
        let Some(call) = self.calls.get_mut(sid) else {
            return;
        };
        let (ticket, bridge, conference) = (
            call.ticket.take(),
            call.bridge.take(),
            call.conference.take(),
        );
        self.leave_recording(sid, why == Leaving::Over);
        if let Some(ticket) = ticket.filter(|ticket| ticket.result.is_none()) {
            self.leave_queue_for_good(sid, &ticket, why);
        }
        if let Some(bridge) = bridge.filter(|bridge| bridge.result.is_none()) {
            self.leave_dial_for_good(sid, bridge);
        }
        if let Some(conference) = conference {
            self.leave_conference(conference, sid);
        }
    }

    fn leave_dial_for_good(&mut self, sid: CallSid, bridge: Bridge) {
        if let Some(action) = bridge.action {
            let mut fields = self.call_fields(sid);
            fields.push(("DialCallStatus", "completed".to_owned()));
            self.send(sid, "dial action", action, fields);
        }
        if let Some(child) = bridge.child {
            self.end_call(child);
        }
        if let Some(customer) = bridge.queued {
            self.left_alone(customer);
        }
    }
}
