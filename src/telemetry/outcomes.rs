//! What becomes of calls, in the words of closed lists: labels that no caller, number or SID can add to.

/// What becomes of a call on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldOutcome {
    /// An agent has put it on hold.
    Parked,
    /// An agent has picked it up.
    PickedUp,
    /// The caller hung up, and the agent has a task to call them back.
    HungUp,
    /// It was forgotten, and goes back to the worker who parked it.
    CameBack,
    /// It was forgotten too often, and goes back to its workflow.
    Overflowed,
}

impl HoldOutcome {
    pub(super) const ALL: [Self; 5] = [
        Self::Parked,
        Self::PickedUp,
        Self::HungUp,
        Self::CameBack,
        Self::Overflowed,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::PickedUp => "picked-up",
            Self::HungUp => "hung-up",
            Self::CameBack => "came-back",
            Self::Overflowed => "overflowed",
        }
    }
}

/// What becomes of a leg to a worker's phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegOutcome {
    /// It was placed, and its record knows it.
    Placed,
    /// A caller was joined to it; counted when their talk is over.
    Joined,
    /// The offer was gone before anybody was joined.
    Withdrawn,
}

impl LegOutcome {
    pub(super) const ALL: [Self; 3] = [Self::Placed, Self::Joined, Self::Withdrawn];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Joined => "joined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How a caller is seen to later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpKind {
    /// They are called back.
    Callback,
    /// Their message is heard, which they left instead of waiting.
    Message,
    /// Their message is heard, which they left in a box.
    Voicemail,
}

impl FollowUpKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Message => "message",
            Self::Voicemail => "voicemail",
        }
    }
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpOutcome {
    /// It was asked for, and the caller is out of line.
    Asked,
    /// Something was recorded, and will not be forgotten.
    Kept,
    /// There is a task.
    Made,
    /// The task is made when the hours begin.
    Held,
    /// The task is out of line, because the hours have ended.
    Recalled,
    /// Dropped: an agent was quicker.
    Taken,
    /// Dropped: nothing was said.
    Silent,
    /// Dropped: nothing was said, and there is no number to call.
    Unreachable,
}

impl FollowUpOutcome {
    /// What can become of each kind.
    pub(super) fn of_kinds() -> impl Iterator<Item = (FollowUpKind, Self)> {
        let waited = [
            Self::Asked,
            Self::Kept,
            Self::Made,
            Self::Held,
            Self::Recalled,
            Self::Taken,
            Self::Silent,
            Self::Unreachable,
        ];
        let kinds = [FollowUpKind::Callback, FollowUpKind::Message];
        let waited = kinds
            .into_iter()
            .flat_map(move |kind| waited.map(|outcome| (kind, outcome)));
        let boxed = [Self::Kept, Self::Made, Self::Silent];
        waited.chain(boxed.map(|outcome| (FollowUpKind::Voicemail, outcome)))
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Kept => "kept",
            Self::Made => "made",
            Self::Held => "held",
            Self::Recalled => "recalled",
            Self::Taken => "taken",
            Self::Silent => "silent",
            Self::Unreachable => "unreachable",
        }
    }
}
