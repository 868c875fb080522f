//! A message's way: to the application and back, or to a phone.

use std::time::Duration;

use super::{
    NewMessage, Text,
    reply::{self, Step},
};
use crate::{
    emulator::{
        Answer, Emulator,
        calls::{FROM, TO},
        hooks::{Fields, Hook, Send},
        phone::joined,
        twiml::Flaw,
        world::{Errand, World},
    },
    twilio::sid::MessageSid,
};

/// How long a message takes from Twilio to the carrier, and from there to the phone.
const LEG: Duration = Duration::from_millis(400);

/// How often an application may send Twilio on.
const MOST_REDIRECTS: u32 = 10;

impl Emulator {
    /// Brings a message to the application and does what it answers.
    pub(in crate::emulator) async fn receive(&self, sid: MessageSid) {
        let found = {
            let world = self.lock();
            let message = world.messages.get(sid);
            message.and_then(|message| {
                let number = world.numbers.own(&message.to)?;
                let hook = number.messaging.clone()?;
                Some((hook, number.messaging_fallback.clone()))
            })
        };
        let Some((mut hook, mut fallback)) = found else {
            return;
        };
        let mut fields = self.lock().message_fields(sid);
        let mut redirects = 0;
        loop {
            let url = hook.url.clone();
            let flaw = match self.answered(hook, fields.clone()).await {
                Ok(steps) => match self.obey_reply(sid, &url, steps) {
                    None => return,
                    Some(_) if redirects == MOST_REDIRECTS => {
                        return self.warn(None, 11215, "too many redirects".to_owned());
                    }
                    Some(next) => {
                        redirects += 1;
                        hook = next;
                        continue;
                    }
                },
                Err(flaw) => flaw,
            };
            self.warn(None, flaw.code, format!("message: {}", flaw.text));
            let Some(next) = fallback.take() else {
                return;
            };
            fields.push(("ErrorCode", flaw.code.to_string()));
            fields.push(("ErrorUrl", url));
            hook = next;
        }
    }

    async fn answered(&self, hook: Hook, fields: Fields) -> Result<Vec<Step>, Flaw> {
        let send = Send {
            call: None,
            name: "message",
            hook,
            fields,
            document: true,
        };
        let answer = self.ask(send).await.map_err(|failure| Flaw {
            code: failure.code(),
            text: failure.text(),
        })?;
        reply::read(&answer)
    }

    /// Does what an answer says; where to ask next, if it sends Twilio on.
    fn obey_reply(&self, sid: MessageSid, url: &str, steps: Vec<Step>) -> Option<Hook> {
        for step in steps {
            let (body, to, from, callback) = match step {
                Step::Redirect(link, method) => {
                    let url = absolute(url, &link);
                    return Some(Hook { url, method });
                }
                Step::Message {
                    body,
                    to,
                    from,
                    callback,
                } => (body, to, from, callback),
            };
            let sent = self.with(|world| {
                let message = world.messages.get(sid)?;
                let new = NewMessage {
                    direction: "outbound-reply",
                    from: from.unwrap_or_else(|| message.to.clone()),
                    to: to.unwrap_or_else(|| message.from.clone()),
                    body,
                    service: message.service,
                    callback: callback.map(|(link, method)| Hook {
                        url: absolute(url, &link),
                        method,
                    }),
                };
                Some(world.send_message(new))
            });
            if let Some(Err(code)) = sent {
                let text = "a reply to somebody who has sent STOP".to_owned();
                self.warn(None, code, text);
            }
        }
        None
    }

    /// Brings a message to a phone.
    pub(in crate::emulator) async fn bring_to_phone(&self, sid: MessageSid) {
        self.0.clock.sleep(LEG).await;
        self.with(|world| world.message_is(sid, "sent"));
        self.0.clock.sleep(LEG).await;
        self.with(|world| world.arrive(sid));
    }
}

impl World {
    /// What a webhook says about a message that came in.
    fn message_fields(&self, sid: MessageSid) -> Fields {
        let Some(message) = self.messages.get(sid) else {
            return Fields::new();
        };
        let (sid, segments) = (sid.to_string(), message.segments.to_string());
        let account = self.account.to_string();
        let mut fields: Fields = [
            ("MessageSid", &*sid),
            ("SmsSid", &*sid),
            ("SmsMessageSid", &*sid),
            ("AccountSid", &*account),
            ("From", &*message.from),
            ("To", &*message.to),
            ("Body", &*message.body),
            ("NumMedia", "0"),
            ("NumSegments", &*segments),
            ("SmsStatus", "received"),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        let service = message.service.map(|service| service.to_string());
        fields.extend(service.map(|service| ("MessagingServiceSid", service)));
        for [_, places @ ..] in [FROM, TO] {
            fields.extend(places.map(|place| (place, String::new())));
        }
        fields
    }

    /// A message reaches its phone, or the network says that there is none.
    fn arrive(&mut self, sid: MessageSid) {
        let now = self.now();
        let Some(message) = self.messages.get_mut(sid) else {
            return;
        };
        if message.status != "sent" {
            return;
        }
        let to = message.to.clone();
        if self.numbers.answer(&to) == Answer::Unreachable {
            message.error = Some(30005);
            return self.message_is(sid, "undelivered");
        }
        let text = Text {
            sid,
            from: message.from.clone(),
            body: message.body.clone(),
            at: now,
        };
        self.messages.inboxes.entry(to).or_default().push(text);
        self.message_is(sid, "delivered");
    }

    /// A message moves on, and its status callback is told.
    fn message_is(&mut self, sid: MessageSid, status: &'static str) {
        let now = self.now();
        let Some(message) = self.messages.get_mut(sid) else {
            return;
        };
        if message.status == "canceled" {
            return;
        }
        message.status = status;
        message.updated = now;
        message.sent.get_or_insert(now);
        let message = message.clone();
        let Some(hook) = message.callback else {
            return;
        };
        let (sid, account) = (sid.to_string(), self.account.to_string());
        let mut fields: Fields = [
            ("MessageSid", &*sid),
            ("SmsSid", &*sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("AccountSid", &*account),
            ("From", &*message.from),
            ("To", &*message.to),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        let error = message.error.map(|code| code.to_string());
        fields.extend(error.map(|code| ("ErrorCode", code)));
        let service = message.service.map(|service| service.to_string());
        fields.extend(service.map(|service| ("MessagingServiceSid", service)));
        self.errands.push(Errand::Send(Send {
            call: None,
            name: "message status",
            hook,
            fields,
            document: false,
        }));
    }
}

fn absolute(base: &str, link: &str) -> String {
    if link.contains("://") {
        link.to_owned()
    } else {
        joined(base, link)
    }
}
