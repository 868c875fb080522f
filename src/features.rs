//! What a contact center gets. One folder for each feature, all of one shape:
//!
//! - `parking.rs`: what the feature promises, its settings, and its handle ([`parking::Parking`]);
//! - `parking/record.rs`: the durable record and its phases; a file for each move; `parking/links.rs`: the URLs by which
//!   Twilio comes back;
//! - `parking/reconcile.rs`: what finishes moves that were cut short;
//! - `parking/routes.rs`: its webhooks, the only file that may name axum.
//!
//! [`Feature`] is what a feature hands over to the rest of the program, and [`Features`] are all of a process. A feature
//! reaches another only through that one's handle.

pub mod availability;
pub mod callback;
pub mod capacity;
pub mod did;
pub mod directory;
pub mod dispatch;
pub mod extension;
pub mod inbound;
pub mod intake;
pub mod music;
pub mod overview;
pub mod parking;
pub mod stuck_tasks;
pub mod voicemail;

use std::{fmt, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt as _, join_all};

use crate::{
    durable::reconcile::Runner, error::Error, events::RouterEvent, twilio::deadline::Deadline,
};

/// What a feature hands over to the rest of the program.
pub trait Feature: fmt::Debug + Send + Sync {
    /// What it does by itself in every replica, for ever: its reconciler. Ends at once if there is nothing to do.
    fn work<'a>(&'a self, _: &'a Runner) -> BoxFuture<'a, ()> {
        std::future::ready(()).boxed()
    }

    /// Does what an event of TaskRouter calls for, if anything.
    ///
    /// # Errors
    /// When the event should be delivered again.
    fn hear<'a>(&'a self, _: &'a RouterEvent, _: Deadline) -> BoxFuture<'a, Result<(), Error>> {
        std::future::ready(Ok(())).boxed()
    }
}

/// The features of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Features(Arc<Vec<Box<dyn Feature>>>);

impl Features {
    /// These features.
    #[must_use]
    pub fn new(all: Vec<Box<dyn Feature>>) -> Self {
        Self(Arc::new(all))
    }

    /// Runs what every feature does by itself, for ever. None of them stops for another's sake.
    pub async fn work(&self, runner: &Runner) {
        join_all(self.0.iter().map(|feature| feature.work(runner))).await;
    }

    /// Tells every feature of an event. A feature that fails keeps none of the others from hearing of it.
    ///
    /// # Errors
    /// When the event should be delivered again.
    pub async fn hear(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let heard = join_all(self.0.iter().map(|feature| feature.hear(event, by))).await;
        heard.into_iter().collect()
    }
}
