//! A waiting caller asks for a callback or a recorder instead: the moment that decides.
//!
//! Their wish is written down; then their task is canceled, which TaskRouter allows only before a worker has accepted
//! it. So of an agent who accepts and a caller who presses a key in the same instant, one wins, and TaskRouter says who.
//! The task is canceled on the condition that it has not changed since it was read, because its attributes are
//! written with it; a request that comes too late for that reads it again. What a canceled task means is the same for
//! every process that finds it: the request is granted, and the process that moves the record on does what follows.
//!
//! The caller's task is found by its own call, never among "the newest": one query by expression. TaskRouter
//! answers three of those a second for the whole account (Twilio changelog: "TaskRouter endpoint rate limit
//! correction"). A request that would have to wait for a turn reads the list of all waiting tasks, to its end.

use std::time::Duration;

use super::{
    Callback,
    wait::Round,
    wish::{Kind, Phase, Route, Wish},
};
use crate::{
    durable::{
        store::{Changed, Entry, NotMoved},
        time::millis,
    },
    recording::followup::{CHANNEL, FollowUp, LIFE, Message, set_aside},
    telemetry::FollowUpOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{
            calls::{Next, is_over},
            tasks::{Task, is_not_possible},
        },
        sid::WorkflowSid,
    },
    twiml::document::Document,
};

/// How long a request waits for its turn to ask one.
const TURN: Duration = Duration::from_millis(600);

/// How often a task that keeps changing is read again.
const ROUNDS: usize = 6;

/// What came of asking.
#[derive(Debug)]
pub enum Asked {
    /// The caller is out of the line, and what is owed is ours to do.
    Granted(Box<Entry<Wish>>),
    /// They are, and another process does it, or has done it.
    Already(Kind),
    /// An agent has the caller.
    Taken,
    /// No task of theirs can be found.
    NoTask,
    /// It could not be done.
    NotNow,
}

/// A task that is to be made, by the holder of this.
#[derive(Debug)]
pub struct Owed(pub(super) Entry<Wish>);

impl Owed {
    /// What is left to be done for a wish that was granted: a caller on the way to the recorder makes the task there.
    pub(super) fn of(wish: Entry<Wish>) -> Option<Self> {
        (wish.phase == Phase::Making).then_some(Self(wish))
    }
}

impl Callback {
    /// The task of a waiting call.
    pub(super) async fn task_of(
        &self,
        round: &Round,
        by: Deadline,
    ) -> Result<Option<Task>, TwilioError> {
        let is_theirs = |task: &Task| task.call() == Some(round.call);
        if let Some(known) = round.task {
            let task = self.0.twilio.tasks(by).fetch(known).await?;
            if let Some(task) = task.filter(is_theirs) {
                return Ok(Some(task));
            }
        }
        let turn = self.0.clock.machine_time(TURN);
        let tasks = self.0.twilio.tasks(by.or_after(turn));
        let found = tasks.with_attribute("call_sid", round.call.as_str()).await;
        let mut found = match found {
            // Its turn did not come, or its answer.
            Err(TwilioError::Busy { .. } | TwilioError::Late) => {
                self.0.twilio.tasks(by).waiting().await?
            }
            other => other?,
        };
        found.retain(is_theirs);
        // A call that was transferred has had several; the newest that waits is the one.
        found.sort_by_key(|task| (task.waits(), task.made()));
        match found.pop() {
            Some(task) => self.0.twilio.tasks(by).fetch(task.sid).await,
            None => Ok(None),
        }
    }

    /// Where a call-back or a message goes: to the configured workflow, at the place in line of the caller's task.
    pub(super) fn route(&self, task: Option<&Task>) -> Option<Route> {
        let workflow: WorkflowSid = self.0.settings.workflow?;
        Some(Route {
            workflow_sid: workflow,
            channel: CHANNEL.to_owned(),
            priority: task.map_or(0, |task| task.priority),
            timeout: LIFE.as_secs(),
            since: task.and_then(|task| Some(task.made()?.as_second())),
        })
    }

    /// A request of a waiting caller.
    pub(super) fn new_wish(&self, round: &Round, kind: Kind, number: String, route: Route) -> Wish {
        let now = millis::whole(self.0.clock.now());
        Wish {
            key: round.call.to_string(),
            call_sid: Some(round.call),
            task_sid: round.task,
            kind,
            phase: Phase::Asked,
            follow_up: FollowUp {
                number_to_call: number,
                number_to_call_from: round.to.to_string(),
                received: now,
                time_zone: self.0.settings.time_zone.clone(),
                attempts: 0,
                message: Message::default(),
                note: None,
                flow: None,
                conversation: None,
                is_deleted: false,
                ticket: self.mark(),
                routing: serde_json::Map::new(),
                before: serde_json::Map::new(),
            },
            route,
            made: None,
            untold: false,
            moved: now,
            mark: self.mark(),
        }
    }

    /// Asks for the caller to be taken out of the line.
    pub(super) async fn ask(
        &self,
        round: &Round,
        kind: Kind,
        number: String,
        by: Deadline,
    ) -> Asked {
        match self.try_to_ask(round, kind, number, by).await {
            Ok(asked) => asked,
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "a caller could not be taken out of the line");
                Asked::NotNow
            }
        }
    }

    async fn try_to_ask(
        &self,
        round: &Round,
        kind: Kind,
        number: String,
        by: Deadline,
    ) -> Result<Asked, TwilioError> {
        let known = self.0.wishes.read(round.call.as_str(), by).await?;
        if let Some(wish) = known
            .as_ref()
            .filter(|it| it.is_granted() && it.is_of(round.task))
        {
            return Ok(Asked::Already(wish.kind));
        }
        let Some(task) = self.task_of(round, by).await? else {
            // Canceled for this very wish, and deleted since.
            return match known.filter(|known| known.phase == Phase::Asked) {
                Some(asked) => Ok(self.grant(asked, by).await),
                None => Ok(Asked::NoTask),
            };
        };
        let Some(route) = self.route(Some(&task)) else {
            return Ok(Asked::NoTask);
        };
        let mut wish = self.new_wish(round, kind, number, route);
        wish.task_sid = Some(task.sid);
        wish.follow_up.conversation = Some(task.sid.to_string());
        wish.follow_up.before = task.attributes.clone();
        let asked = match known {
            Some(known) if is_the_same(&known, &wish) => Ok(known),
            Some(known) if task.was_taken() && known.phase == Phase::Dropped => {
                return Ok(Asked::Taken);
            }
            Some(known) => self.0.wishes.replace(&known, wish, by).await,
            None if task.was_taken() => return Ok(Asked::Taken),
            None => self.0.wishes.insert(wish, by).await,
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(NotMoved::Moved(Some(now))) if now.is_granted() => {
                return Ok(Asked::Already(now.kind));
            }
            // The same key, delivered twice.
            Err(NotMoved::Moved(Some(now))) if now.phase == Phase::Asked => *now,
            Err(NotMoved::Moved(_)) => return Ok(Asked::NotNow),
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        self.take_out_of_line(asked, task, by).await
    }

    /// Cancels the caller's task, unless a worker has accepted it.
    pub(super) async fn take_out_of_line(
        &self,
        asked: Entry<Wish>,
        task: Task,
        by: Deadline,
    ) -> Result<Asked, TwilioError> {
        let reason = match asked.kind {
            Kind::Callback => "Opted to request a callback",
            Kind::Message => "Opted to leave a voicemail",
        };
        let ticket = &asked.follow_up.ticket;
        if self.leave_line(task, reason, ticket, by).await? {
            Ok(self.grant(asked, by).await)
        } else {
            Ok(self.dropped(asked, by).await)
        }
    }

    /// Cancels a task, for the wish of this ticket: whether it is out of its line. If not, a worker has accepted it.
    pub(super) async fn leave_line(
        &self,
        mut task: Task,
        reason: &str,
        ticket: &str,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        for _ in 0..ROUNDS {
            if task.was_taken() {
                return Ok(false);
            }
            if !task.waits() {
                return Ok(true);
            }
            let aside = set_aside(&task.attributes, Some(ticket));
            let tasks = self.0.twilio.tasks(by);
            let revision = task.revision.as_deref();
            match tasks.cancel(task.sid, reason, &aside, revision).await {
                Ok(()) => return Ok(true),
                Err(error) if error.is_outdated() || is_not_possible(&error) => {}
                Err(error) if error.nothing_happened() => return Err(error),
                Err(error) => {
                    tracing::info!(task.sid = %task.sid, %error, "it is unclear whether a task was canceled");
                }
            }
            match tasks.fetch(task.sid).await? {
                Some(now) => task = now,
                None => return Ok(true),
            }
        }
        Err(TwilioError::Late)
    }

    /// The caller is out of the line: what follows is done by the process that moves the record on.
    pub(super) async fn grant(&self, asked: Entry<Wish>, by: Deadline) -> Asked {
        let kind = asked.kind;
        let granted = |wish: &Wish| {
            let phase = match wish.kind {
                Kind::Callback => Phase::Making,
                Kind::Message => Phase::Leaving,
            };
            (wish.phase == Phase::Asked).then(|| self.moved(wish, phase))
        };
        match self.0.wishes.change_from(asked, by, granted).await {
            Ok(Changed::Moved(wish)) => {
                self.count(kind, FollowUpOutcome::Asked);
                Asked::Granted(Box::new(wish))
            }
            Ok(Changed::Kept(wish)) if wish.phase == Phase::Dropped => Asked::Taken,
            Ok(Changed::Kept(wish)) => Asked::Already(wish.kind),
            Ok(Changed::Missing) => Asked::Already(kind),
            // It is written down, so it will be done.
            Err(error) => {
                tracing::warn!(%error, "a wish that was granted is left to the reconciler");
                Asked::Already(kind)
            }
        }
    }

    /// An agent was quicker.
    pub(super) async fn dropped(&self, asked: Entry<Wish>, by: Deadline) -> Asked {
        let dropped =
            |wish: &Wish| (wish.phase == Phase::Asked).then(|| self.moved(wish, Phase::Dropped));
        match self.0.wishes.change_from(asked, by, dropped).await {
            Ok(Changed::Kept(wish)) if wish.is_granted() => Asked::Already(wish.kind),
            Ok(Changed::Moved(wish)) => {
                self.count(wish.kind, FollowUpOutcome::Taken);
                Asked::Taken
            }
            Ok(_) => Asked::Taken,
            Err(error) => {
                tracing::warn!(%error, "a wish that an agent made idle is left to the reconciler");
                Asked::Taken
            }
        }
    }

    /// Moves the call of a wish that was granted out of its queue: to a word of thanks, or to the recorder. Published
    /// code shows that a call goes on in its queue when its task is canceled, Twilio's pages do not say so; moved, it
    /// hears what it should either way. Should that fail, the queue's own document says it.
    pub(super) async fn move_on(&self, wish: &Wish, by: Deadline) {
        let Some(call) = wish.call_sid else { return };
        let next = match wish.kind {
            Kind::Message => self.recorder(wish),
            Kind::Callback => match self.0.library.render(&Document::Callback(self.goodbye())) {
                Ok(twiml) => Next::Twiml(twiml),
                Err(error) => {
                    tracing::error!(%error, "a document could not be rendered");
                    return;
                }
            },
        };
        match self.0.twilio.calls(by).redirect(call, &next, None).await {
            Ok(()) => {}
            Err(error) if is_over(&error) => {
                tracing::info!(call.sid = %call, "a caller hung up after their wish was granted");
            }
            Err(error) => {
                tracing::warn!(call.sid = %call, %error, "a call could not be moved out of its queue");
            }
        }
    }
}

/// Whether a wish is already written down as it is.
fn is_the_same(known: &Wish, wish: &Wish) -> bool {
    known.phase == Phase::Asked
        && known.kind == wish.kind
        && known.task_sid == wish.task_sid
        && known.follow_up.number_to_call == wish.follow_up.number_to_call
}
