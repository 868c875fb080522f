//! The state of the emulated Twilio: everything that exists in it, and the errands its acts leave behind.
//!
//! A [`World`] is changed only under the emulator's lock, by code that never waits; whatever takes time (a leg that
//! plays its TwiML, a callback on its way) is left as an [`Errand`] and runs when the lock is free. SIDs are drawn
//! from the seed, so the same acts in the same order give the same world.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::{
    Settings,
    assignment::{Assignment, Callbacks, Connecting},
    calls::Calls,
    conferences::Conferences,
    events::Events,
    hooks::Send,
    journal::{Event, Journal},
    messages::Messages,
    numbers::Numbers,
    recordings::Recordings,
    sync::SyncStore,
    taskrouter::{Happening, TaskRouter},
    tokens::Tokens,
    watch::{Passing, Watcher},
    weather::Weather,
    wire::Exchange,
};
use crate::{
    clock::Clock,
    rng::Rng,
    twilio::sid::{AccountSid, CallSid, MessageSid, RecordingSid, TaskSid},
};

/// TaskRouter is woken no more often than this, whatever it says.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_millis(10);

/// Everything that exists.
pub(super) struct World {
    pub(super) account: AccountSid,
    pub(super) settings: Settings,
    pub(super) rng: Rng,
    pub(super) clock: Clock,
    pub(super) calls: Calls,
    pub(super) conferences: Conferences,
    pub(super) numbers: Numbers,
    pub(super) messages: Messages,
    pub(super) recordings: Recordings,
    pub(super) sync: SyncStore,
    pub(super) router: TaskRouter,
    /// Whom TaskRouter asks what to do with a reservation.
    pub(super) callbacks: Callbacks,
    /// How long TaskRouter takes to set a meeting up after the worker has answered.
    pub(super) set_up: Duration,
    /// The task that REST is canceling at this moment.
    pub(super) canceled_by_rest: Option<TaskSid>,
    /// Whom TaskRouter tells what has happened.
    pub(super) events: Events,
    pub(super) tokens: Tokens,
    pub(super) weather: Weather,
    pub(super) journal: Journal,
    pub(super) exchanges: Vec<Exchange>,
    /// Texts on the web outside the application: content type and body by URL.
    pub(super) bins: BTreeMap<String, (String, String)>,
    /// How long each audio file plays that was heard.
    pub(super) tapes: BTreeMap<String, Duration>,
    pub(super) errands: Vec<Errand>,
    /// Webhooks and background answers that are still on their way.
    pub(super) on_the_way: usize,
    pub(super) loose_ends: Vec<String>,
    /// Whether exchanges are kept for the contract test.
    pub(super) keeps_exchanges: bool,
    /// Who watches everything go by; then nothing of it is kept.
    pub(super) watcher: Option<Watcher>,
    /// When TaskRouter will next be woken, so that it is not woken twice for the same thing.
    router_alarm: Option<Timestamp>,
}

/// Something an act left to be done without the lock.
pub(super) enum Errand {
    /// Bring a leg to life: it rings, is answered, plays its TwiML.
    Live(CallSid),
    /// Send a webhook whose answer changes nothing.
    Send(Send),
    /// Ask the application what to do with a reservation.
    Assign(Box<Assignment>),
    /// Let a worker's leg meet its caller once it is answered.
    Connect(Box<Connecting>),
    /// Bring a message to the application and its answer back.
    Receive(MessageSid),
    /// Bring a message to a phone.
    Carry(MessageSid),
    /// Make the file of a recording, and then its transcript.
    Develop(RecordingSid),
    /// Let TaskRouter look at the time again.
    WakeRouter(Timestamp),
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        let rng = Rng::seeded(settings.seed);
        Self {
            account: settings.account,
            clock: settings.clock,
            weather: Weather::new(Rng::seeded(settings.seed ^ 0xc10d)),
            calls: Calls::default(),
            conferences: Conferences::default(),
            numbers: Numbers::default(),
            messages: Messages::default(),
            recordings: Recordings::default(),
            sync: SyncStore::default(),
            router: TaskRouter::default(),
            callbacks: Callbacks::default(),
            set_up: Duration::ZERO,
            canceled_by_rest: None,
            events: Events::default(),
            tokens: Tokens::default(),
            journal: Journal::default(),
            exchanges: Vec::new(),
            bins: BTreeMap::new(),
            tapes: BTreeMap::new(),
            errands: Vec::new(),
            on_the_way: 0,
            loose_ends: Vec::new(),
            keeps_exchanges: true,
            watcher: None,
            router_alarm: None,
            rng,
            settings,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Writes into the journal, or shows it to who watches.
    pub(super) fn note(&mut self, event: Event) {
        let now = self.now();
        match &mut self.watcher {
            Some(watcher) => watcher.sees(now, Passing::Event(&event)),
            None => self.journal.write(now, event),
        }
    }

    /// Lets TaskRouter act on what has changed: offers, time-outs, tasks that die.
    pub(super) fn let_the_router_follow(&mut self) {
        let now = self.now();
        loop {
            let news = self.router.advance(&self.rng, now);
            if news.is_empty() {
                break;
            }
            for happening in news {
                // Who watches is shown what happened itself, below.
                if self.watcher.is_none()
                    && let Some(text) = happening.text()
                {
                    let task = happening.task();
                    self.note(Event::Routing { task, text });
                }
                self.show(happening);
                self.announce(happening);
                self.follow_up(happening);
                if let Happening::TaskCanceled { task } = happening {
                    self.task_gone(task);
                }
            }
        }
        self.forget(now);
        let Some(next) = self.router.wake_at().map(|at| at.max(now + SOON)) else {
            return;
        };
        if self.router_alarm.is_none_or(|alarm| next < alarm) {
            self.router_alarm = Some(next);
            self.errands.push(Errand::WakeRouter(next));
        }
    }

    /// The alarm rang; the caller lets the router follow next.
    pub(super) fn router_woke(&mut self) {
        if self.router_alarm.is_some_and(|alarm| alarm <= self.now()) {
            self.router_alarm = None;
        }
    }
}
