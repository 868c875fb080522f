//! Conferences: where an agent and a customer meet.
//!
//! Flex builds one for every voice task that is accepted, named after the task (Twilio Flex: "Call canvas"); it ends
//! when the agent leaves, or when the agent is left alone, and the agent's task goes to wrap-up. A `<Dial>` may
//! name one too: that one starts when two are in it and one of them may start it (`startConferenceOnEnter`), and until
//! then each hears its own `waitUrl` (Twilio: "TwiML Voice: Conference"). No sound, no coaching, no recording.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::json;

use super::{
    calls::{CallStatus, Heard, NewCall},
    journal::Event,
    rest::Refusal,
    taskrouter::Attributes,
    world::World,
};
use crate::twilio::sid::{CallSid, ConferenceSid, ReservationSid, TaskSid, WorkerSid};

/// What a participant is to a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Customer,
    Worker,
    /// A third party, or anybody in a conference without a task.
    Guest,
}

/// How a supervisor is in on a call (Twilio Flex: "Monitor live calls", "Coach agents").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listening {
    /// Muted: no participant hears them.
    Monitors,
    /// Only this leg hears them.
    Coaches(CallSid),
}

/// One leg in a conference.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are Twilio's, and independent of each other"
)]
pub(super) struct Participant {
    pub(super) call: CallSid,
    pub(super) role: Role,
    pub(super) hold: bool,
    pub(super) muted: bool,
    pub(super) start_on_enter: bool,
    pub(super) end_on_exit: bool,
    /// A supervisor who only listens, or who speaks to this leg alone.
    pub(super) listens: Option<Listening>,
    pub(super) joined: Timestamp,
    pub(super) updated: Timestamp,
}

/// A conference.
#[derive(Clone, Debug)]
pub(super) struct Conference {
    pub(super) sid: ConferenceSid,
    pub(super) friendly_name: String,
    pub(super) task: Option<TaskSid>,
    /// They hear each other.
    pub(super) started: bool,
    pub(super) ended: bool,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) participants: Vec<Participant>,
    pub(super) reason: Option<&'static str>,
    pub(super) ended_by: Option<CallSid>,
}

/// All conferences, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Conferences {
    /// By the number of the conference: those that are forgotten leave a gap.
    all: BTreeMap<usize, Conference>,
    places: BTreeMap<ConferenceSid, usize>,
    /// How many there have been.
    made: usize,
    /// Those that are over, where they are to be forgotten.
    over: VecDeque<(Timestamp, ConferenceSid)>,
}

impl Conferences {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Conference> {
        self.all.values()
    }

    /// All conferences with the number of each, which stays the same.
    pub(super) fn numbered(&self) -> impl DoubleEndedIterator<Item = (usize, &Conference)> {
        self.all.iter().map(|(number, it)| (*number, it))
    }

    /// Forgets what was over before `then`.
    pub(super) fn forget(&mut self, then: Timestamp) {
        while let Some((_, sid)) = self.over.pop_front_if(|(at, _)| *at < then) {
            if let Some(number) = self.places.remove(&sid) {
                self.all.remove(&number);
            }
        }
    }

    pub(super) fn get(&self, sid: ConferenceSid) -> Option<&Conference> {
        self.all.get(self.places.get(&sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: ConferenceSid) -> Option<&mut Conference> {
        self.all.get_mut(self.places.get(&sid)?)
    }

    /// The conference of this name that is going on.
    pub(super) fn named(&self, name: &str) -> Option<ConferenceSid> {
        let going_on = |it: &&Conference| !it.ended && it.friendly_name == name;
        self.all.values().rev().find(going_on).map(|it| it.sid)
    }
}

impl World {
    /// A worker takes an offer in Flex, which calls their browser into a conference with the waiting caller.
    pub(super) fn take_in_flex(&mut self, reservation: ReservationSid) -> Result<(), Refusal> {
        let now = self.now();
        self.router.accept(reservation, now)?;
        let taken = self.router.reservation(reservation);
        if let Some((task, worker)) = taken.map(|it| (it.task, it.worker)) {
            let contact = contact(self, worker);
            self.bridge(task, &contact);
        }
        Ok(())
    }

    /// An agent takes a task: if its call waits in a queue, both meet in a conference.
    ///
    /// `None` when no call waits for the task.
    pub(super) fn bridge(&mut self, task: TaskSid, contact: &str) -> Option<ConferenceSid> {
        let customer = self.waiting_for(task)?;
        let from = self.calls.get(customer)?.to.clone();
        let worker = self.start_call(NewCall::talking(&from, contact, "outbound-api"));
        self.set_status(worker, CallStatus::InProgress);
        let conference = self.open_conference(task.as_str(), Some(task));
        let now = self.now();
        self.join(conference, customer, Role::Customer, false);
        self.join(conference, worker, Role::Worker, true);
        if let Some(call) = self.calls.get_mut(customer)
            && let Some(ticket) = &mut call.ticket
        {
            ticket.bridged = Some(now);
            call.wake();
        }
        self.tell_task(task, conference, customer, worker);
        Some(conference)
    }

    /// Writes into a task's attributes who talks where, as Flex does.
    pub(super) fn tell_task(
        &mut self,
        task: TaskSid,
        conference: ConferenceSid,
        customer: CallSid,
        worker: CallSid,
    ) {
        let Some(mut attributes) = self.router.task(task).map(|it| it.attributes.value.clone())
        else {
            return;
        };
        attributes["conference"] = json!({
            "sid": conference,
            "participants": { "customer": customer, "worker": worker },
        });
        match Attributes::of(attributes) {
            Ok(attributes) => self
                .router
                .set_attributes(task, attributes, self.clock.now()),
            Err(refusal) => self.note(Event::Warning {
                call: Some(customer),
                code: refusal.code,
                text: format!(
                    "the conference could not be written down: {}",
                    refusal.message
                ),
            }),
        }
    }

    pub(super) fn open_conference(&mut self, name: &str, task: Option<TaskSid>) -> ConferenceSid {
        let sid = ConferenceSid::from_bytes(self.rng.bytes());
        let now = self.now();
        let conference = Conference {
            sid,
            friendly_name: name.to_owned(),
            task,
            // Flex brings its two together at once.
            started: task.is_some(),
            ended: false,
            created: now,
            updated: now,
            participants: Vec::new(),
            reason: None,
            ended_by: None,
        };
        let number = self.conferences.made;
        self.conferences.made += 1;
        self.conferences.places.insert(sid, number);
        self.conferences.all.insert(number, conference);
        sid
    }

    /// Puts a leg into a conference, which starts it.
    pub(super) fn join(
        &mut self,
        sid: ConferenceSid,
        call: CallSid,
        role: Role,
        end_on_exit: bool,
    ) {
        self.enter(sid, call, role, (true, end_on_exit));
    }

    /// Puts a leg into a conference; it may start it by that, and end it by leaving.
    pub(super) fn enter(
        &mut self,
        sid: ConferenceSid,
        call: CallSid,
        role: Role,
        (start_on_enter, end_on_exit): (bool, bool),
    ) {
        let now = self.now();
        let Some(conference) = self.conferences.get_mut(sid) else {
            return;
        };
        conference.participants.push(Participant {
            call,
            role,
            hold: false,
            muted: false,
            start_on_enter,
            end_on_exit,
            listens: None,
            joined: now,
            updated: now,
        });
        let task = conference.task;
        let people = &conference.participants;
        let starts = people.len() > 1 && people.iter().any(|one| one.start_on_enter);
        let first = !conference.started && starts;
        conference.started |= starts;
        let hear: Vec<_> = match (conference.started, first) {
            (true, true) => people.iter().map(|one| one.call).collect(),
            (true, false) => vec![call],
            (false, _) => vec![],
        };
        if let Some(leg) = self.calls.get_mut(call) {
            leg.conference = Some(sid);
        }
        for leg in hear {
            if let Some(leg) = self.calls.get_mut(leg) {
                leg.heard.push(Heard::Conference);
                leg.wake();
            }
        }
        self.note(Event::Routing {
            task,
            text: format!("{role:?} {call:?} joins conference {sid:?}"),
        });
    }

    /// Takes a leg out of a conference, which may end it. The leg itself lives on.
    pub(super) fn leave_conference(&mut self, sid: ConferenceSid, call: CallSid) {
        let now = self.now();
        let Some(conference) = self.conferences.get_mut(sid) else {
            return;
        };
        let people = &mut conference.participants;
        let Some(at) = people.iter().position(|one| one.call == call) else {
            return;
        };
        let gone = people.remove(at);
        // A supervisor who only listens keeps no one company: their leg ends with the agent's.
        let talking = people.iter().filter(|one| one.listens.is_none());
        let alone = talking.count() < 2 && conference.task.is_some();
        let empty = people.is_empty();
        conference.updated = now;
        let task = conference.task;
        if let Some(leg) = self.calls.get_mut(call) {
            leg.conference = None;
        }
        self.note(Event::Routing {
            task,
            text: format!("{:?} {call:?} leaves conference {sid:?}", gone.role),
        });
        if gone.end_on_exit {
            self.end_conference(
                sid,
                "participant-with-end-conference-on-exit-left",
                Some(call),
            );
        } else if alone || empty {
            self.end_conference(sid, "last-participant-left", Some(call));
        } else if gone.role == Role::Worker
            && let Some(task) = task
        {
            // Refused when no worker has the task: then there is nothing to wrap up.
            let _ = self.router.wrap_up(task, now);
        }
    }

    /// Ends a conference: agents and guests are hung up on, the customer's call goes on with its TwiML.
    pub(super) fn end_conference(
        &mut self,
        sid: ConferenceSid,
        reason: &'static str,
        by: Option<CallSid>,
    ) {
        let now = self.now();
        let Some(conference) = self.conferences.get_mut(sid) else {
            return;
        };
        if conference.ended {
            return;
        }
        conference.ended = true;
        conference.updated = now;
        conference.reason = Some(reason);
        conference.ended_by = by;
        let task = conference.task;
        let people = std::mem::take(&mut conference.participants);
        if self.watcher.is_some() {
            self.conferences.over.push_back((now, sid));
        }
        self.note(Event::Routing {
            task,
            text: format!("conference {sid:?} ends"),
        });
        for one in people {
            self.go_on_after_conference(&one);
        }
        if let Some(task) = task {
            // Refused when no worker has the task: then there is nothing to wrap up.
            let _ = self.router.wrap_up(task, now);
        }
    }

    /// What becomes of a leg whose conference is over, or who was asked to leave it.
    pub(super) fn go_on_after_conference(&mut self, one: &Participant) {
        let Some(call) = self.calls.get_mut(one.call) else {
            return;
        };
        call.conference = None;
        let mut follows = false;
        if let Some(ticket) = &mut call.ticket {
            ticket.result = Some("bridged");
            follows = true;
        }
        if let Some(bridge) = &mut call.bridge {
            bridge.result = Some("completed");
            follows = true;
        }
        call.wake();
        if !follows {
            self.end_call(one.call);
        }
    }
}

/// Where a worker's calls ring: `client:…`.
pub(super) fn contact(world: &World, worker: WorkerSid) -> String {
    let worker = world.router.worker(worker);
    let contact = worker.and_then(|it| it.attributes.text_of("contact_uri"));
    contact.unwrap_or_default().to_owned()
}
