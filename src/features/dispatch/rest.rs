//! A worker who was not reached is left in peace for a while, and then comes back by themselves.
//!
//! TaskRouter offers a task again at once to any free worker, so a worker who rejects without going anywhere is rung in
//! circles, and after a thousand rounds the task is canceled: a caller lost. So they go to the cool-down activity, by
//! themselves no longer than the cause deserves. Two rules keep this from doing harm:
//!
//! - written first: the record says who is where until when before their activity is changed, so that no crash leaves
//!   anybody in cool-down for good;
//! - asked, never told: an activity is changed only with the revision of the worker that was read a moment before, and
//!   only away from an available one, or away from the cool-down itself. A worker who went off line in between has
//!   another revision, and stays off line. There is no timer: the reconciler looks.
//!
//! It also counts misses in a row. The count is bound to the reservation counted last, so that paying twice counts once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Dispatch, cause::Cause, record::Leg};
use crate::{
    durable::{
        store::{self, Changed, Entry, NotMoved},
        time::millis,
    },
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::workers::{Worker, WorkerChange},
        sid::{ActivitySid, ReservationSid, WorkerSid},
    },
};

/// How long a record is kept; far longer than any cool-down.
pub(super) const KEPT: Duration = Duration::from_hours(7 * 24);

/// How often a worker's revision may move on while we decide.
const TRIES: u32 = 4;

/// What is known of a worker who was not reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rest {
    /// The worker.
    pub worker_sid: WorkerSid,
    /// Where we sent them, and where they come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// How many times in a row they were not there.
    #[serde(default)]
    pub misses: u32,
    /// The reservation that was counted last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<ReservationSid>,
    /// Who wrote this version.
    pub mark: String,
}

/// A cool-down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pause {
    /// The activity we sent them to.
    pub activity: ActivitySid,
    /// The activity they were in, and come back to.
    pub back_to: ActivitySid,
    /// When.
    #[serde(with = "millis")]
    pub until: Timestamp,
}

impl store::Record for Rest {
    fn key(&self) -> &str {
        self.worker_sid.as_str()
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

impl Rest {
    pub(super) fn fresh(worker: WorkerSid, mark: String) -> Self {
        Self {
            worker_sid: worker,
            pause: None,
            misses: 0,
            counted: None,
            mark,
        }
    }

    /// The record after `reservation` ended for `cause`.
    fn counting(&self, reservation: ReservationSid, cause: Cause, mark: String) -> Self {
        let mut next = self.clone();
        next.mark = mark;
        if next.counted != Some(reservation) {
            next.counted = Some(reservation);
            // Neither a busy line nor a polite "not now" says that the worker is away.
            if cause.is_miss() {
                next.misses += 1;
            }
        }
        next
    }
}

impl Dispatch {
    /// Sends the worker of a rejected leg away for as long as its cause deserves, unless they went by themselves.
    pub(super) async fn send_away(
        &self,
        leg: &Leg,
        cause: Cause,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let (rest, is_new) = self.count(leg, cause, by).await?;
        let settings = &self.0.settings;
        let too_many = settings.misses > 0 && rest.misses >= settings.misses;
        let gone = settings.missed_activity.filter(|_| too_many);
        if let Some(activity) = gone {
            self.go(leg.worker_sid, activity, by).await?;
        } else {
            let until = self.later(settings.cool_downs.after(cause));
            self.pause(rest, until, by).await?;
        }
        if is_new && (gone.is_some() || cause.is_permanent()) {
            self.tell(leg, cause, gone.is_some(), by).await;
        }
        Ok(())
    }

    pub(super) fn later(&self, wait: Duration) -> Timestamp {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let now = self.0.clock.now();
        now.saturating_add(wait).unwrap_or(now)
    }

    /// Counts a leg, once; gives the record, and whether it was counted just now.
    async fn count(
        &self,
        leg: &Leg,
        cause: Cause,
        by: Deadline,
    ) -> Result<(Entry<Rest>, bool), TwilioError> {
        let reservation = leg.reservation_sid;
        let known = self.0.rests.read(leg.worker_sid.as_str(), by).await?;
        let found = if let Some(found) = known {
            found
        } else {
            let fresh = Rest::fresh(leg.worker_sid, self.mark());
            let first = fresh.counting(reservation, cause, self.mark());
            match self.0.rests.insert(first, by).await {
                Ok(entry) => return Ok((entry, true)),
                Err(NotMoved::Unclear(error)) => return Err(error),
                Err(NotMoved::Moved(Some(found))) => *found,
                Err(NotMoved::Moved(None)) => return Err(TwilioError::Late),
            }
        };
        let counted = |rest: &Rest| {
            let counts = rest.counted != Some(reservation);
            counts.then(|| rest.counting(reservation, cause, self.mark()))
        };
        match self.0.rests.change_from(found, by, counted).await? {
            Changed::Moved(rest) => Ok((rest, true)),
            Changed::Kept(rest) => Ok((rest, false)),
            // Forgotten in this very moment; the debt is paid again.
            Changed::Missing => Err(TwilioError::Late),
        }
    }

    /// Moves a worker to another activity until they say otherwise.
    pub(super) async fn go(
        &self,
        worker: WorkerSid,
        to: ActivitySid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        for _ in 0..TRIES {
            let found = self.0.twilio.workers(by).fetch(worker).await?;
            if found.activity_sid == Some(to) || !self.is_ours_to_move(&found) {
                return Ok(());
            }
            match self.move_worker(&found, to, by).await {
                Err(error) if error.is_outdated() => {}
                other => return other,
            }
        }
        Err(TwilioError::Late)
    }

    /// Moves a worker to the cool-down activity, and writes down first until when.
    async fn pause(
        &self,
        mut rest: Entry<Rest>,
        until: Timestamp,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let Some(to) = self.0.settings.cool_down_activity() else {
            return Ok(());
        };
        for _ in 0..TRIES {
            let found = self.0.twilio.workers(by).fetch(rest.worker_sid).await?;
            let from = found.activity_sid;
            let Some(from) = from.filter(|_| self.is_ours_to_move(&found)) else {
                return Ok(());
            };
            match self.note_pause(rest, from, until, by).await? {
                Some(noted) if from != to => rest = noted,
                _ => return Ok(()),
            }
            match self.move_worker(&found, to, by).await {
                Err(error) if error.is_outdated() => {}
                other => return other,
            }
        }
        Err(TwilioError::Late)
    }

    /// Whether a worker takes no calls just now.
    pub(super) async fn is_away(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let found = self.0.twilio.workers(by).fetch(worker).await?;
        Ok(!found.available)
    }

    /// Whether a worker has not gone off line, or somewhere else, by themselves.
    fn is_ours_to_move(&self, found: &Worker) -> bool {
        let cool_down = self.0.settings.cool_down_activity();
        found.available || cool_down.is_some() && found.activity_sid == cool_down
    }

    /// Writes down that a worker will be away until then. Nothing: they are in the cool-down activity, and it was not
    /// we who sent them.
    async fn note_pause(
        &self,
        rest: Entry<Rest>,
        from: ActivitySid,
        until: Timestamp,
        by: Deadline,
    ) -> Result<Option<Entry<Rest>>, TwilioError> {
        let Some(activity) = self.0.settings.cool_down_activity() else {
            return Ok(None);
        };
        let until = millis::whole(until);
        let paused = |rest: &Rest| {
            let back_to = match rest.pause {
                Some(pause) if from == activity => pause.back_to,
                None if from == activity => return None,
                _ => from,
            };
            // A short pause does not cut a longer one short.
            let until = rest
                .pause
                .filter(|_| from == activity)
                .map_or(until, |pause| pause.until.max(until));
            Some(Rest {
                pause: Some(Pause {
                    activity,
                    back_to,
                    until,
                }),
                mark: self.mark(),
                ..rest.clone()
            })
        };
        match self.0.rests.change_from(rest, by, paused).await? {
            Changed::Moved(noted) => Ok(Some(noted)),
            Changed::Kept(_) => Ok(None),
            // Counting has just written it; if it is gone, it was deleted for a reason.
            Changed::Missing => Err(TwilioError::Late),
        }
    }

    async fn move_worker(
        &self,
        found: &Worker,
        to: ActivitySid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let change = WorkerChange {
            activity: Some(to),
            ..WorkerChange::default()
        };
        let workers = self.0.twilio.workers(by);
        let moved = workers.update(found.sid, &change, found.revision.as_deref());
        moved.await.map(|_| ())
    }

    /// The worker was there: the next miss is the first again.
    pub(super) async fn was_there(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        if self.0.settings.misses == 0 {
            // How many there were is not needed.
            return Ok(());
        }
        let forgiven = |rest: &Rest| {
            (rest.misses > 0).then(|| Rest {
                misses: 0,
                mark: self.mark(),
                ..rest.clone()
            })
        };
        let changed = self.0.rests.change(worker.as_str(), by, forgiven).await;
        changed.map(|_| ())
    }

    /// Brings a worker back whose cool-down is over, if they are still where we sent them. Whether they came back.
    pub(super) async fn come_back(&self, rest: &Rest, by: Deadline) -> Result<bool, TwilioError> {
        let Some(pause) = rest.pause else {
            return Ok(false);
        };
        let back = match self.0.twilio.workers(by).fetch(rest.worker_sid).await {
            Ok(found) if found.activity_sid == Some(pause.activity) => {
                // Refused if they went anywhere since: then the next pass finds them there.
                self.move_worker(&found, pause.back_to, by).await?;
                true
            }
            Ok(_) => false,
            Err(error) if error.is_not_found() => false,
            Err(error) => return Err(error),
        };
        let over = |now: &Rest| {
            (now.pause == Some(pause)).then(|| Rest {
                pause: None,
                mark: self.mark(),
                ..now.clone()
            })
        };
        self.0
            .rests
            .change(rest.worker_sid.as_str(), by, over)
            .await?;
        Ok(back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_is_counted_once_and_only_misses_are_misses() {
        let reservation = |n: u8| ReservationSid::from_bytes([n; 16]);
        let rest = Rest::fresh(WorkerSid::from_bytes([1; 16]), "a".to_owned());
        let count = |rest: &Rest, n, cause| rest.counting(reservation(n), cause, "m".to_owned());
        let once = count(&rest, 1, Cause::NoAnswer);
        assert_eq!(once.misses, 1);
        assert_eq!(count(&once, 1, Cause::NoAnswer).misses, 1);
        assert_eq!(count(&once, 2, Cause::Busy).misses, 1);
        assert_eq!(count(&once, 2, Cause::Machine).misses, 2);
    }
}
