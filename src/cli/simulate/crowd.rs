//! The people of a day: callers who come, wait and go, agents who accept, talk and write up.
//!
//! One loop, one queue of what each person will do when ([`Act`]), so that the same day is the same day: it hears what
//! TaskRouter says ([`News`]), notes it in the [`Tally`] and lets people answer it. It knows nothing of the
//! application: what an agent on a phone hears or presses comes over the line. [`hearing`] is what it makes of the news.

mod hearing;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    centre::{Centre, MORNING, News},
    habits::{self, Habits},
    options::Plan,
    progress::Progress,
    tally::{Place, Tally},
};
use crate::{
    emulator::Emulator,
    twilio::sid::{CallSid, ReservationSid, TaskSid, WorkerSid},
};

/// How long after the last arrival the day ends at the latest.
const EVENING: Duration = Duration::from_hours(6);

/// What a person will do.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A caller calls.
    Arrive,
    /// A caller loses patience.
    GiveUp(CallSid),
    /// A caller has said everything.
    HangUp(CallSid),
    /// An agent in Flex takes a call.
    Take(ReservationSid),
    /// They have finished with it.
    Finish(TaskSid),
    /// They come back on line.
    ComeBack(WorkerSid),
}

/// A caller who has not gone yet.
#[derive(Clone, Copy, Debug)]
struct Caller {
    habits: habits::Caller,
    arrived: Duration,
    /// Since when there is a task for them.
    queued: Option<Duration>,
    answered: bool,
    /// Their call is over.
    gone: bool,
    /// Their task is over, too.
    done: bool,
}

/// An agent.
#[derive(Clone, Debug)]
struct Agent {
    /// Their own phone, if they do not sit in Flex.
    phone: Option<String>,
    available: bool,
    talking: bool,
}

impl Agent {
    fn place(&self) -> Place {
        match self.phone {
            Some(_) => Place::Phone,
            None => Place::Flex,
        }
    }
}

/// Everybody.
pub(super) struct Crowd<'c> {
    plan: &'c Plan,
    centre: &'c Centre,
    emulator: Emulator,
    habits: Habits,
    acts: BTreeMap<(Timestamp, u64), Act>,
    /// Keeps apart what happens at the same time.
    order: u64,
    callers: HashMap<CallSid, Caller>,
    came: u32,
    agents: BTreeMap<WorkerSid, Agent>,
    away: usize,
    open: bool,
    tally: Tally,
}

impl<'c> Crowd<'c> {
    pub(super) fn new(plan: &'c Plan, centre: &'c Centre) -> Self {
        let agent = |phone| Agent {
            phone,
            available: true,
            talking: false,
        };
        let in_flex = centre.in_flex.iter().map(|it| (*it, agent(None)));
        let on_phones = centre.on_phones.iter();
        let on_phones = on_phones.map(|(it, phone)| (*it, agent(Some(phone.clone()))));
        Self {
            plan,
            centre,
            emulator: centre.emulator.clone(),
            habits: Habits::new(plan, centre.keys),
            acts: BTreeMap::new(),
            order: 0,
            callers: HashMap::new(),
            came: 0,
            agents: in_flex.chain(on_phones).collect(),
            away: 0,
            open: true,
            tally: Tally::default(),
        }
    }

    /// Lives the day, until everybody has gone and everything is quiet.
    pub(super) async fn live(mut self, progress: &Progress) -> Tally {
        let news = self.centre.news.lock().ok().and_then(|mut it| it.take());
        let Some(mut news) = news else {
            return self.tally;
        };
        self.next_arrival();
        while !self.is_over() {
            self.step(&mut news).await;
            progress.is_at(self.now());
        }
        let now = self.now();
        self.tally.pass(now.max(self.plan.day));
        self.tally
    }

    fn is_over(&self) -> bool {
        let served = self.callers.is_empty() && self.away == 0;
        !self.open && (served || self.now() > self.plan.day + EVENING)
    }

    async fn step(&mut self, news: &mut UnboundedReceiver<(Timestamp, News)>) {
        let next = self.acts.first_key_value().map(|((at, _), _)| *at);
        let wait = next.map_or(Duration::from_mins(1), |at| {
            Duration::try_from(at.duration_since(self.centre.clock.now())).unwrap_or_default()
        });
        tokio::select! {
            biased;
            told = news.recv() => match told {
                Some((at, News::Routed(routed))) => self.hears(since_morning(at), &routed),
                Some((at, News::Over(call))) => self.hung_up(since_morning(at), call),
                None => self.open = false,
            },
            () = self.centre.clock.sleep(wait) => self.act(),
        }
    }

    fn now(&self) -> Duration {
        since_morning(self.centre.clock.now())
    }

    fn after(&mut self, wait: Duration, act: Act) {
        let now = self.centre.clock.now();
        self.order += 1;
        self.acts.insert((now + wait, self.order), act);
    }

    fn act(&mut self) {
        let now = self.centre.clock.now();
        while let Some(due) = self.acts.first_entry().filter(|due| due.key().0 <= now) {
            match due.remove() {
                Act::Arrive => self.arrives(),
                Act::GiveUp(call) => {
                    let waits = self.callers.get(&call).is_some_and(|it| !it.answered);
                    if waits {
                        self.emulator.hang_up(call);
                    }
                }
                Act::HangUp(call) => self.emulator.hang_up(call),
                // Refused when the caller hung up a moment before.
                Act::Take(reservation) => drop(self.emulator.take(reservation)),
                Act::Finish(task) => drop(self.emulator.complete(task)),
                Act::ComeBack(worker) => drop(self.emulator.set_activity(worker, "Available")),
            }
        }
    }

    fn next_arrival(&mut self) {
        let now = self.now();
        match self.habits.arrival(now) {
            Some(at) => self.after(at.saturating_sub(now), Act::Arrive),
            None => self.open = false,
        }
    }

    fn arrives(&mut self) {
        let from = format!("+1303{:07}", self.came % 10_000_000);
        self.came += 1;
        let call = self.emulator.place_call(&from, &self.centre.line);
        let (habits, arrived) = (self.habits.caller(), self.now());
        let caller = Caller {
            habits,
            arrived,
            queued: None,
            answered: false,
            gone: false,
            done: false,
        };
        self.callers.insert(call, caller);
        self.tally.arrives(arrived);
        if let Some(patience) = habits.patience {
            self.after(patience, Act::GiveUp(call));
        }
        self.next_arrival();
    }
}

/// A time of the day.
fn since_morning(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(MORNING)).unwrap_or_default()
}
