//! The URLs that Twilio comes back to us by.
//!
//! A hold URL carries what is needed to go on if every record were lost: the worker, the task, the workflow, when the
//! call was parked and how many rounds it has heard. Twilio signs the whole URL, so none of it can be forged, and none
//! of it is a name or a number. The fragment asks Twilio for more patience than it has by default: without it, one
//! failed fetch ends the call (Twilio: "Webhooks connection overrides").

use std::fmt::Display;

use super::{HoldRound, Settings};
use crate::{
    durable::callback_url::{PATIENCE, callback_url, maybe},
    rng::Rng,
};

/// The query of the reports that a park asks for.
pub const PARKED: &str = "parked=true";

impl Settings {
    fn link(&self, path: &str, round: &HoldRound) -> String {
        let HoldRound {
            worker,
            workflow,
            since,
            round: rounds,
            task,
            ..
        } = round;
        let parameters = [
            ("round", Some(rounds as &dyn Display)),
            ("since", Some(since)),
            ("task", maybe(task.as_ref())),
            ("worker", Some(worker)),
            ("workflow", Some(workflow)),
        ];
        callback_url(&self.public_url, path, parameters, PATIENCE)
    }

    /// The hold document's next round.
    #[must_use]
    pub fn hold_url(&self, round: &HoldRound) -> String {
        self.link("/hold", round)
    }

    /// Whom Twilio asks when the hold document cannot be fetched.
    #[must_use]
    pub fn fallback_url(&self, round: &HoldRound) -> String {
        // A call that asks for it is on hold, so it counts as a heartbeat: never as the first round.
        let again = HoldRound {
            round: round.round.max(1),
            ..*round
        };
        self.fallback_url
            .clone()
            .unwrap_or_else(|| self.hold_url(&again))
    }

    /// Where a call goes that leaves the queue of its pick-up.
    #[must_use]
    pub fn left_url(&self, round: &HoldRound) -> String {
        self.link("/hold/left", round)
    }

    /// What a call hears in the queue when it came back by itself.
    #[must_use]
    pub fn queue_url(&self, round: &HoldRound) -> String {
        self.link("/hold/queue", round)
    }

    /// The pick-up document, when it is too long to be sent along.
    #[must_use]
    pub fn pick_up_url(&self, round: &HoldRound) -> String {
        self.link("/pickup", round)
    }

    /// Where Twilio reports the end of a parked call. A number's own reports lack this parameter.
    #[must_use]
    pub fn status_url(&self) -> String {
        format!("{}/call-status-handler?{PARKED}{PATIENCE}", self.public_url)
    }

    /// The track for a round.
    #[must_use]
    pub fn track(&self, round: u32, rng: &Rng) -> String {
        let count = self.music.len().max(1);
        let index = if self.shuffle {
            rng.below(count as u64)
        } else {
            u64::from(round) % count as u64
        };
        self.music
            .get(usize::try_from(index).unwrap_or(0))
            .cloned()
            .unwrap_or_default()
    }
}
