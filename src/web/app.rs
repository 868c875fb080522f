//! [`App`]: the parts that handlers may ask for. Production, demo and tests put the same struct together.
//!
//! A handler asks for the part it needs (`State<Parking>`), so its argument list tells what it can do. The parts live
//! behind one pointer, because the router copies its state several times for each request.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::FromRef;
use tokio_util::task::TaskTracker;

use super::{flex::Gate, form::Signer, throttle::Throttle};
use crate::{
    chance::Chance,
    clock::Clock,
    config::Config,
    domain::{
        availability::Availability, callback::Callback, did::Did, directory::Directory,
        dispatch::Dispatch, extension::Extension, intake::Intake, overview::Overview,
        parking::Parking, stuck::StuckTasks, voicemail::Voicemail,
    },
    music::Music,
    telemetry::Metrics,
    twilio::Twilio,
    twiml::Library,
};

/// Everything a handler may ask for.
#[derive(Debug)]
pub struct Parts {
    /// Parked calls.
    pub parking: Parking,
    /// Workers who come and go.
    pub intake: Intake,
    /// Workers on their own phones.
    pub dispatch: Dispatch,
    /// Agents' own numbers.
    pub did: Did,
    /// Agents' extensions.
    pub extension: Extension,
    /// Callers who would rather not wait.
    pub callback: Callback,
    /// Who has which extension.
    pub directory: Directory,
    /// Voice tasks that nobody will finish.
    pub stuck: StuckTasks,
    /// Who is ready for the next call.
    pub availability: Availability,
    /// What a supervisor sees.
    pub overview: Overview,
    /// Messages.
    pub voicemail: Voicemail,
    /// The REST client.
    pub twilio: Twilio,
    /// The words callers hear.
    pub library: Library,
    /// Checks Twilio's signatures.
    pub signer: Signer,
    /// Lets Flex users in.
    pub gate: Gate,
    /// What time it is.
    pub clock: Clock,
    /// Where request ids come from.
    pub chance: Chance,
    /// What is counted.
    pub metrics: Metrics,
    /// The hold music we serve.
    pub music: Music,
    /// The configuration.
    pub config: Arc<Config>,
}

/// The application: [`Parts`], and what is needed to stop it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: Parts,
    tasks: TaskTracker,
    draining: Draining,
    unsigned: Throttle,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.parts.fmt(f)
    }
}

impl App {
    /// The application made of `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts,
            tasks: TaskTracker::new(),
            draining: Draining::default(),
            unsigned: Throttle::default(),
        }))
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// What must be finished before the process may end. Only for tasks that end: [`run`](super::run) waits for
    /// each of them.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// How often it is told that a request was not signed.
    pub(super) fn unsigned(&self) -> &Throttle {
        &self.0.unsigned
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn draining(&self) -> &Draining {
        &self.0.draining
    }
}

/// Whether the process is about to end: readiness says so, and connections are not kept.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on, the load balancer should look elsewhere.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! parts {
    ($($field:ident: $part:ty,)+) => {$(
        impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                app.0.parts.$field.clone()
            }
        }
    )+};
}

parts! {
    parking: Parking,
    intake: Intake,
    dispatch: Dispatch,
    did: Did,
    extension: Extension,
    callback: Callback,
    directory: Directory,
    availability: Availability,
    overview: Overview,
    voicemail: Voicemail,
    twilio: Twilio,
    library: Library,
    signer: Signer,
    gate: Gate,
    clock: Clock,
    chance: Chance,
    metrics: Metrics,
    music: Music,
    config: Arc<Config>,
}

impl FromRef<App> for TaskTracker {
    fn from_ref(app: &App) -> Self {
        app.0.tasks.clone()
    }
}

impl FromRef<App> for Draining {
    fn from_ref(app: &App) -> Self {
        app.0.draining.clone()
    }
}
