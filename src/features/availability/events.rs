//! Which of TaskRouter's events say that a worker should be looked at.
//!
//! An event is never believed: it may be old, come twice, or come after the next one. What it says of a worker who was
//! seen a moment ago is used only to leave out a look that could find nothing new.

use super::{Availability, VOICE};
use crate::events::RouterEvent;

/// What this needs to be told of (`EventsFilter` of the workspace); for `switchboard check`.
pub const NEEDED: [&str; 9] = [
    "reservation.created",
    "reservation.accepted",
    "reservation.rejected",
    "reservation.timeout",
    "reservation.canceled",
    "reservation.rescinded",
    "reservation.wrapup",
    "reservation.completed",
    "worker.activity.update",
];

impl Availability {
    /// Takes note of an event, at no cost to the request that brought it.
    pub(super) fn take_note(&self, event: &RouterEvent) {
        let Some(worker) = event.worker.filter(|_| self.0.settings.on) else {
            return;
        };
        if let Some(sid) = event.sid {
            if self.0.heard.contains_key(&sid) {
                return;
            }
            self.0.heard.insert(sid, ());
        }
        if let (Some(task), Some(channel)) = (event.task, &event.channel) {
            self.0.calls.insert(task, channel == VOICE);
        }
        let matters = match event.kind.as_str() {
            "worker.created" | "worker.activity.update" => true,
            "worker.attributes.update" => self.was_overwritten(event),
            "reservation.accepted" => self.is_call(event) && !self.is_counted(event),
            kind => kind.starts_with("reservation.") && self.is_call(event),
        };
        if matters {
            self.look_soon(worker);
        }
    }

    /// Whether the event is about a call, as far as is known.
    fn is_call(&self, event: &RouterEvent) -> bool {
        let known = event.task.and_then(|task| self.0.calls.get(&task));
        known.unwrap_or(true)
    }

    /// Whether the worker was seen to have this reservation: accepting it changes nothing then, for the formula.
    fn is_counted(&self, event: &RouterEvent) -> bool {
        let seen = event.worker.and_then(|worker| self.0.seen.get(&worker));
        seen.is_some_and(|seen| {
            event
                .reservation
                .is_some_and(|it| seen.claims.contains(&it))
        })
    }

    /// Whether another process has overwritten or removed what is ours. Our own writes come back here, too.
    fn was_overwritten(&self, event: &RouterEvent) -> bool {
        let seen = event.worker.and_then(|worker| self.0.seen.get(&worker));
        seen.is_some_and(|seen| event.ready != Some(seen.ready))
    }
}
