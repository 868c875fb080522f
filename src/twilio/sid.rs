//! Twilio's identifiers, one type for each kind, so that a task can never be passed where a call is wanted.
//!
//! A SID is a two-letter prefix and 32 hexadecimal digits (Twilio: "String Identifier (SID)"). The text is kept byte
//! for byte instead of as a number: should Twilio ever send upper-case digits, they must come back unchanged in a
//! URL or a Sync key. Because a parsed SID holds nothing but letters and digits, it needs no escaping in a path.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const LENGTH: usize = 34;

/// A text that is not the SID it should be. Says what was expected, never what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {prefix} followed by 32 hexadecimal digits")]
pub struct SidError {
    prefix: &'static str,
}

impl SidError {
    /// The two letters that were expected.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }
}

fn parse(text: &str, prefix: &'static str) -> Result<[u8; LENGTH], SidError> {
    let wrong = SidError { prefix };
    let bytes: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| wrong)?;
    let (head, digits) = bytes.split_at(2);
    let fits = head == prefix.as_bytes() && digits.iter().all(u8::is_ascii_hexdigit);
    if fits { Ok(bytes) } else { Err(wrong) }
}

/// The digits as two numbers, which are in the order of the texts and quicker to compare: SIDs are what most of our maps
/// are sorted by.
fn halves(text: &[u8; LENGTH]) -> [u128; 2] {
    let half = |from: usize| {
        let half = text[from..].first_chunk();
        u128::from_be_bytes(half.copied().unwrap_or_default())
    };
    [half(2), half(18)]
}

macro_rules! sids {
    ($($(#[doc = $doc:literal])+ $name:ident = $prefix:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u8; LENGTH]);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                halves(&self.0).cmp(&halves(&other.0))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// The two letters that every SID of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The SID whose 32 digits spell `bytes`; how the emulator makes one.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let mut text = [0; LENGTH];
                text[..2].copy_from_slice(Self::PREFIX.as_bytes());
                for (index, byte) in bytes.into_iter().enumerate() {
                    text[2 + 2 * index] = DIGITS[usize::from(byte >> 4)];
                    text[3 + 2 * index] = DIGITS[usize::from(byte & 15)];
                }
                Self(text)
            }

            /// The SID as Twilio writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = SidError;

            fn from_str(text: &str) -> Result<Self, SidError> {
                parse(text, $prefix).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}…{}", $prefix, &self.as_str()[LENGTH - 4..])
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

sids! {
    /// An account.
    AccountSid = "AC";
    /// A TaskRouter activity.
    ActivitySid = "WA";
    /// An API key.
    ApiKeySid = "SK";
    /// A call leg.
    CallSid = "CA";
    /// A conference.
    ConferenceSid = "CF";
    /// A TaskRouter event.
    EventSid = "EV";
    /// A text message without media.
    MessageSid = "SM";
    /// A messaging service: several numbers that text as one sender.
    MessagingServiceSid = "MG";
    /// A phone number of the account.
    PhoneNumberSid = "PN";
    /// A voice queue.
    QueueSid = "QU";
    /// A recording.
    RecordingSid = "RE";
    /// A reservation: one worker's claim on one task.
    ReservationSid = "WR";
    /// A Sync map.
    MapSid = "MP";
    /// A Sync service.
    SyncServiceSid = "IS";
    /// A task.
    TaskSid = "WT";
    /// A transcription of a recording.
    TranscriptionSid = "TR";
    /// A task channel.
    TaskChannelSid = "TC";
    /// A task queue.
    TaskQueueSid = "WQ";
    /// A worker.
    WorkerSid = "WK";
    /// One worker's channel of one kind: how many tasks they may have there.
    WorkerChannelSid = "WC";
    /// A workflow.
    WorkflowSid = "WW";
    /// A TaskRouter workspace.
    WorkspaceSid = "WS";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALL: &str = "CA0123456789abcdef0123456789ABCDEF";

    #[test]
    fn a_sid_comes_back_byte_for_byte() {
        let sid: CallSid = CALL.parse().unwrap();
        assert_eq!(sid.to_string(), CALL);
        assert_eq!(serde_json::to_string(&sid).unwrap(), format!("\"{CALL}\""));
        assert_eq!(
            serde_json::from_str::<CallSid>(&format!("\"{CALL}\"")).unwrap(),
            sid
        );
    }

    #[test]
    fn debug_shortens() {
        let sid: CallSid = CALL.parse().unwrap();
        assert_eq!(format!("{sid:?}"), "CA…CDEF");
    }

    #[test]
    fn another_kind_is_refused_and_told_what_was_expected() {
        let wrong = CALL.parse::<TaskSid>().unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "expected WT followed by 32 hexadecimal digits"
        );
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let mut seen = PREFIXES.to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), PREFIXES.len());
    }

    proptest! {
        #[test]
        fn made_sids_parse(bytes in any::<[u8; 16]>()) {
            let made = TaskSid::from_bytes(bytes);
            prop_assert_eq!(made.as_str().parse::<TaskSid>(), Ok(made));
        }

        #[test]
        fn sids_are_in_the_order_of_their_texts(one in "CA[0-9a-fA-F]{32}", same in 0..33_usize, other in "[0-9a-fA-F]{32}") {
            let other = format!("{}{}", &one[..2 + same.min(32)], &other[same.min(32)..]);
            let sid = |text: &str| text.parse::<CallSid>().unwrap();
            prop_assert_eq!(sid(&one).cmp(&sid(&other)), one.cmp(&other));
        }

        #[test]
        fn junk_never_parses(text in "\\PC*") {
            prop_assume!(text.len() != LENGTH || !text.starts_with("CA"));
            prop_assert!(text.parse::<CallSid>().is_err());
        }

        #[test]
        fn one_wrong_character_is_refused(at in 2..LENGTH, wrong in "[g-zG-Z /\\\\%'\"]") {
            let text = format!("{}{wrong}{}", &CALL[..at], &CALL[at + 1..]);
            prop_assert!(text.parse::<CallSid>().is_err());
        }
    }
}
