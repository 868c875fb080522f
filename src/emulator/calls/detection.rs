//! Machine detection: what it hears, and when it knows (Twilio: "Answering machine detection").
//!
//! Twilio listens to how long the answering party speaks before a pause. Speech shorter than the speech threshold, then a
//! pause: a human. Longer: a machine. No speech at all for the silence time-out, or no verdict within the time-out:
//! `unknown`. That is why a mailbox that only says "Leave a message" passes for a human, and why nothing is known of
//! a silent line for five seconds. The default thresholds are Twilio's.

use std::time::Duration;

use crate::emulator::{
    hooks::Hook,
    numbers::{Callee, GreetingEnd},
};

/// How long a person's hello is.
const HELLO: Duration = Duration::from_millis(800);

/// How soon a fax gives itself away.
const FAX_TONE: Duration = Duration::from_millis(1_500);

/// How long a beep takes to be known as one.
const BEEP: Duration = Duration::from_millis(400);

/// Machine detection as a call asks for it.
#[derive(Clone, Debug)]
pub(in crate::emulator) struct Detection {
    /// Wait for a machine's greeting to end (`DetectMessageEnd`).
    pub(in crate::emulator) to_the_end: bool,
    pub(in crate::emulator) timeout: Duration,
    pub(in crate::emulator) speech: Duration,
    pub(in crate::emulator) speech_end: Duration,
    pub(in crate::emulator) silence: Duration,
    pub(in crate::emulator) report: Report,
}

/// Who is told the verdict.
#[derive(Clone, Debug)]
pub(in crate::emulator) enum Report {
    /// The request for the document, which waits for it.
    WithTheDocument,
    /// A callback, if there is one, while the document plays.
    InTheBackground(Option<Hook>),
}

impl Detection {
    /// When the verdict on `who` falls after they picked up, and what it is.
    pub(in crate::emulator) fn verdict(&self, who: Callee) -> (Duration, &'static str) {
        let (after, verdict) = match who {
            Callee::Human | Callee::Screening => (HELLO + self.speech_end, "human"),
            Callee::Fax => (FAX_TONE, "fax"),
            Callee::Silence => (self.silence, "unknown"),
            Callee::Machine { greeting, .. } if greeting < self.speech => {
                (greeting + self.speech_end, "human")
            }
            Callee::Machine { .. } if !self.to_the_end => (self.speech, "machine_start"),
            Callee::Machine { greeting, end } => match end {
                GreetingEnd::Beep => (greeting + BEEP, "machine_end_beep"),
                GreetingEnd::Silence => (greeting + self.speech_end, "machine_end_silence"),
                GreetingEnd::Other => (greeting, "machine_end_other"),
            },
        };
        if after <= self.timeout {
            (after, verdict)
        } else {
            (self.timeout, "unknown")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn detection(to_the_end: bool, timeout: u64) -> Detection {
        Detection {
            to_the_end,
            timeout: Duration::from_secs(timeout),
            speech: Duration::from_millis(2_400),
            speech_end: Duration::from_millis(1_200),
            silence: Duration::from_secs(5),
            report: Report::WithTheDocument,
        }
    }

    fn machine(seconds: u64, end: GreetingEnd) -> Callee {
        let greeting = Duration::from_secs(seconds);
        Callee::Machine { greeting, end }
    }

    #[test]
    fn every_value_twilio_documents_comes_from_somebody() {
        let (start, end) = (detection(false, 30), detection(true, 30));
        for (detection, who, after, verdict) in [
            (&start, Callee::Human, 2_000, "human"),
            (&start, Callee::Screening, 2_000, "human"),
            (&start, Callee::Fax, 1_500, "fax"),
            (&start, Callee::Silence, 5_000, "unknown"),
            (
                &start,
                machine(8, GreetingEnd::Beep),
                2_400,
                "machine_start",
            ),
            (&start, machine(2, GreetingEnd::Beep), 3_200, "human"),
            (&end, Callee::Human, 2_000, "human"),
            (
                &end,
                machine(8, GreetingEnd::Beep),
                8_400,
                "machine_end_beep",
            ),
            (
                &end,
                machine(8, GreetingEnd::Silence),
                9_200,
                "machine_end_silence",
            ),
            (
                &end,
                machine(8, GreetingEnd::Other),
                8_000,
                "machine_end_other",
            ),
            (&end, machine(60, GreetingEnd::Beep), 30_000, "unknown"),
            (&detection(false, 3), Callee::Silence, 3_000, "unknown"),
        ] {
            let expected = (Duration::from_millis(after), verdict);
            assert_eq!(detection.verdict(who), expected, "{who:?}");
        }
    }

    proptest! {
        #[test]
        fn no_verdict_falls_after_the_timeout(greeting in 0_u64..120, timeout in 3_u64..60, to_the_end: bool) {
            let detection = detection(to_the_end, timeout);
            for end in [GreetingEnd::Beep, GreetingEnd::Silence, GreetingEnd::Other] {
                let (after, verdict) = detection.verdict(machine(greeting, end));
                prop_assert!(after <= detection.timeout);
                // A greeting that can be heard out in time is never taken for nothing.
                prop_assert!(verdict != "unknown" || greeting + 2 > timeout);
            }
        }
    }
}
