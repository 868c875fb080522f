//! An agent's browser: Flex with the published multi-call plugin in it.
//!
//! The server must work with that plugin unchanged, so its habits are played here, awkward ones included: it parks the
//! live call by itself before it accepts the next, sends `undefined` where it has nothing, sends forms without
//! credentials from Flex's origin, takes any HTTP answer for done, writes back list entries it read earlier, and goes
//! quiet when it is closed. [`Browser`] reacts to reservations by itself ([`reactions`]); what the agent decides
//! is a method. [`office`] is how a story gets its agents, workflows and tokens.
//!
//! Not played: the plugin's own upkeep of `isAcdReady` and of the voice capacity ([`Browser::set_capacity`] does the
//! latter on demand), hold times, transfers, outbound dialing.

mod forms;
mod office;
mod outbound;
mod reactions;
mod reply;
mod request;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use self::{office::TaskView, reply::Reply};
use super::{
    Emulator, Inside,
    conferences::{Role, contact},
    rest::Refusal,
    taskrouter::ReservationStatus,
    world::World,
};
use crate::twilio::{
    sid::{CallSid, ReservationSid, TaskSid, WorkerSid},
    transport::Broken,
};

/// How long the worker's map lives after a browser last opened it: seven days.
const MAP_LIFE: u64 = 604_800;

/// How long a Flex token lives; Flex renews it before that.
const TOKEN_LIFE: Duration = Duration::from_hours(1);

/// Why something could not be done in the browser or in Twilio.
#[derive(Debug, thiserror::Error)]
pub enum FlexError {
    /// Twilio refused.
    #[error("Twilio refused with {code}: {message}")]
    Refused {
        /// Twilio's error code.
        code: u32,
        /// Its sentence.
        message: String,
    },
    /// The server did not answer.
    #[error("the server did not answer")]
    Network(#[source] Broken),
    /// The server answered, but the browser does not show the answer to Flex's origin.
    #[error("the answer does not allow Flex's origin (CORS)")]
    Cors,
    /// The plugin itself stops here: with a notice to the agent or with an exception.
    #[error("the plugin stops: {0}")]
    Plugin(&'static str),
}

impl From<Refusal> for FlexError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            code: refusal.code,
            message: refusal.message,
        }
    }
}

/// One agent's browser. Clones are handles to the same one.
#[derive(Clone)]
pub struct Browser(Arc<Page>);

struct Page {
    emulator: Weak<Inside>,
    worker: WorkerSid,
    token: Mutex<SecretString>,
    /// Where the plugin's requests go (`REACT_APP_SERVERLESS_DOMAIN`), if not to the application that the emulator is
    /// connected to.
    server: Mutex<Option<String>>,
    /// The list of parked calls as it was last drawn.
    drawn: Mutex<Vec<(String, Value)>>,
    closed: CancellationToken,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Browser({:?})", self.0.worker)
    }
}

impl Browser {
    /// An agent signs in: the plugin opens their map and begins to listen.
    ///
    /// # Errors
    /// When there is no such worker.
    pub fn sign_in(emulator: &Emulator, worker: WorkerSid) -> Result<Self, FlexError> {
        let token = emulator.mint_token(worker, TOKEN_LIFE)?;
        emulator.with(|world| {
            let (map, now) = (map_name(worker), world.now());
            let identity = contact(world, worker);
            let identity = identity.strip_prefix("client:").unwrap_or_default();
            world
                .sync
                .sdk_open(&map, MAP_LIFE, identity, &world.rng, now)?;
            Ok::<_, Refusal>(())
        })?;
        let browser = Self(Arc::new(Page {
            emulator: Arc::downgrade(&emulator.0),
            worker,
            token: Mutex::new(token),
            server: Mutex::new(None),
            drawn: Mutex::new(Vec::new()),
            closed: CancellationToken::new(),
        }));
        browser.draw(emulator);
        browser.listen(emulator);
        Ok(browser)
    }

    /// The plugin's requests go to this server from now on, as `REACT_APP_SERVERLESS_DOMAIN` says. Only over an open line
    /// ([`super::Line::open`]), which carries requests anywhere.
    pub fn serve_from(&self, server: &str) {
        let mut place = self.0.server.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(server.trim_end_matches('/').to_owned());
    }

    /// The window is closed or has crashed: it reacts to nothing any more.
    pub fn close(&self) {
        self.0.closed.cancel();
    }

    /// Whose browser it is.
    #[must_use]
    pub fn worker(&self) -> WorkerSid {
        self.0.worker
    }

    /// The agent's Flex token as it is now.
    #[must_use]
    pub fn token(&self) -> SecretString {
        let token = self.0.token.lock();
        token.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is offered to the agent, oldest first.
    #[must_use]
    pub fn offers(&self) -> Vec<ReservationSid> {
        self.held(ReservationStatus::Pending)
            .into_iter()
            .map(|(reservation, _)| reservation)
            .collect()
    }

    /// The tasks the agent has accepted and not finished.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskSid> {
        let mut held = self.held(ReservationStatus::Accepted);
        held.extend(self.held(ReservationStatus::Wrapping));
        held.into_iter().map(|(_, task)| task).collect()
    }

    /// The task whose caller the agent is talking to.
    #[must_use]
    pub fn live(&self) -> Option<TaskSid> {
        let held = self.held(ReservationStatus::Accepted);
        let emulator = self.emulator().ok()?;
        let world = emulator.lock();
        let mut tasks = held.into_iter().map(|(_, task)| task);
        tasks.find(|task| world.conferences.named(task.as_str()).is_some())
    }

    /// The list of parked calls: item key and what the item holds.
    #[must_use]
    pub fn parked(&self) -> Vec<(String, Value)> {
        self.emulator()
            .map(|emulator| self.draw(&emulator))
            .unwrap_or_default()
    }

    /// The agent accepts. If they are in a call, the plugin parks it first. It goes on whatever the
    /// server answers, unless the answer is not JSON: then its listener throws, and Flex does not accept. Flex has one
    /// call at a time, so a call that was not taken away from the agent ends with the accept.
    ///
    /// # Errors
    /// When the parking request got no answer at all or one that is not JSON, or the offer no longer stands.
    pub async fn accept(&self, reservation: ReservationSid) -> Result<(), FlexError> {
        let emulator = self.emulator()?;
        let parks_first = {
            let world = emulator.lock();
            let task = reservation_task(&world, reservation);
            let wrap_up_only = task.is_some_and(|it| it.attributes.is("isParkHangup"));
            let voice = world.router.channel("voice").map(|it| it.sid);
            task.is_some_and(|it| Some(it.channel) == voice) && !wrap_up_only
        };
        if let Some(live) = self.live().filter(|_| parks_first) {
            if !self.park(live).await?.is_json() {
                return Err(FlexError::Plugin("the answer to parking is not JSON"));
            }
            let mine = leg(&emulator.lock(), live, Role::Worker);
            if let Some(mine) = mine {
                emulator.hang_up(mine);
            }
        }
        emulator.take(reservation)
    }

    /// The agent refuses an offer.
    ///
    /// # Errors
    /// When the offer no longer stands.
    pub fn reject(&self, reservation: ReservationSid) -> Result<(), FlexError> {
        let emulator = self.emulator()?;
        emulator.with(|world| {
            let now = world.now();
            Ok(world.router.reject(reservation, None, now)?)
        })
    }

    /// The agent hangs up on the caller they are talking to. False: there is none.
    #[must_use]
    pub fn hang_up(&self) -> bool {
        let (Ok(emulator), Some(task)) = (self.emulator(), self.live()) else {
            return false;
        };
        let leg = leg(&emulator.lock(), task, Role::Worker);
        leg.inspect(|leg| emulator.hang_up(*leg)).is_some()
    }

    /// The agent finishes a task.
    ///
    /// # Errors
    /// When the task is neither assigned nor wrapping.
    pub fn complete(&self, task: TaskSid) -> Result<(), FlexError> {
        let emulator = self.emulator()?;
        emulator.with(|world| {
            let now = world.now();
            Ok(world.router.complete(task, None, now)?)
        })
    }

    /// The agent goes into another activity, by its name.
    ///
    /// # Errors
    /// When the workspace has none of that name.
    pub fn go_to(&self, activity: &str) -> Result<(), FlexError> {
        self.emulator()?.set_activity(self.0.worker, activity)
    }

    /// The agent parks the call of a task: the plugin marks the task, then asks the server.
    ///
    /// # Errors
    /// When the task has no call to park or the server did not answer; a refusal is a [`Reply`].
    pub async fn park(&self, task: TaskSid) -> Result<Reply, FlexError> {
        let emulator = self.emulator()?;
        let fields = emulator.with(|world| forms::park(world, task, self.0.worker))?;
        let reply = self.send("/park-call", &fields).await?;
        self.draw(&emulator);
        Ok(reply)
    }

    /// The agent picks up a call from their list, as the list says now.
    ///
    /// # Errors
    /// When the call is not listed, the agent is not available (the plugin says so and stops), the entry's attributes
    /// lack `conversations` (the plugin throws), or the server did not answer.
    pub async fn pick_up(&self, call: CallSid) -> Result<Reply, FlexError> {
        let emulator = self.emulator()?;
        let mut drawn = self.draw(&emulator).into_iter();
        let (_, item) = drawn
            .find(|(key, _)| key == call.as_str())
            .ok_or(FlexError::Plugin("the call is not in the list"))?;
        {
            let world = emulator.lock();
            let worker = world.router.worker(self.0.worker);
            if !worker.is_some_and(|worker| world.router.is_available(worker)) {
                return Err(FlexError::Plugin("change your activity before picking up"));
            }
        }
        let fields = forms::pick_up(&item, self.0.worker)?;
        let reply = self.send("/pickup-parked-call", &fields).await?;
        self.draw(&emulator);
        Ok(reply)
    }

    /// The plugin asks for another capacity of the agent's voice channel.
    ///
    /// # Errors
    /// When the server did not answer.
    pub async fn set_capacity(&self, capacity: u64) -> Result<Reply, FlexError> {
        let channel = {
            let emulator = self.emulator()?;
            let world = emulator.lock();
            let voice = world.router.channel("voice").map(|it| it.sid);
            let worker = world.router.worker(self.0.worker);
            let channels = worker.map_or(&[][..], |it| it.channels.as_slice());
            let mine = channels.iter().find(|it| Some(it.channel) == voice);
            mine.map_or_else(|| "undefined".to_owned(), |it| it.sid.to_string())
        };
        let fields = [
            ("capacity".to_owned(), capacity.to_string()),
            ("workerSid".to_owned(), self.0.worker.to_string()),
            ("workerChannelSid".to_owned(), channel),
        ];
        self.send("/worker-capacity", &fields).await
    }

    /// Posts any form from Flex's origin, for mischief. The token is sent unless `fields` has one.
    ///
    /// # Errors
    /// When the server did not answer, or the browser hides the answer.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Reply, FlexError> {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.send(path, &fields).await
    }

    /// Gets anything from Flex's origin, with the agent's token.
    ///
    /// # Errors
    /// When the server did not answer, or the browser hides the answer.
    pub async fn get(&self, path: &str) -> Result<Reply, FlexError> {
        self.fetch(path).await
    }

    fn held(&self, status: ReservationStatus) -> Vec<(ReservationSid, TaskSid)> {
        let Ok(emulator) = self.emulator() else {
            return Vec::new();
        };
        let world = emulator.lock();
        let mine = world.router.reservations();
        let mut mine: Vec<_> = mine
            .filter(|it| it.worker == self.0.worker && it.status == status)
            .collect();
        mine.sort_by_key(|it| it.created);
        mine.iter().map(|it| (it.sid, it.task)).collect()
    }

    /// Draws the list anew, and remembers what it showed.
    fn draw(&self, emulator: &Emulator) -> Vec<(String, Value)> {
        let items = emulator.with(|world| {
            let now = world.now();
            world.sync.sdk_items(&map_name(self.0.worker), now)
        });
        let mut drawn = self.0.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.clone_from(&items);
        items
    }

    fn emulator(&self) -> Result<Emulator, FlexError> {
        let inside = self.0.emulator.upgrade();
        inside
            .map(Emulator)
            .ok_or_else(|| nobody("the emulator is gone"))
    }
}

fn nobody(why: &'static str) -> FlexError {
    FlexError::Network(Broken::Refused(why.into()))
}

fn map_name(worker: WorkerSid) -> String {
    format!("{worker}.ParkedCalls")
}

fn reservation_task(
    world: &World,
    reservation: ReservationSid,
) -> Option<&super::taskrouter::Task> {
    world
        .router
        .task(world.router.reservation(reservation)?.task)
}

/// The leg that plays `role` in the conference of a task.
fn leg(world: &World, task: TaskSid, role: Role) -> Option<CallSid> {
    let conference = world.conferences.named(task.as_str())?;
    let mut people = world.conferences.get(conference)?.participants.iter();
    people.find(|one| one.role == role).map(|one| one.call)
}

#[cfg(test)]
mod tests;
