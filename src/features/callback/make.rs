//! Making the task of a wish, once.
//!
//! Twilio has no key that would make two requests one task. So the process that makes it holds the record in `Making`; after an
//! answer that never came, and whenever another process takes the record over, the task is looked for by its ticket before it
//! is made again.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Callback,
    ask::Owed,
    wish::{Phase, Wish},
};
use crate::{
    durable::store::{Changed, Entry, NotMoved, Store},
    recording::followup::TICKET,
    telemetry::FollowUpOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::tasks::NewTask,
        sid::{CallSid, TaskSid},
    },
};

/// Longer than anybody who holds a record works on it.
pub(super) const STALE: Duration = Duration::from_secs(20);

/// How long one may take to make a task behind the back of a caller.
pub(super) const MAKING: Duration = Duration::from_secs(12);

/// How often, and how far apart, a task is looked for whose making was not confirmed.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What came of making a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is there.
    Task(TaskSid),
    /// It will be made when the hours begin.
    Held(Option<Timestamp>),
}

impl Stands {
    fn log(self, key: &str) {
        let call = key.parse::<CallSid>().ok().map(tracing::field::display);
        match self {
            Self::Task(task) => {
                tracing::info!(call.sid = call, task.sid = %task, "a follow-up task is there for a caller");
            }
            Self::Held(until) => {
                let until = until.map(tracing::field::display);
                tracing::info!(
                    call.sid = call,
                    until,
                    "a follow-up task waits for the hours to begin"
                );
            }
        }
    }
}

impl Callback {
    /// Does what is owed. What fails is left to the reconciler.
    pub async fn settle(&self, owed: Owed) {
        let Owed(wish) = owed;
        let (key, by) = (wish.key.clone(), Deadline::after(MAKING));
        match self.make(&self.0.wishes, wish, false, by).await {
            Ok(stands) => stands.log(&key),
            Err(error) => {
                let call = key.parse::<CallSid>().ok().map(tracing::field::display);
                tracing::warn!(call.sid = call, %error, "a follow-up task is left to the reconciler");
            }
        }
    }

    /// Makes the task of a wish that is ours to make. `doubt`: it may be there already.
    pub(super) async fn make(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        doubt: bool,
        by: Deadline,
    ) -> Result<Stands, TwilioError> {
        let known = if doubt {
            self.made_before(&wish, by).await?
        } else {
            None
        };
        let task = match known {
            Some(task) => task,
            None if self.must_wait(&wish) => return self.hold(store, wish, by).await,
            None => self.make_anew(&wish, by).await?,
        };
        let made = |wish: &Wish| {
            (wish.phase == Phase::Making).then(|| {
                let mut made = self.moved(wish, self.made_phase(wish));
                made.made = Some(task);
                made
            })
        };
        match store.change_from(wish, by, made).await {
            Ok(Changed::Moved(wish)) => {
                self.count(wish.kind, FollowUpOutcome::Made);
                self.late_words_of(wish, by).await;
            }
            Ok(Changed::Kept(_) | Changed::Missing) => {}
            // The process that takes it over finds the task by its ticket.
            Err(error) => {
                tracing::warn!(task.sid = %task, %error, "it could not be noted that a follow-up task was made");
            }
        }
        Ok(Stands::Task(task))
    }

    /// Words that came while the task was being made.
    async fn late_words_of(&self, wish: Entry<Wish>, by: Deadline) {
        if !wish.untold {
            return;
        }
        if let Err(error) = self.tell_task(wish, by).await {
            tracing::warn!(%error, "the words of a message are left to the reconciler");
        }
    }

    /// What has come of a wish, if anything has.
    pub(super) fn stands(&self, wish: &Wish) -> Option<Stands> {
        match wish.phase {
            Phase::Held | Phase::Recalling => Some(Stands::Held(self.dawn())),
            _ => wish.made.map(Stands::Task),
        }
    }

    async fn make_anew(&self, wish: &Wish, by: Deadline) -> Result<TaskSid, TwilioError> {
        let route = &wish.route;
        let since = route.since.and_then(|at| Timestamp::from_second(at).ok());
        let new = NewTask {
            workflow: route.workflow_sid,
            channel: &route.channel,
            attributes: wish.follow_up.attributes(),
            priority: route.priority,
            timeout: Some(Duration::from_secs(route.timeout)),
            since,
        };
        let error = match self.0.twilio.tasks(by).create(&new).await {
            Ok(task) => return Ok(task),
            Err(error) if error.nothing_happened() => return Err(error),
            Err(error) => error,
        };
        tracing::warn!(%error, "it is unclear whether a follow-up task was made");
        for _ in 0..LOOKS {
            self.0.clock.sleep(BETWEEN_LOOKS).await;
            if let Some(task) = self.made_before(wish, by).await? {
                return Ok(task);
            }
        }
        Err(error)
    }

    /// The task of a request, if one was made. Tasks that were canceled for the wish bear its ticket, too.
    async fn made_before(&self, wish: &Wish, by: Deadline) -> Result<Option<TaskSid>, TwilioError> {
        let ticket = &wish.follow_up.ticket;
        let found = self
            .0
            .twilio
            .tasks(by)
            .with_attribute(TICKET, ticket)
            .await?;
        let made = found
            .into_iter()
            .find(|task| Some(task.sid) != wish.task_sid);
        Ok(made.map(|task| task.sid))
    }

    /// Takes over a request that a process has held in this phase for too long.
    pub(super) async fn take_over(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        phase: Phase,
        by: Deadline,
    ) -> Result<Option<Entry<Wish>>, TwilioError> {
        let now = self.0.clock.now();
        let ours = |wish: &Wish| {
            let stale = wish.phase == phase && wish.age(now) >= STALE;
            stale.then(|| self.moved(wish, phase))
        };
        match store.change_from(wish, by, ours).await? {
            Changed::Moved(wish) => Ok(Some(wish)),
            Changed::Kept(_) | Changed::Missing => Ok(None),
        }
    }

    /// Has the task of a new wish made once: by us, or by another process that has the same request at this moment.
    pub(super) async fn once(
        &self,
        store: &Store<Wish>,
        wish: Wish,
        by: Deadline,
    ) -> Result<Option<Stands>, TwilioError> {
        let mut now = match store.insert(wish, by).await {
            Ok(ours) => {
                self.count(ours.kind, FollowUpOutcome::Asked);
                return self.make(store, ours, false, by).await.map(Some);
            }
            Err(NotMoved::Moved(now)) => now.map(|now| *now),
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        while let Some(wish) = now {
            if let Some(stands) = self.stands(&wish) {
                return Ok(Some(stands));
            }
            let key = wish.key.clone();
            if wish.age(self.0.clock.now()) >= STALE
                && let Some(ours) = self.take_over(store, wish, Phase::Making, by).await?
            {
                return self.make(store, ours, true, by).await.map(Some);
            }
            if by.left() <= BETWEEN_LOOKS {
                return Ok(None);
            }
            self.0.clock.sleep(BETWEEN_LOOKS / 2).await;
            now = store.read(&key, by).await?;
        }
        Ok(None)
    }
}
