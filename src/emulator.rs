//! A small Twilio in memory: what the demo runs on, what users develop against, what the tests play on.
//!
//! **It promises**: statuses move as Twilio's do; TwiML is fetched and really played, verb by verb, on the story's
//! clock; webhooks are signed, timed, retried, sometimes late, doubled or lost ([`Weather`]); REST requests are
//! checked against the parameters Twilio documents, and an unknown one is refused; TaskRouter asks what to do with a
//! reservation, does it, and tells what happens; phones that are called are answered by people, mailboxes, faxes or
//! no one, and machine detection judges them by Twilio's rules; what a caller says into a `<Record>` is kept, by its
//! length and its words, and told of and transcribed within Twilio's limits; SIDs and choices come from a seed, so a run can be
//! repeated; everything goes to a [`Journal`] that prints as a transcript, and [`Emulator::finish`] names every loose
//! end.
//!
//! **It does not**: carry sound or understand speech (a recording plays a hum or silence, a transcript is what a story
//! says was said); record a `<Dial>`, a conference or a call made by REST; run Studio flows, queues without
//! TaskRouter or SIP; charge, or expire anything by itself except what a Sync TTL or a TaskRouter time-out says;
//! follow HTTP redirects or cache what it fetches.
//!
//! It is one [`Emulator`], cheap to clone, over one world behind a lock that is never held across an await.
//! Acts change the world at once and leave errands (a leg to bring to life, a callback to send) that run when the
//! lock is free. It shares no wire types with the client: a misspelt field would then be misspelt on both sides and
//! every test would pass. Only signatures are shared, because Twilio's published vectors pin them from outside.

mod assignment;
mod calls;
mod conferences;
mod controls;
mod events;
mod fates;
mod flex;
mod hooks;
mod journal;
mod line;
mod messages;
mod numbers;
mod phone;
mod recordings;
mod remote;
mod rest;
mod sync;
mod taskrouter;
mod tokens;
mod twiml;
mod watch;
mod weather;
mod wire;
mod world;

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use jiff::Timestamp;
use secrecy::SecretString;

use self::world::{Errand, World};
pub use self::{
    assignment::{ReservationView, WorkerView},
    calls::{CallStatus, CallView, Heard},
    controls::ConferenceView,
    flex::{Browser, FlexError, Reply, TaskView},
    journal::{Entry, Event, Journal},
    line::{Line, Replicas},
    messages::Text,
    numbers::{Answer, Callee, Flow, GreetingEnd, NumberSetup, Pickup},
    watch::{Passing, Routed},
    weather::{Climate, Fault, HookTrouble, RestTrouble, Weather},
    wire::Exchange,
};
use crate::{
    clock::Clock,
    rng::Rng,
    twilio::{
        sid::{AccountSid, WorkerSid},
        signature::WebhookKey,
    },
};

/// What an [`Emulator`] is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account it plays.
    pub account: AccountSid,
    /// The account's auth tokens; webhooks are signed with the first, REST accepts any.
    pub auth_tokens: Vec<SecretString>,
    /// The shared key that webhooks are signed with instead, as by a webhook rule for every URL.
    pub webhook_key: Option<WebhookKey>,
    /// API keys that REST accepts beside the auth tokens: SID and secret.
    pub api_keys: Vec<(String, SecretString)>,
    /// What SIDs and random weather grow from.
    pub seed: u64,
    /// The story's clock.
    pub clock: Clock,
    /// What `X-Home-Region` says, such as `us1`.
    pub region: String,
    /// How long one request takes on the way, in machine time; half of it before the other side acts.
    pub latency: Duration,
    /// How many calls made by REST Twilio dials a second; more wait their turn. Twilio's default is one; `None`: all
    /// at once.
    pub calls_per_second: Option<u32>,
    /// How long audio is taken to play whose length cannot be read from the file, in story time.
    pub track: Duration,
    /// A caller leaves the queue at once when their task is canceled by REST. Twilio's pages do not say; in the
    /// flex-project-template's functions such a caller goes on hearing the queue's document, so that is the default.
    pub canceled_tasks_free_callers: bool,
    /// What becomes of a caller whose task ends because its time is up, or its workflow's.
    pub ended_tasks: EndedTasks,
}

/// What becomes of a caller whose task ends while they wait.
///
/// Twilio's page on the evaluation of timeouts says that the call stays where it is until the application moves it.
/// Accounts have been seen where it leaves the queue and asks for the `action`; so a server must stand both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndedTasks {
    /// They leave the queue, and the `action` is asked for.
    #[default]
    FreeCallers,
    /// They wait on, in a queue without workers.
    KeepCallers,
    /// The one or the other, by chance.
    Either,
}

impl Settings {
    /// Settings for `account`, with everything else as most stories want it.
    #[must_use]
    pub fn new(account: AccountSid, auth_token: SecretString, clock: Clock) -> Self {
        Self {
            account,
            auth_tokens: vec![auth_token],
            webhook_key: None,
            api_keys: Vec::new(),
            seed: 1,
            clock,
            region: "us1".to_owned(),
            latency: Duration::from_millis(30),
            calls_per_second: Some(1),
            track: Duration::from_secs(30),
            canceled_tasks_free_callers: false,
            ended_tasks: EndedTasks::default(),
        }
    }
}

/// A small Twilio in memory. Clones share one world.
#[derive(Clone)]
pub struct Emulator(Arc<Inside>);

struct Inside {
    world: Mutex<World>,
    line: Mutex<Option<Line>>,
    /// The agents whom the remote control can move.
    desk: Mutex<BTreeMap<WorkerSid, Browser>>,
    clock: Clock,
    rng: Rng,
    latency: Duration,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emulator")
    }
}

impl Emulator {
    /// A Twilio in which nothing has happened yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inside {
            clock: settings.clock,
            rng: Rng::seeded(settings.seed ^ 0x5eed),
            latency: settings.latency,
            line: Mutex::new(None),
            desk: Mutex::new(BTreeMap::new()),
            world: Mutex::new(World::new(settings)),
        }))
    }

    /// Connects the application: from now on webhooks travel over `line`.
    pub fn connect(&self, line: Line) {
        *self.0.line.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }

    /// The weather: faults between here and the application.
    #[must_use]
    pub fn weather(&self) -> Weather {
        self.lock().weather.clone()
    }

    /// A copy of everything that has happened so far.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.lock().journal.clone()
    }

    /// Every REST request and its answer, for checking against Twilio's own description of its API.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// Keeps no exchanges from now on: a long story has hundreds of thousands, and the journal tells of each.
    pub fn forget_exchanges(&self) {
        self.lock().keeps_exchanges = false;
    }

    /// What time it is in the story.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Waits until no webhook is on its way and no answer is awaited.
    pub async fn settled(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if self.lock().on_the_way == 0 {
                return;
            }
        }
    }

    /// What a story left undone: scripted faults that never struck, calls that ran out of TwiML, panics of the
    /// application or of the emulator. An empty list is the end every story wants.
    #[must_use]
    pub fn finish(&self) -> Vec<String> {
        let world = self.lock();
        let mut loose = world.loose_ends.clone();
        loose.extend(world.weather.unused());
        loose.extend(
            world
                .calls
                .iter()
                .filter(|call| call.fell_off)
                .map(|call| format!("call {:?} fell off the end of its TwiML", call.sid)),
        );
        loose
    }

    /// Writes into the journal what changes nothing else.
    fn note(&self, event: Event) {
        self.lock().note(event);
    }

    fn line(&self) -> Option<Line> {
        let line = self.0.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.clone()
    }

    /// Puts a text on the web outside the application, as a TwiML Bin or a file elsewhere.
    pub fn bin(&self, url: &str, content_type: &str, text: &str) {
        let bin = (content_type.to_owned(), text.to_owned());
        self.with(|world| world.bins.insert(url.to_owned(), bin));
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, lets TaskRouter follow, then runs the errands that came of it.
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let (outcome, errands) = {
            let mut world = self.lock();
            let outcome = act(&mut world);
            world.let_the_router_follow();
            (outcome, std::mem::take(&mut world.errands))
        };
        for errand in errands {
            self.run(errand);
        }
        outcome
    }

    fn run(&self, errand: Errand) {
        let emulator = self.clone();
        match errand {
            Errand::Live(call) => self.spawn(async move { emulator.live(call).await }),
            Errand::Send(send) => self.count(async move { emulator.deliver(send).await }),
            Errand::Receive(message) => self.count(async move { emulator.receive(message).await }),
            Errand::Carry(message) => {
                self.count(async move { emulator.bring_to_phone(message).await });
            }
            Errand::Develop(recording) => {
                self.count(async move { emulator.develop(recording).await });
            }
            Errand::Assign(question) => {
                self.count(async move { emulator.assign(*question).await });
            }
            Errand::Connect(wish) => {
                self.spawn(async move { emulator.connect_leg(*wish).await });
            }
            Errand::WakeRouter(at) => self.spawn(async move {
                let wait = at.duration_since(emulator.now());
                emulator
                    .0
                    .clock
                    .sleep(Duration::try_from(wait).unwrap_or_default())
                    .await;
                emulator.with(World::router_woke);
            }),
        }
    }

    /// Runs something in the background that [`Emulator::settled`] waits for.
    fn count(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.lock().on_the_way += 1;
        let (emulator, work) = (self.clone(), Box::pin(work));
        self.spawn(async move {
            work.await;
            emulator.lock().on_the_way -= 1;
        });
    }

    /// Runs something in the background; should it panic, [`Emulator::finish`] tells.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Boxed at once: thousands of bytes would be copied from each of the wrappings into the next.
        let (emulator, work) = (self.clone(), Box::pin(AssertUnwindSafe(work)));
        tokio::spawn(async move {
            if work.catch_unwind().await.is_err() {
                emulator.lost_a_thread(None);
            }
        });
    }

    fn lost_a_thread(&self, request: Option<&str>) {
        let text = request.map_or_else(
            || "the emulator panicked".to_owned(),
            |path| format!("the application panicked on {path}"),
        );
        self.lock().loose_ends.push(text);
    }
}

#[cfg(test)]
mod tests;
