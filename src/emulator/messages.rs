//! Text messages: those people send to the account's numbers, and those the account sends to people.
//!
//! A message to a number asks its messaging webhook, and the answer's TwiML is played: replies, redirects, or
//! nothing. A message from the account is queued, sent, delivered or not, and lies in the phone's inbox
//! ([`Emulator::inbox`]); an unread one is no loose end. Carriers obey STOP, START and HELP by themselves
//! ([`opt_out`]): who has sent STOP is not written to from that number until they send START, and Twilio refuses to
//! try (error 21610). Pictures are not carried.

mod delivery;
mod opt_out;
mod reply;
mod segments;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;

pub(super) use self::segments::segments;
use super::{
    Emulator,
    hooks::Hook,
    journal::{Event, masked},
    world::{Errand, World},
};
use crate::twilio::{
    party::E164,
    sid::{MessageSid, MessagingServiceSid},
};

/// The longest text of one message, in characters (Twilio: "Message resource", `Body`).
pub(super) const LONGEST: usize = 1_600;

/// A message as it lies in a phone's inbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// Its SID.
    pub sid: MessageSid,
    /// Who sent it.
    pub from: String,
    /// What it says.
    pub body: String,
    /// When it arrived.
    pub at: Timestamp,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, body) = (masked(&self.from), masked(&self.body));
        write!(f, "{:?} from {from}: {body:?}", self.sid)
    }
}

/// A message as Twilio keeps it.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) sid: MessageSid,
    /// `inbound`, `outbound-api` or `outbound-reply`.
    pub(super) direction: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) segments: usize,
    pub(super) status: &'static str,
    pub(super) service: Option<MessagingServiceSid>,
    pub(super) callback: Option<Hook>,
    pub(super) error: Option<u32>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) sent: Option<Timestamp>,
}

/// A message to send.
pub(super) struct NewMessage {
    pub(super) direction: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) service: Option<MessagingServiceSid>,
    pub(super) callback: Option<Hook>,
}

/// All messages, in the order they were made, and what belongs to them.
#[derive(Default)]
pub(super) struct Messages {
    all: Vec<Message>,
    places: BTreeMap<MessageSid, usize>,
    services: BTreeMap<MessagingServiceSid, Vec<String>>,
    /// Sender (a number, or the service it belongs to) and the phone that does not want to hear from it.
    opted_out: BTreeSet<(String, String)>,
    inboxes: BTreeMap<String, Vec<Text>>,
}

impl Messages {
    pub(super) fn get(&self, sid: MessageSid) -> Option<&Message> {
        self.all.get(*self.places.get(&sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: MessageSid) -> Option<&mut Message> {
        self.all.get_mut(*self.places.get(&sid)?)
    }

    /// Forgets a message; its place stays empty.
    pub(super) fn remove(&mut self, sid: MessageSid) -> bool {
        self.places.remove(&sid).is_some()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> + ExactSizeIterator {
        self.all.iter()
    }

    /// Whether a message is still there.
    pub(super) fn has(&self, sid: MessageSid) -> bool {
        self.places.contains_key(&sid)
    }

    /// The numbers of a messaging service.
    pub(super) fn service(&self, service: MessagingServiceSid) -> Option<&[String]> {
        self.services.get(&service).map(Vec::as_slice)
    }

    /// The service that a number texts for.
    fn service_of(&self, number: &str) -> Option<MessagingServiceSid> {
        let mut services = self.services.iter();
        let found = services.find(|(_, numbers)| numbers.iter().any(|one| one == number));
        found.map(|(service, _)| *service)
    }

    /// Whom an opt-out is about: the number, or all of its service.
    fn sender(&self, number: &str) -> String {
        let service = self.service_of(number);
        service.map_or_else(|| number.to_owned(), |service| service.to_string())
    }

    /// Whether `phone` has sent STOP to `number`.
    pub(super) fn is_opted_out(&self, number: &str, phone: &str) -> bool {
        let pair = (self.sender(number), phone.to_owned());
        self.opted_out.contains(&pair)
    }

    /// The number of a service that last texted with `phone`, or its first.
    pub(super) fn sticky(&self, service: MessagingServiceSid, phone: &str) -> Option<String> {
        let numbers = self.services.get(&service)?;
        let mut last = self.all.iter().rev().filter_map(|message| {
            let ours = [&message.from, &message.to];
            let other = ours.iter().any(|party| *party == phone);
            let ours = ours.into_iter().find(|party| numbers.contains(party));
            ours.filter(|_| other)
        });
        last.next().or_else(|| numbers.first()).cloned()
    }
}

impl World {
    /// Accepts a message for sending; it travels by itself.
    ///
    /// # Errors
    /// Twilio's code when it may not be sent.
    pub(super) fn send_message(&mut self, new: NewMessage) -> Result<MessageSid, u32> {
        if self.messages.is_opted_out(&new.from, &new.to) {
            return Err(21610);
        }
        let status = if new.service.is_some() {
            "accepted"
        } else {
            "queued"
        };
        let sid = self.add_message(new, status);
        self.errands.push(Errand::Carry(sid));
        Ok(sid)
    }

    fn add_message(&mut self, new: NewMessage, status: &'static str) -> MessageSid {
        let sid = MessageSid::from_bytes(self.rng.bytes());
        let now = self.now();
        self.note(Event::Texted {
            message: sid,
            from: new.from.clone(),
            to: new.to.clone(),
            direction: new.direction,
        });
        let place = self.messages.all.len();
        self.messages.places.insert(sid, place);
        self.messages.all.push(Message {
            sid,
            direction: new.direction,
            from: new.from,
            to: new.to,
            segments: segments(&new.body),
            body: new.body,
            status,
            service: new.service,
            callback: new.callback,
            error: None,
            created: now,
            updated: now,
            sent: (new.direction == "inbound").then_some(now),
        });
        sid
    }
}

impl Emulator {
    /// A person texts one of the account's numbers. `from` is their number as Twilio writes it.
    #[expect(
        clippy::must_use_candidate,
        reason = "the message is sent whether it is watched or not"
    )]
    pub fn text(&self, from: &str, to: &E164, body: &str) -> MessageSid {
        self.with(|world| {
            let new = NewMessage {
                direction: "inbound",
                from: from.to_owned(),
                to: to.as_str().to_owned(),
                body: body.to_owned(),
                service: world.messages.service_of(to.as_str()),
                callback: None,
            };
            let sid = world.add_message(new, "received");
            world.obey_keyword(from, to.as_str(), body);
            world.errands.push(Errand::Receive(sid));
            sid
        })
    }

    /// The messages that have reached a phone, oldest first.
    #[must_use]
    pub fn inbox(&self, number: &str) -> Vec<Text> {
        let world = self.lock();
        let inbox = world.messages.inboxes.get(number);
        inbox.cloned().unwrap_or_default()
    }

    /// Makes a messaging service: several of the account's numbers that text as one sender.
    #[must_use]
    pub fn messaging_service(&self, numbers: &[E164]) -> MessagingServiceSid {
        self.with(|world| {
            let service = MessagingServiceSid::from_bytes(world.rng.bytes());
            let numbers = numbers.iter().map(|number| number.as_str().to_owned());
            let numbers = numbers.collect();
            world.messages.services.insert(service, numbers);
            service
        })
    }
}
