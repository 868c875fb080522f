//! The TwiML that we know: which elements there are, what may stand in them, and what their attributes may say.
//!
//! Twilio ignores an attribute it does not know and drops a call over a verb it does not know (Twilio: error 12200),
//! so a slip of the pen is found here or by a caller. The first table follows the pages of "TwiML for Programmable
//! Voice", the second, which is a language of its own, those of "TwiML for Programmable Messaging". A missing entry is
//! a finding in [`lint`](super::lint), never a silent pass: to use a new verb, add it here.

/// One element.
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: &'static [(&'static str, Kind)],
    pub(super) children: &'static [&'static str],
    pub(super) text: Text,
}

/// What an attribute may hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// An absolute URL.
    Url,
    /// An absolute URL, or nothing at all to say "none".
    UrlOrNothing,
    /// A whole number within these bounds, both included.
    Whole(u32, u32),
    /// `true` or `false`.
    Truth,
    /// One of these.
    One(&'static [&'static str]),
    /// Any of these, with blanks between them.
    Each(&'static [&'static str]),
    /// A whole number, or `auto`.
    WholeOrAuto,
    /// Any text that is not empty.
    Text,
    /// Any text, or none.
    Anything,
}

/// What the text inside an element may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// There is none.
    None,
    /// Words to be spoken; there must be some.
    Words,
    /// An absolute URL.
    Url,
    /// The words of a text message; there may be none if they are in an element inside.
    Message,
    /// One JSON object.
    Json,
    /// A name or a number; there may be none.
    Name,
}

const METHOD: Kind = Kind::One(&["GET", "POST"]);
const ANY: Kind = Kind::Whole(0, u32::MAX);
const LEG_EVENTS: Kind = Kind::Each(&["initiated", "ringing", "answered", "completed"]);
const RECORDING_EVENTS: Kind = Kind::Each(&["in-progress", "completed", "absent"]);
const TRIM: Kind = Kind::One(&["trim-silence", "do-not-trim"]);
const SPEECH_MARKUP: &[&str] = &[
    "break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w",
];

macro_rules! elements {
    ($($name:literal $text:ident $children:expr => { $($attribute:literal: $kind:expr),* $(,)? })+) => {
        &[$(Element {
            name: $name,
            attributes: &[$(($attribute, $kind)),*],
            children: $children,
            text: Text::$text,
        }),+]
    };
}

/// Every element we know, the root first.
pub(super) const ELEMENTS: &[Element] = elements! {
    "Response" None &["Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Reject", "Leave", "Enqueue", "Dial", "Record"] => {}
    "Say" Words SPEECH_MARKUP => { "voice": Kind::Text, "language": Kind::Text, "loop": ANY }
    "Play" Url &[] => { "loop": ANY, "digits": Kind::Text }
    "Pause" None &[] => { "length": ANY }
    "Gather" None &["Say", "Play", "Pause"] => {
        "action": Kind::Url, "method": METHOD, "timeout": ANY, "numDigits": Kind::Whole(1, u32::MAX),
        "finishOnKey": Kind::Anything, "input": Kind::Each(&["dtmf", "speech"]), "actionOnEmptyResult": Kind::Truth,
        "language": Kind::Text, "hints": Kind::Text, "speechTimeout": Kind::WholeOrAuto, "speechModel": Kind::Text,
        "partialResultCallback": Kind::Url, "partialResultCallbackMethod": METHOD, "profanityFilter": Kind::Truth,
        "enhanced": Kind::Truth, "bargeIn": Kind::Truth, "maxSpeechTime": ANY, "debug": Kind::Truth,
    }
    "Redirect" Url &[] => { "method": METHOD }
    "Hangup" None &[] => {}
    "Reject" None &[] => { "reason": Kind::One(&["rejected", "busy"]) }
    "Leave" None &[] => {}
    "Enqueue" Name &["Task"] => {
        "action": Kind::Url, "method": METHOD, "waitUrl": Kind::UrlOrNothing, "waitUrlMethod": METHOD,
        "workflowSid": Kind::Text, "maxQueueSize": ANY,
    }
    "Task" Json &[] => { "priority": ANY, "timeout": ANY }
    "Dial" Name &["Number", "Client", "Queue", "Conference"] => {
        "action": Kind::Url, "method": METHOD, "timeout": ANY, "timeLimit": ANY, "callerId": Kind::Text,
        "answerOnBridge": Kind::Truth, "hangupOnStar": Kind::Truth,
        "record": Kind::One(&["do-not-record", "record-from-answer", "record-from-ringing",
            "record-from-answer-dual", "record-from-ringing-dual"]),
        "recordingStatusCallback": Kind::Url, "recordingStatusCallbackMethod": METHOD,
        "recordingStatusCallbackEvent": RECORDING_EVENTS, "recordingTrack": Kind::One(&["both", "inbound", "outbound"]),
        "trim": TRIM, "ringTone": Kind::Text, "sequential": Kind::Truth, "referUrl": Kind::Url, "callReason": Kind::Text,
    }
    "Number" Name &[] => {
        "sendDigits": Kind::Text, "url": Kind::Url, "method": METHOD, "statusCallback": Kind::Url,
        "statusCallbackEvent": LEG_EVENTS, "statusCallbackMethod": METHOD, "byoc": Kind::Text,
        "machineDetection": Kind::One(&["Enable", "DetectMessageEnd"]), "machineDetectionTimeout": ANY,
        "machineDetectionSpeechThreshold": ANY, "machineDetectionSpeechEndThreshold": ANY,
        "machineDetectionSilenceTimeout": ANY, "amdStatusCallback": Kind::Url, "amdStatusCallbackMethod": METHOD,
    }
    "Client" Name &["Identity", "Parameter"] => {
        "url": Kind::Url, "method": METHOD, "statusCallback": Kind::Url, "statusCallbackEvent": LEG_EVENTS,
        "statusCallbackMethod": METHOD, "clientNotificationUrl": Kind::Url,
    }
    "Identity" Name &[] => {}
    "Parameter" None &[] => { "name": Kind::Text, "value": Kind::Anything }
    "Queue" Name &[] => { "url": Kind::Url, "method": METHOD, "reservationSid": Kind::Text, "postWorkActivitySid": Kind::Text }
    "Conference" Name &[] => {
        "muted": Kind::Truth, "beep": Kind::One(&["true", "false", "onEnter", "onExit"]),
        "startConferenceOnEnter": Kind::Truth, "endConferenceOnExit": Kind::Truth, "participantLabel": Kind::Text,
        "jitterBufferSize": Kind::One(&["large", "medium", "small", "off"]), "waitUrl": Kind::UrlOrNothing,
        "waitMethod": METHOD, "maxParticipants": Kind::Whole(1, 250),
        "record": Kind::One(&["do-not-record", "record-from-start"]), "region": Kind::Text, "trim": TRIM,
        "coach": Kind::Text, "statusCallback": Kind::Url, "statusCallbackMethod": METHOD,
        "statusCallbackEvent":
            Kind::Each(&["start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"]),
        "recordingStatusCallback": Kind::Url, "recordingStatusCallbackMethod": METHOD,
        "recordingStatusCallbackEvent": RECORDING_EVENTS, "eventCallbackUrl": Kind::Url,
    }
    "Record" None &[] => {
        "action": Kind::Url, "method": METHOD, "timeout": ANY, "finishOnKey": Kind::Anything, "maxLength": ANY,
        "playBeep": Kind::Truth, "trim": TRIM, "recordingStatusCallback": Kind::Url,
        "recordingStatusCallbackMethod": METHOD, "recordingStatusCallbackEvent": RECORDING_EVENTS,
        "transcribe": Kind::Truth, "transcribeCallback": Kind::Url,
    }
    "break" None &[] => { "strength": Kind::Text, "time": Kind::Text }
    "emphasis" Words SPEECH_MARKUP => { "level": Kind::One(&["strong", "moderate", "reduced"]) }
    "lang" Words SPEECH_MARKUP => { "lang": Kind::Text }
    "p" Words SPEECH_MARKUP => {}
    "phoneme" Words &[] => { "alphabet": Kind::One(&["ipa", "x-sampa"]), "ph": Kind::Text }
    "prosody" Words SPEECH_MARKUP => { "volume": Kind::Text, "rate": Kind::Text, "pitch": Kind::Text }
    "s" Words SPEECH_MARKUP => {}
    "say-as" Words &[] => { "interpret-as": Kind::Text, "format": Kind::Text }
    "sub" Words &[] => { "alias": Kind::Text }
    "w" Words &[] => { "role": Kind::Text }
};

/// What can be answered to a text message, the root first.
pub(super) const MESSAGING: &[Element] = elements! {
    "Response" None &["Message", "Redirect"] => {}
    "Message" Message &["Body", "Media"] => {
        "to": Kind::Text, "from": Kind::Text, "action": Kind::Url, "method": METHOD, "statusCallback": Kind::Url,
    }
    "Body" Message &[] => {}
    "Media" Url &[] => {}
    "Redirect" Url &[] => { "method": METHOD }
};

/// The verbs that Twilio runs in the document of a `waitUrl` (Twilio: "TwiML: Enqueue").
pub(super) const IN_A_QUEUE: &[&str] = &[
    "Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather",
];

/// The element of this name in one of the tables.
pub(super) fn element(table: &'static [Element], name: &str) -> Option<&'static Element> {
    table.iter().find(|element| element.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [&[Element]; 2] = [ELEMENTS, MESSAGING];

    #[test]
    fn a_table_names_only_elements_it_has() {
        for table in TABLES {
            for parent in table {
                for child in parent.children {
                    assert!(
                        element(table, child).is_some(),
                        "{child} in {}",
                        parent.name
                    );
                }
            }
        }
        assert!(
            IN_A_QUEUE
                .iter()
                .all(|verb| ELEMENTS[0].children.contains(verb))
        );
    }

    #[test]
    fn every_element_can_be_reached_and_stands_there_once() {
        for table in TABLES {
            for (at, found) in table.iter().enumerate() {
                let mut later = table.iter().skip(at + 1);
                let again = later.any(|other| other.name == found.name);
                let wanted = table
                    .iter()
                    .any(|parent| parent.children.contains(&found.name));
                assert!(!again && (wanted || at == 0), "{}", found.name);
            }
        }
    }
}
