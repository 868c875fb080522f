//! Days of tens of thousands of calls: everything that happens is shown once, and nothing of it is kept.
//!
//! A story wants a journal of all it was; a simulated day would fill the memory with it, and looking through what is
//! long over would make it slower by the hour. So a watcher ([`Emulator::watch`]) sees every event as it
//! happens, and what is over is forgotten after [`REMEMBERED`]: calls, conferences, exchanges, happenings, the
//! journal. Twilio itself remembers calls for years; an application that asks for one that ended six minutes
//! ago is told that there is none. Browsers do not react in such a day: they read what is no longer kept.

use jiff::{SignedDuration, Timestamp};

use super::{Emulator, FlexError, journal::Event, taskrouter::Happening, world::World};
use crate::twilio::sid::{CallSid, ReservationSid, TaskSid, WorkerSid};

/// How long what is over can still be seen.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);

/// Something that goes by.
#[derive(Clone, Copy, Debug)]
pub enum Passing<'p> {
    /// What a journal would hold.
    Event(&'p Event),
    /// What happened in TaskRouter.
    Routed(Routed),
}

/// Something that happened in TaskRouter.
#[derive(Clone, Copy, Debug)]
pub struct Routed {
    /// Twilio's word for it (`EventType`), such as `reservation.accepted`.
    pub kind: &'static str,
    /// The task it is about.
    pub task: Option<TaskSid>,
    /// The call that task stands for.
    pub call: Option<CallSid>,
    /// The worker it is about.
    pub worker: Option<WorkerSid>,
    /// Whether that worker is in an activity in which tasks come.
    pub available: bool,
    /// The reservation it is about.
    pub reservation: Option<ReservationSid>,
}

/// Who watches. It is called while the world is locked, and must not ask the emulator anything.
type Watching = dyn FnMut(Timestamp, Passing<'_>) + Send;

pub(super) struct Watcher(Box<Watching>);

impl Watcher {
    pub(super) fn sees(&mut self, now: Timestamp, passing: Passing<'_>) {
        (self.0)(now, passing);
    }
}

impl Emulator {
    /// Shows everything that happens from now on to `watching`, and keeps nothing of it. It is called while the world
    /// is locked: it must only take note, and never ask the emulator anything.
    pub fn watch(&self, watching: impl FnMut(Timestamp, Passing<'_>) + Send + 'static) {
        self.with(|world| {
            world.watcher = Some(Watcher(Box::new(watching)));
            world.router.forgets = true;
        });
    }

    /// An agent in Flex takes what is offered to them, and talks to the caller, if one waits for it.
    ///
    /// # Errors
    /// When the offer no longer stands.
    pub fn take(&self, reservation: ReservationSid) -> Result<(), FlexError> {
        self.with(|world| Ok(world.take_in_flex(reservation)?))
    }

    /// An agent in Flex has finished a task.
    ///
    /// # Errors
    /// When the task is neither assigned nor wrapping.
    pub fn complete(&self, task: TaskSid) -> Result<(), FlexError> {
        self.with(|world| {
            let now = world.now();
            Ok(world.router.complete(task, None, now)?)
        })
    }

    /// What one item of a Sync map holds.
    #[must_use]
    pub fn map_item(&self, map: &str, key: &str) -> Option<serde_json::Value> {
        self.with(|world| {
            let now = world.now();
            world.sync.sdk_item(map, key, now)
        })
    }
}

impl World {
    /// Shows who watches what happened in TaskRouter.
    pub(super) fn show(&mut self, happening: Happening) {
        let Some(mut watcher) = self.watcher.take() else {
            return;
        };
        let (task, worker) = (happening.task(), happening.worker());
        let known = worker.and_then(|worker| self.router.worker(worker));
        let reservation = match happening {
            Happening::Reservation { reservation, .. } => Some(reservation),
            _ => None,
        };
        let routed = Routed {
            kind: happening.event_type(),
            task,
            call: task
                .and_then(|task| self.router.remembered_task(task))
                .and_then(|task| task.call),
            worker,
            available: known.is_some_and(|worker| self.router.is_available(worker)),
            reservation,
        };
        watcher.sees(self.now(), Passing::Routed(routed));
        self.watcher = Some(watcher);
    }

    /// Forgets what was over some time ago, if it was watched.
    pub(super) fn forget(&mut self, now: Timestamp) {
        if self.watcher.is_none() {
            return;
        }
        let then = now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        while let Some(call) = self.calls.forget(then) {
            if call.fell_off {
                let text = format!("call {:?} fell off the end of its TwiML", call.sid);
                self.loose_ends.push(text);
            }
        }
        self.conferences.forget(then);
    }
}
