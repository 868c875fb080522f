//! [`App`]: what handlers may ask for. Production, demo and tests put the same parts together.
//!
//! A handler asks for the part it needs (`State<Parking>`), so its argument list tells what it can do. Parts are found by
//! their type, so that nothing here knows what they are: a feature's `routes.rs` says `part!`
//! of its handle.

use std::{
    any::{Any, TypeId},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::FromRef;
use tokio_util::task::TaskTracker;

use super::{flex::Gate, form::Signer, ops::WrittenMetrics, throttle::Throttle};
use crate::{
    clock::Clock, config::General, context::Context, rng::Rng, telemetry::Metrics, twilio::Twilio,
    twiml::Library,
};

/// What every handler may ask for, whatever its feature.
#[derive(Debug)]
pub struct Parts {
    /// The client, the words, the clock, randomness and the metrics.
    pub context: Context,
    /// Checks Twilio's signatures.
    pub signer: Signer,
    /// Lets Flex users in.
    pub gate: Gate,
    /// What no feature owns of the configuration.
    pub config: Arc<General>,
}

/// The application: [`Parts`], those of the features, and what is needed to stop it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: Parts,
    of_features: OfFeatures,
    tasks: TaskTracker,
    draining: Draining,
    unsigned: Throttle,
    written: WrittenMetrics,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.parts.fmt(f)
    }
}

impl App {
    /// The application made of these parts.
    #[must_use]
    pub fn new(parts: Parts, of_features: OfFeatures) -> Self {
        Self(Arc::new(Shared {
            parts,
            of_features,
            tasks: TaskTracker::new(),
            draining: Draining::default(),
            unsigned: Throttle::default(),
            written: WrittenMetrics::default(),
        }))
    }

    /// What every handler may ask for.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// A feature's part.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[expect(
        clippy::panic,
        reason = "all are put in where the application is assembled, and the tests ask every route"
    )]
    pub fn get<T: Any>(&self) -> &T {
        let found = self.0.of_features.find();
        found.unwrap_or_else(|| panic!("no {} was put in", std::any::type_name::<T>()))
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

/// What the features have handlers ask for, by type. There are a dozen, so looking through them costs less than a hash.
#[derive(Default)]
pub struct OfFeatures(Vec<(TypeId, Box<dyn Any + Send + Sync>)>);

impl OfFeatures {
    /// The same with one more.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: T) -> Self {
        self.0.push((TypeId::of::<T>(), Box::new(part)));
        self
    }

    fn find<T: Any>(&self) -> Option<&T> {
        let (_, part) = self.0.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
        part.downcast_ref()
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

/// Lets handlers ask for these parts of a feature.
macro_rules! part {
    ($($part:ty),+ $(,)?) => {$(
        impl axum::extract::FromRef<$crate::web::App> for $part {
            fn from_ref(app: &$crate::web::App) -> Self {
                app.get::<Self>().clone()
            }
        }
    )+};
}
pub(crate) use part;

macro_rules! parts {
    ($($part:ty: $get:expr,)+) => {$(
        impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                let get: fn(&Shared) -> &$part = $get;
                get(&app.0).clone()
            }
        }
    )+};
}

parts! {
    Twilio: |app| &app.parts.context.twilio,
    Library: |app| &app.parts.context.library,
    Clock: |app| &app.parts.context.clock,
    Rng: |app| &app.parts.context.rng,
    Metrics: |app| &app.parts.context.metrics,
    Signer: |app| &app.parts.signer,
    Gate: |app| &app.parts.gate,
    Arc<General>: |app| &app.parts.config,
    TaskTracker: |app| &app.tasks,
    Draining: |app| &app.draining,
}

impl FromRef<App> for WrittenMetrics {
    fn from_ref(app: &App) -> Self {
        app.0.written.clone()
    }
}
