//! What people do in a story: call, press keys, hang up, bring a third party in; and what can be seen of it.

use std::time::Duration;

use super::{
    CallStatus, CallView, Emulator,
    calls::NewCall,
    conferences::{Conference, Listening, Role},
    hooks::Source,
    journal::Event,
    numbers::Number,
    recordings::Saying,
};
use crate::twilio::{
    party::E164,
    sid::{CallSid, ConferenceSid, TaskSid},
    signature::WebhookKey,
};

/// A conference as a test or the demo may see it.
#[derive(Clone, Debug)]
pub struct ConferenceView {
    /// The conference.
    pub sid: ConferenceSid,
    /// Its name; the task's SID, where Flex made it.
    pub name: String,
    /// The task it belongs to.
    pub task: Option<TaskSid>,
    /// Whether it is over.
    pub ended: bool,
    /// The customer's leg, while it is in.
    pub customer: Option<CallSid>,
    /// The agent's leg, while it is in.
    pub worker: Option<CallSid>,
    /// All other legs.
    pub guests: Vec<CallSid>,
}

impl Emulator {
    /// From now on webhooks are signed with this shared key, as by a webhook rule for every URL; `None`: with the auth
    /// token.
    pub fn sign_webhooks_with(&self, key: Option<WebhookKey>) {
        self.with(|world| world.settings.webhook_key = key);
    }

    /// A caller calls one of the account's numbers. `from` is as Twilio writes it; a number the account does not
    /// have hangs up at once.
    #[expect(
        clippy::must_use_candidate,
        reason = "the call is placed whether it is watched or not"
    )]
    pub fn place_call(&self, from: &str, to: &E164) -> CallSid {
        self.with(|world| {
            let number = world.numbers.own(to.as_str()).cloned();
            let nobody = || Source::Text("<Response><Reject/></Response>".to_owned());
            let call = world.start_call(NewCall {
                number: number.as_ref().map(|number| number.sid),
                voice: Some(number.as_ref().map_or_else(nobody, Number::plays)),
                fallback: number.as_ref().and_then(|number| number.fallback.clone()),
                number_callback: number.and_then(|number| number.status_callback),
                ..NewCall::talking(from, to.as_str(), "inbound")
            });
            world.write_token(call);
            call
        })
    }

    /// The person on this leg hangs up. Nothing happens to a call that is over.
    pub fn hang_up(&self, call: CallSid) {
        self.with(|world| {
            let ringing = world.calls.get(call).is_some_and(|call| {
                call.status == CallStatus::Ringing && call.direction == "inbound"
            });
            let status = if ringing {
                CallStatus::NoAnswer
            } else {
                CallStatus::Completed
            };
            world.set_status(call, status);
        });
    }

    /// The network ends this leg with a final status of its own: `failed`, `busy`, `no-answer`, `canceled`.
    pub fn cut_off(&self, call: CallSid, status: CallStatus) {
        if status.is_final() {
            self.with(|world| world.set_status(call, status));
        }
    }

    /// The person on this leg presses keys: they wait for the next `<Gather>`.
    pub fn press(&self, call: CallSid, keys: &str) {
        self.with(|world| {
            if let Some(leg) = world.calls.get_mut(call) {
                leg.keys.push_str(keys);
                leg.wake();
                let keys = keys.chars().count();
                world.note(Event::Pressed { call, keys });
            }
        });
    }

    /// The person on this leg speaks for so long, in these words, into the recording that runs or, if none does, the
    /// next one; after whatever they were to say before. Without words, they cannot be transcribed.
    pub fn speaks(&self, call: CallSid, long: Duration, words: &str) {
        self.says(call, long, Some(words.to_owned()));
    }

    /// The person on this leg stays silent for so long before they say what comes next.
    pub fn stays_silent(&self, call: CallSid, long: Duration) {
        self.says(call, long, None);
    }

    fn says(&self, call: CallSid, long: Duration, words: Option<String>) {
        self.with(|world| {
            if let Some(leg) = world.calls.get_mut(call) {
                leg.sayings.push_back(Saying { long, words });
                leg.wake();
            }
        });
    }

    /// A leg as it is now.
    #[must_use]
    pub fn call(&self, call: CallSid) -> Option<CallView> {
        self.lock().calls.get(call).map(super::calls::Call::view)
    }

    /// All legs, in the order they were made.
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        let world = self.lock();
        world.calls.iter().map(super::calls::Call::view).collect()
    }

    /// The legs that are not over, in the order they were made.
    #[must_use]
    pub fn live_calls(&self) -> Vec<CallView> {
        let world = self.lock();
        let live = world.calls.iter().filter(|call| !call.status.is_final());
        live.map(super::calls::Call::view).collect()
    }

    /// All conferences, in the order they were made.
    #[must_use]
    pub fn conferences(&self) -> Vec<ConferenceView> {
        let world = self.lock();
        world.conferences.iter().map(Conference::view).collect()
    }

    /// A third party is called into a conference; no departure ends it from now on, except that the last one
    /// cannot stay alone.
    #[expect(
        clippy::must_use_candidate,
        reason = "the party is called whether it is watched or not"
    )]
    pub fn add_party(&self, conference: ConferenceSid, number: &E164) -> Option<CallSid> {
        self.with(|world| {
            let going_on = world
                .conferences
                .get_mut(conference)
                .filter(|it| !it.ended)?;
            for one in &mut going_on.participants {
                one.end_on_exit = false;
            }
            let from = going_on.participants.first().map(|one| one.call)?;
            let from = world.calls.get(from)?.to.clone();
            let new = NewCall::talking(&from, number.as_str(), "outbound-api");
            let guest = world.start_call(new);
            world.set_status(guest, CallStatus::InProgress);
            world.join(conference, guest, Role::Guest, false);
            Some(guest)
        })
    }

    /// A supervisor listens to a conference from Flex, or speaks to the agent in it alone. `identity` is theirs, as in
    /// `client:…`. `None` when the conference has ended or has no agent.
    #[expect(
        clippy::must_use_candidate,
        reason = "the supervisor listens whether they are watched or not"
    )]
    pub fn add_listener(
        &self,
        conference: ConferenceSid,
        identity: &str,
        coaches: bool,
    ) -> Option<CallSid> {
        self.with(|world| {
            let going_on = world.conferences.get(conference).filter(|it| !it.ended)?;
            let mut people = going_on.participants.iter();
            let agent = people.find(|one| one.role == Role::Worker)?.call;
            let from = world.calls.get(agent)?.from.clone();
            let new = NewCall::talking(&from, &format!("client:{identity}"), "outbound-api");
            let leg = world.start_call(new);
            world.set_status(leg, CallStatus::InProgress);
            world.join(conference, leg, Role::Guest, false);
            let people = &mut world.conferences.get_mut(conference)?.participants;
            let listener = people.iter_mut().find(|one| one.call == leg)?;
            listener.muted = !coaches;
            listener.listens = Some(if coaches {
                Listening::Coaches(agent)
            } else {
                Listening::Monitors
            });
            Some(leg)
        })
    }
}

impl Conference {
    fn view(&self) -> ConferenceView {
        let of = |role: Role| {
            let people = self.participants.iter();
            people
                .filter(move |one| one.role == role)
                .map(|one| one.call)
        };
        ConferenceView {
            sid: self.sid,
            name: self.friendly_name.clone(),
            task: self.task,
            ended: self.ended,
            customer: of(Role::Customer).next(),
            worker: of(Role::Worker).next(),
            guests: of(Role::Guest).collect(),
        }
    }
}
