//! Who is at the other end when a phone is called: no one, a person, a mailbox, a fax; and what they do then.
//!
//! What machine detection makes of them is not said here but found out by its rules (`calls::detection`): a mailbox
//! with a short greeting passes for a human, as it does in life. [`Pickup::taken_for`] makes it err on purpose.

use std::time::Duration;

/// How a phone behaves when it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A person picks up after it has rung this long, and only listens and talks.
    After(Duration),
    /// A person or a machine picks up.
    By(Pickup),
    /// It is busy.
    Busy,
    /// It rings until the caller gives up.
    Never,
    /// There is no such number; the network says so when it is called.
    Unreachable,
    /// Twilio does not call it at all: the request is refused with this error code, such as 21214 (the number
    /// cannot be reached) or 21215 (the account may not call that country).
    Refused(u32),
}

impl Default for Answer {
    fn default() -> Self {
        Self::After(Duration::from_secs(3))
    }
}

impl Answer {
    /// Who picks up, if anyone would.
    pub(in crate::emulator) fn pickup(&self) -> Option<Pickup> {
        match self {
            Self::After(wait) => Some(Pickup::human(*wait)),
            Self::By(pickup) => Some(pickup.clone()),
            Self::Busy | Self::Never | Self::Unreachable | Self::Refused(_) => None,
        }
    }
}

/// What a mailbox does when it has said its greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GreetingEnd {
    /// It beeps.
    Beep,
    /// It falls silent.
    Silence,
    /// Something else, such as a menu.
    Other,
}

/// Who or what has picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A person.
    Human,
    /// A mailbox, or another machine that speaks.
    Machine {
        /// How long it speaks.
        greeting: Duration,
        /// What comes then.
        end: GreetingEnd,
    },
    /// A fax.
    Fax,
    /// Something that makes no sound at all.
    Silence,
    /// The phone's own call screening: asks a short question, for a human's hello as far as detection can tell, and
    /// never presses a key.
    Screening,
}

/// A party that picks up, and what it does then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pickup {
    pub(in crate::emulator) after: Duration,
    pub(in crate::emulator) who: Callee,
    pub(in crate::emulator) heard_as: Callee,
    pub(in crate::emulator) keys: Vec<(Duration, String)>,
    pub(in crate::emulator) hangs_up: Option<Duration>,
}

impl Pickup {
    /// `who` picks up when it has rung for `after`.
    #[must_use]
    pub fn new(after: Duration, who: Callee) -> Self {
        Self {
            after,
            who,
            heard_as: who,
            keys: Vec::new(),
            hangs_up: None,
        }
    }

    /// A person.
    #[must_use]
    pub fn human(after: Duration) -> Self {
        Self::new(after, Callee::Human)
    }

    /// A mailbox with a greeting of this length and a beep.
    #[must_use]
    pub fn mailbox(after: Duration, greeting: Duration) -> Self {
        let end = GreetingEnd::Beep;
        Self::new(after, Callee::Machine { greeting, end })
    }

    /// Machine detection errs, and takes them for another kind.
    #[must_use]
    pub fn taken_for(mut self, other: Callee) -> Self {
        self.heard_as = other;
        self
    }

    /// They press keys this long after picking up.
    #[must_use]
    pub fn presses(mut self, after: Duration, keys: &str) -> Self {
        self.keys.push((after, keys.to_owned()));
        self
    }

    /// They hang up this long after picking up.
    #[must_use]
    pub fn hangs_up(mut self, after: Duration) -> Self {
        self.hangs_up = Some(after);
        self
    }
}
