//! STOP, START and HELP, as Twilio obeys them for every long number unless told otherwise (Twilio: "Support for
//! opt-out keywords").
//!
//! A keyword must be the whole message, in any case. The message reaches the application all the same, so that it
//! may take note; whatever it answers to a STOP is refused. A person who has opted out gets no HELP.

use super::NewMessage;
use crate::emulator::world::World;

/// What a keyword asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    fn read(body: &str) -> Option<Self> {
        Some(match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE"
            | "OPTOUT" => Self::Stop,
            "START" | "YES" | "UNSTOP" => Self::Start,
            "HELP" | "INFO" => Self::Help,
            _ => return None,
        })
    }

    /// What the carrier answers.
    fn answer(self) -> &'static str {
        match self {
            Self::Stop => {
                "You are unsubscribed and will get no more messages. Reply START to resubscribe."
            }
            Self::Start => "You are subscribed again. Reply HELP for help, STOP to unsubscribe.",
            Self::Help => "Reply STOP to unsubscribe. Message and data rates may apply.",
        }
    }
}

impl World {
    /// Does what a message asks the carrier for, if it is a keyword.
    pub(super) fn obey_keyword(&mut self, phone: &str, number: &str, body: &str) {
        let Some(keyword) = Keyword::read(body) else {
            return;
        };
        let pair = (self.messages.sender(number), phone.to_owned());
        let told = match keyword {
            Keyword::Stop | Keyword::Help => !self.messages.opted_out.contains(&pair),
            Keyword::Start => self.messages.opted_out.remove(&pair),
        };
        if told {
            // Before the opt-out takes effect: it would refuse this one too.
            let _ = self.send_message(NewMessage {
                direction: "outbound-reply",
                from: number.to_owned(),
                to: phone.to_owned(),
                body: keyword.answer().to_owned(),
                service: None,
                callback: None,
            });
        }
        if keyword == Keyword::Stop {
            self.messages.opted_out.insert(pair);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keyword;

    #[test]
    fn only_a_message_that_is_nothing_else_is_a_keyword() {
        assert_eq!(Keyword::read(" stop\n"), Some(Keyword::Stop));
        assert_eq!(Keyword::read("Unstop"), Some(Keyword::Start));
        assert_eq!(Keyword::read("info"), Some(Keyword::Help));
        for other in ["stop please", "don't stop", "", "off", "🛑"] {
            assert_eq!(Keyword::read(other), None, "{other}");
        }
    }
}
