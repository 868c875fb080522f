//! The account's phone numbers, and how the phones out there answer.
//!
//! A number of the account says what a caller hears and where the end of a call is reported
//! (Twilio: "`IncomingPhoneNumber` resource"). Any other phone only answers, or does not.

mod answer;

use std::collections::BTreeMap;

pub use self::answer::{Answer, Callee, GreetingEnd, Pickup};
use super::{
    Emulator,
    hooks::{Hook, Method, Source},
};
use crate::twilio::{
    party::E164,
    sid::{PhoneNumberSid, WorkflowSid},
};

/// What a caller of one of the account's numbers gets.
#[derive(Clone, Debug)]
pub enum Flow {
    /// TwiML fetched from a URL, by POST.
    Url(String),
    /// TwiML the emulator keeps, as a TwiML Bin would.
    Twiml(String),
    /// A place in a workflow's queue, as Studio's *Send to Flex* widget makes it. `{{trigger.call.CallToken}}` in an
    /// attribute becomes the call's token, as in Studio.
    Enqueue {
        /// The workflow.
        workflow: WorkflowSid,
        /// The task's attributes beside those of the call.
        attributes: serde_json::Value,
    },
}

/// One number of the account.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) sid: PhoneNumberSid,
    pub(super) voice: Source,
    /// What stands in the number's field for the URL of its voice.
    pub(super) voice_url: Option<String>,
    /// The application, or else the trunk, whose URLs are used instead of the number's.
    pub(super) application: Option<String>,
    pub(super) trunk: Option<String>,
    pub(super) fallback: Option<Hook>,
    pub(super) status_callback: Option<Hook>,
    /// Who is asked what to do with a message.
    pub(super) messaging: Option<Hook>,
    pub(super) messaging_fallback: Option<Hook>,
}

impl Number {
    /// What a caller gets. The URLs of a number that has an application or a trunk are ignored (Twilio:
    /// "`IncomingPhoneNumber` resource"); applications and trunks are not played here, so such a call ends.
    pub(super) fn plays(&self) -> Source {
        if self.application.is_some() || self.trunk.is_some() {
            return Source::Text("<Response><Hangup/></Response>".to_owned());
        }
        self.voice.clone()
    }
}

/// All numbers, and all phones whose behavior is scripted.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    own: BTreeMap<String, Number>,
    verified: BTreeMap<String, PhoneNumberSid>,
    phones: BTreeMap<String, Answer>,
}

impl Numbers {
    pub(super) fn own(&self, number: &str) -> Option<&Number> {
        self.own.get(number)
    }

    /// The account's own numbers, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Number)> {
        self.own.iter().map(|(number, it)| (number.as_str(), it))
    }

    /// The numbers of others who have agreed, in their order.
    pub(super) fn verified(&self) -> impl Iterator<Item = (&str, PhoneNumberSid)> {
        let verified = self.verified.iter();
        verified.map(|(number, sid)| (number.as_str(), *sid))
    }

    /// Whether calls may show this number: the account's own, or one whose owner has agreed.
    pub(super) fn may_be_shown(&self, number: &str) -> bool {
        self.own.contains_key(number) || self.verified.contains_key(number)
    }

    /// How `party` answers: as scripted, or after three seconds.
    pub(super) fn answer(&self, party: &str) -> Answer {
        self.phones.get(party).cloned().unwrap_or_default()
    }
}

/// Sets up one number of the account; see [`Emulator::number`].
#[derive(Debug)]
pub struct NumberSetup {
    emulator: Emulator,
    number: E164,
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "each step takes effect at once"
)]
impl NumberSetup {
    /// What callers of this number get. Until it is said, the number plays a call that is hung up at once.
    pub fn voice(self, flow: Flow) -> Self {
        let account = self.emulator.with(|world| world.account);
        let shown = match &flow {
            Flow::Url(url) => url.clone(),
            Flow::Twiml(_) => {
                "https://handler.twilio.com/twiml/EH00000000000000000000000000000001".to_owned()
            }
            Flow::Enqueue { .. } => format!(
                "https://webhooks.twilio.com/v1/Accounts/{account}/Flows/FW00000000000000000000000000000001"
            ),
        };
        let source = match flow {
            Flow::Url(url) => Source::fetch(Hook::post(url)),
            Flow::Twiml(text) => Source::Text(text),
            Flow::Enqueue {
                workflow,
                attributes,
            } => Source::Text(format!(
                "<Response><Enqueue workflowSid=\"{workflow}\"><Task>{}</Task></Enqueue></Response>",
                escaped(&attributes.to_string())
            )),
        };
        self.change(|number| {
            number.voice = source;
            number.voice_url = Some(shown);
        })
    }

    /// The number belongs to an application, whose URLs are used instead of its own.
    pub fn application(self, sid: impl Into<String>) -> Self {
        let sid = sid.into();
        self.change(|number| number.application = Some(sid))
    }

    /// The number belongs to a SIP trunk, to which its calls go instead.
    pub fn trunk(self, sid: impl Into<String>) -> Self {
        let sid = sid.into();
        self.change(|number| number.trunk = Some(sid))
    }

    /// Where Twilio asks for TwiML when the first answer was none.
    pub fn fallback(self, url: impl Into<String>) -> Self {
        let hook = Hook::post(url.into());
        self.change(|number| number.fallback = Some(hook))
    }

    /// Where the end of every call to this number is reported.
    pub fn status_callback(self, url: impl Into<String>) -> Self {
        let hook = Hook {
            url: url.into(),
            method: Method::Post,
        };
        self.change(|number| number.status_callback = Some(hook))
    }

    /// Where Twilio asks, by POST, what to do with a message to this number. Until it is said, nothing is done.
    pub fn messaging(self, url: impl Into<String>) -> Self {
        let hook = Hook::post(url.into());
        self.change(|number| number.messaging = Some(hook))
    }

    /// Where it asks when the first answer was none.
    pub fn messaging_fallback(self, url: impl Into<String>) -> Self {
        let hook = Hook::post(url.into());
        self.change(|number| number.messaging_fallback = Some(hook))
    }

    fn change(self, change: impl FnOnce(&mut Number)) -> Self {
        self.emulator.with(|world| {
            if let Some(number) = world.numbers.own.get_mut(self.number.as_str()) {
                change(number);
            }
        });
        self
    }
}

impl Emulator {
    /// Gives the account a number, or changes one it has.
    #[expect(clippy::must_use_candidate, reason = "the number exists from here on")]
    pub fn number(&self, number: &E164) -> NumberSetup {
        self.with(|world| {
            let sid = PhoneNumberSid::from_bytes(world.rng.bytes());
            world
                .numbers
                .own
                .entry(number.as_str().to_owned())
                .or_insert(Number {
                    sid,
                    voice: Source::Text("<Response><Hangup/></Response>".to_owned()),
                    voice_url: None,
                    application: None,
                    trunk: None,
                    fallback: None,
                    status_callback: None,
                    messaging: None,
                    messaging_fallback: None,
                });
        });
        NumberSetup {
            emulator: self.clone(),
            number: number.clone(),
        }
    }

    /// Makes a number that is not the account's a verified caller ID (Twilio: "`OutgoingCallerIds` resource").
    pub fn verify_caller_id(&self, number: &E164) {
        let number = number.as_str().to_owned();
        self.with(|world| {
            let sid = PhoneNumberSid::from_bytes(world.rng.bytes());
            world.numbers.verified.entry(number).or_insert(sid);
        });
    }

    /// Says how `party` (a number, or `client:…`) behaves when it is called.
    pub fn phone(&self, party: &str, answer: Answer) {
        self.with(|world| world.numbers.phones.insert(party.to_owned(), answer));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
