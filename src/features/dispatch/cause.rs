//! Why a worker was not joined to a caller, and how long they are left in peace for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $cause:ident = $word:literal;)+) => {
        /// Why a worker was not joined to a caller.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Cause {$(
            $(#[doc = $doc])+
            $cause,
        )+}

        impl Cause {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$cause),+];

            /// Its word, as in the configuration and in metrics.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$cause => $word,)+ }
            }
        }
    };
}

causes! {
    /// A machine answered.
    Machine = "machine";
    /// A fax answered.
    Fax = "fax";
    /// The phone was answered, and no key was pressed.
    Silent = "silent";
    /// They pressed the key for "not now".
    Declined = "declined";
    /// The line was busy.
    Busy = "busy";
    /// The phone was not answered.
    NoAnswer = "no-answer";
    /// The phone could not be called.
    Failed = "failed";
    /// They hung up before they were joined.
    HungUp = "hung-up";
    /// It is a number that must never be called: the caller's, or one of our own.
    Refused = "refused";
    /// Their phone is in use by another of our calls.
    Occupied = "occupied";
    /// The leg could not be placed, or was lost sight of.
    Lost = "lost";
    /// The worker was sent into cool-down for an earlier reservation, and TaskRouter had offered them this one before
    /// it knew. Their phone does not ring, and it counts for nothing.
    CoolingDown = "cooling-down";
}

impl Cause {
    /// Reads a word of the configuration.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.word() == word)
    }

    /// What a final status of the leg means, if it ended before anybody was joined (Twilio: "Call resource", status
    /// values). One that we ended ourselves is decided by then, so another program caused `canceled`.
    #[must_use]
    pub fn of_status(status: &str) -> Self {
        match status {
            "busy" => Self::Busy,
            "no-answer" => Self::NoAnswer,
            "failed" => Self::Failed,
            "completed" => Self::HungUp,
            _ => Self::Lost,
        }
    }

    /// Whether it counts as a miss: a worker who collects several in a row is not there.
    #[must_use]
    pub fn is_miss(self) -> bool {
        matches!(
            self,
            Self::Machine | Self::Fax | Self::Silent | Self::NoAnswer
        )
    }

    /// Whether trying again cannot help, so that a person should look at it. A number of our own is refused when its
    /// worker enrolls, and a worker who calls the line themselves does no wrong.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        self == Self::Failed
    }
}

/// How long a worker is left in peace, by cause.
#[derive(Clone, Debug, Default)]
pub struct CoolDowns {
    /// For these causes.
    pub by_cause: Vec<(Cause, Duration)>,
    /// For all others.
    pub other: Duration,
}

impl CoolDowns {
    /// How long after `cause`.
    #[must_use]
    pub fn after(&self, cause: Cause) -> Duration {
        let listed = self.by_cause.iter().find(|(listed, _)| *listed == cause);
        listed.map_or(self.other, |(_, long)| *long)
    }
}

/// Who answered a leg, as Twilio heard it (Twilio: "Answering machine detection", `AnsweredBy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A machine, whether its greeting is over or not.
    Machine,
    /// A fax.
    Fax,
    /// Twilio could not tell.
    Unknown,
}

impl AnsweredBy {
    /// Reads Twilio's word. A word that is not known yet says nothing.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "human" => Self::Human,
            "fax" => Self::Fax,
            machine if machine.starts_with("machine") => Self::Machine,
            _ => Self::Unknown,
        }
    }

    /// The word for a URL of ours.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Fax => "fax",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_comes_back_from_its_word() {
        for cause in Cause::ALL {
            assert_eq!(Cause::read(cause.word()), Some(*cause));
            let json = serde_json::to_value(cause).unwrap();
            assert_eq!(json, cause.word());
        }
        assert_eq!(Cause::read("tired"), None);
    }

    #[test]
    fn only_a_person_is_a_person() {
        let rows = [
            ("human", AnsweredBy::Human),
            ("machine_start", AnsweredBy::Machine),
            ("machine_end_beep", AnsweredBy::Machine),
            ("machine_end_silence", AnsweredBy::Machine),
            ("machine_end_other", AnsweredBy::Machine),
            ("fax", AnsweredBy::Fax),
            ("unknown", AnsweredBy::Unknown),
            ("Human", AnsweredBy::Unknown),
            ("", AnsweredBy::Unknown),
        ];
        for (word, who) in rows {
            assert_eq!(AnsweredBy::read(word), who, "{word}");
            assert_eq!(AnsweredBy::read(who.word()), who);
        }
    }

    #[test]
    fn a_cool_down_is_by_cause() {
        let cool = CoolDowns {
            by_cause: vec![(Cause::Busy, Duration::from_secs(30))],
            other: Duration::from_mins(1),
        };
        assert_eq!(cool.after(Cause::Busy).as_secs(), 30);
        assert_eq!(cool.after(Cause::Machine).as_secs(), 60);
    }
}
