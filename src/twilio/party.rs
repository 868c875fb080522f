//! Who is on the line: a phone, a Voice SDK client, a SIP address, or a caller who withholds their number.
//!
//! Twilio puts all of these in `From` and `To` (Twilio: "TwiML for Programmable Voice", request parameters), so a
//! plain phone-number type would be wrong half of the time in a Flex account, where every agent is a `client:`.

use std::{fmt, str::FromStr};

use super::numbering;

/// A phone number in E.164 form that can be called: a plus sign, a country code, and as many digits as that country's
/// numbers have. What carriers write in place of a number is none (`numbering`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(String);

/// A text that is not a phone number in E.164 form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a phone number in E.164 form, such as +15125550100")]
pub struct E164Error;

impl E164 {
    /// The number as Twilio writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country side and the last two digits: for logs, and for anyone who looks over a shoulder.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{self:?}")
    }
}

impl FromStr for E164 {
    type Err = E164Error;

    fn from_str(text: &str) -> Result<Self, E164Error> {
        let digits = text.strip_prefix('+').ok_or(E164Error)?;
        if digits.len() <= LONGEST && numbering::is_possible(digits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(E164Error)
        }
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for E164 {
    /// Shows the country side and the last two digits: enough to follow a story, too little to call anybody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", &self.0[..3], &self.0[self.0.len() - 2..])
    }
}

/// E.164: no number has more digits.
const LONGEST: usize = 15;

/// How a party without a number is written.
const ANONYMOUS: &str = "anonymous";

/// One end of a call.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// A phone.
    Phone(E164),
    /// A Voice SDK client, such as an agent's browser; holds the identity without `client:`.
    Client(String),
    /// A SIP address; holds the whole address.
    Sip(String),
    /// No one we could call back: withheld, unknown, or a caller id that is no number.
    Anonymous,
}

impl Party {
    /// Reads what Twilio put in `From` or `To`. Never fails: what is not understood is [`Party::Anonymous`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        if let Some(identity) = text.strip_prefix("client:") {
            Self::Client(identity.to_owned())
        } else if text.starts_with("sip:") || text.starts_with("sips:") {
            Self::Sip(text.to_owned())
        } else {
            text.parse().map_or(Self::Anonymous, Self::Phone)
        }
    }

    /// What to show of a caller whom another program has named: `anonymous` in place of a number that is none, and any
    /// other name as it is.
    #[must_use]
    pub fn shown(name: &str) -> &str {
        if name.starts_with('+') && Self::read(name) == Self::Anonymous {
            ANONYMOUS
        } else {
            name
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => write!(f, "{number}"),
            Self::Client(identity) => write!(f, "client:{identity}"),
            Self::Sip(address) => f.write_str(address),
            Self::Anonymous => f.write_str(ANONYMOUS),
        }
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => write!(f, "{number:?}"),
            // An identity is often an e-mail address: a person's name stays out of logs.
            Self::Client(_) => f.write_str("client:…"),
            Self::Sip(_) => f.write_str("sip:…"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_party_is_told_apart() {
        let kinds = [
            "+15125550100",
            "client:ann_40example_2Ecom",
            "sip:ann@example.com",
            "anonymous",
            "+266696687",
            "",
        ];
        let read: Vec<_> = kinds.iter().map(|text| Party::read(text)).collect();
        assert!(matches!(
            read.as_slice(),
            [
                Party::Phone(_),
                Party::Client(_),
                Party::Sip(_),
                Party::Anonymous,
                Party::Anonymous,
                Party::Anonymous
            ]
        ));
    }

    #[test]
    fn debug_never_shows_a_whole_number_or_a_name() {
        let shown = format!(
            "{:?} {:?}",
            Party::read("+15125550199"),
            Party::read("client:ann")
        );
        assert_eq!(shown, "+15…99 client:…");
    }

    #[test]
    fn texts_that_stand_for_no_number_are_nobodys() {
        for text in [
            "+7378742833",
            "+17378742833",
            "+1266696687",
            "+266696687",
            "+12562533",
            "+18656696",
            "+8656696",
            "+86282452253",
            "+447378742833",
            "anonymous",
            "Anonymous",
            "Restricted",
            "unknown",
            "UNAVAILABLE",
            "",
            "+",
            "+1",
            "+0",
            " ",
        ] {
            assert!(Party::read(text) == Party::Anonymous, "{text:?}");
            assert!(text.parse::<E164>().is_err(), "{text:?}");
        }
        assert_eq!(Party::shown("+17378742833"), "anonymous");
        assert_eq!(Party::shown("+13035550100"), "+13035550100");
        assert_eq!(Party::shown("Ann"), "Ann");
    }

    proptest! {
        #[test]
        fn a_number_comes_back_as_it_was(text in "\\+1[2-6][0-9]{9}|\\+49[1-9][0-9]{6,10}|\\+4420[0-9]{8}|\\+33[1-9][0-9]{8}") {
            prop_assert_eq!(text.parse::<E164>().unwrap().to_string(), text.clone());
            prop_assert_eq!(Party::read(&text).to_string(), text);
        }

        #[test]
        fn anything_can_be_read_and_shown(text in "\\PC*") {
            let party = Party::read(&text);
            let _ = format!("{party} {party:?}");
        }

        // Six digits may be a number: Austria's and Germany's shortest have four behind the country code.
        #[test]
        fn what_is_no_number_is_refused(text in "[0-9]{0,15}|\\+[0-9]{0,5}|\\+0[0-9]{8}|\\+[0-9]{16,}|[a-z]+") {
            prop_assert!(text.parse::<E164>().is_err());
        }
    }
}
