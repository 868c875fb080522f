//! No caller is called at night: outside the hours a callback is not in any line.
//!
//! A task that waits is offered to any agent who is there, also to one that works late on something else. So outside the
//! hours none is made: the record is held, and the reconciler makes the task when they begin. One that still waits when
//! they end leaves its line, by the same step that takes callers out of theirs: TaskRouter cancels no task that a worker
//! has accepted, and an agent who has one keeps it. It is made again when the hours begin, with a new ticket, because the
//! canceled one bears the old. Its place in line is reckoned from the same moment all the while.
//!
//! Messages are not held: to hear them at night does no harm.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Callback,
    make::Stands,
    wish::{Kind, Phase, Wish},
};
use crate::{
    durable::{
        reconcile::Report,
        store::{Changed, Entry, Store},
    },
    telemetry::FollowUpOutcome,
    twilio::{deadline::Deadline, error::Error as TwilioError, resource::tasks::Task},
    twiml::document::callback::{Callback as Said, Done},
};

/// Why a task leaves its line.
const REASON: &str = "Outside the hours of callbacks";

/// How often a task is looked at that waits, so that records of those that are done do not pile up.
const LOOK: Duration = Duration::from_mins(15);

impl Callback {
    /// Whether no caller is called now.
    pub(super) fn is_night(&self) -> bool {
        let hours = self.0.settings.hours.as_ref();
        hours.is_some_and(|hours| !hours.hold(self.0.clock.now()))
    }

    /// When callers are called next, if not now.
    pub(super) fn dawn(&self) -> Option<Timestamp> {
        let hours = self.0.settings.hours.as_ref()?;
        hours.begin(self.0.clock.now())
    }

    /// The last message to a caller who will be called back.
    pub(super) fn goodbye(&self) -> Said {
        Said::Done(Done {
            later: self.is_night(),
        })
    }

    /// Whether a wish must wait for the hours to begin.
    pub(super) fn must_wait(&self, wish: &Wish) -> bool {
        wish.kind == Kind::Callback && self.is_night()
    }

    /// Where a wish stands whose task is there.
    pub(super) fn made_phase(&self, wish: &Wish) -> Phase {
        if wish.kind == Kind::Callback && self.0.settings.hours.is_some() {
            Phase::Waiting
        } else {
            Phase::Made
        }
    }

    /// Holds a wish whose task would be made outside the hours.
    pub(super) async fn hold(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        by: Deadline,
    ) -> Result<Stands, TwilioError> {
        let held = |wish: &Wish| {
            (wish.phase == Phase::Making).then(|| {
                let mut held = self.moved(wish, Phase::Held);
                held.route.since.get_or_insert(wish.moved.as_second());
                held
            })
        };
        match store.change_from(wish, by, held).await? {
            Changed::Moved(wish) => {
                self.count(wish.kind, FollowUpOutcome::Held);
                tracing::info!(
                    call.sid = wish.call_sid.map(tracing::field::display),
                    "a call-back waits for the hours to begin"
                );
                Ok(Stands::Held(self.dawn()))
            }
            Changed::Kept(wish) => Ok(self.stands(&wish).unwrap_or(Stands::Held(self.dawn()))),
            Changed::Missing => Ok(Stands::Held(self.dawn())),
        }
    }

    /// The hours have begun: the task of a wish that was held is made.
    pub(super) async fn mend_held(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let ours =
            |wish: &Wish| (wish.phase == Phase::Held).then(|| self.moved(wish, Phase::Making));
        if let Changed::Moved(wish) = store.change_from(wish, by, ours).await? {
            report.mended("follow-ups-begun");
            self.make(store, wish, false, by).await?;
        }
        Ok(())
    }

    /// A task waits, or has: it leaves its line if the hours have ended.
    pub(super) async fn mend_waiting(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let task = self.task_made(&wish, by).await?;
        let next = match task {
            Some(task) if task.waits() && self.is_night() => Phase::Recalling,
            Some(task) if task.waits() => Phase::Waiting,
            _ => Phase::Made,
        };
        let moved = |wish: &Wish| (wish.phase == Phase::Waiting).then(|| self.moved(wish, next));
        match store.change_from(wish, by, moved).await? {
            Changed::Moved(wish) if next == Phase::Recalling => {
                self.recall(store, wish, report, by).await
            }
            _ => Ok(()),
        }
    }

    /// Takes a task out of its line until the hours begin, unless a worker has accepted it.
    pub(super) async fn recall(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let task = self.task_made(&wish, by).await?;
        let since = task.as_ref().and_then(Task::made);
        let next = match task {
            // They have begun again before anybody came to it.
            Some(task) if task.waits() && !self.is_night() => Phase::Waiting,
            // Another process has canceled it, and that is that.
            Some(task) if task.was_canceled() && !task.was_set_aside() => Phase::Made,
            Some(task) => {
                let ticket = &wish.follow_up.ticket;
                if self.leave_line(task, REASON, ticket, by).await? {
                    Phase::Held
                } else {
                    Phase::Made
                }
            }
            // Canceled by a process that was cut short, and deleted since.
            None => Phase::Held,
        };
        let moved = |wish: &Wish| {
            (wish.phase == Phase::Recalling).then(|| {
                let mut moved = self.moved(wish, next);
                if next == Phase::Held {
                    let since = since.unwrap_or(wish.moved).as_second();
                    moved.route.since.get_or_insert(since);
                    moved.follow_up.ticket = self.mark();
                    moved.made = None;
                }
                moved
            })
        };
        if let Changed::Moved(wish) = store.change_from(wish, by, moved).await?
            && next == Phase::Held
        {
            report.mended("follow-ups-recalled");
            self.count(wish.kind, FollowUpOutcome::Recalled);
        }
        Ok(())
    }

    async fn task_made(&self, wish: &Wish, by: Deadline) -> Result<Option<Task>, TwilioError> {
        match wish.made {
            Some(task) => self.0.twilio.tasks(by).fetch(task).await,
            None => Ok(None),
        }
    }

    /// Whether the reconciler has something to do for a wish that the hours are about.
    pub(super) fn is_due(&self, wish: &Wish) -> bool {
        match wish.phase {
            Phase::Held => !self.is_night(),
            Phase::Waiting => self.is_night() || wish.age(self.0.clock.now()) >= LOOK,
            _ => false,
        }
    }
}
