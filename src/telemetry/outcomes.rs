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
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Joined => "joined",
            Self::Withdrawn => "withdrawn",
        }
    }
}
