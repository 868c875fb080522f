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
    config::{Group, Reader},
    durable::reconcile::Runner,
    error::Error,
    events::RouterEvent,
    twilio::deadline::Deadline,
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

/// The variables of every feature, in the order of `.env.example`.
pub const GROUPS: &[Group] = &[
    music::settings::GROUP,
    parking::settings::GROUP,
    dispatch::variables::GROUP,
    intake::settings::GROUP,
    availability::settings::GROUP,
    did::settings::GROUP,
    extension::settings::GROUP,
    callback::settings::GROUP,
    voicemail::settings::GROUP,
    capacity::settings::GROUP,
    stuck_tasks::settings::GROUP,
];

/// The settings of every feature.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Of [`music`].
    pub music: music::Settings,
    /// Of [`parking`].
    pub parking: parking::Settings,
    /// Of [`dispatch`].
    pub dispatch: dispatch::Settings,
    /// Of [`intake`].
    pub intake: intake::Settings,
    /// Of [`availability`].
    pub availability: availability::Settings,
    /// Of [`did`].
    pub did: did::Settings,
    /// Of [`extension`].
    pub extension: extension::Settings,
    /// Of [`callback`].
    pub callback: callback::Settings,
    /// Of [`voicemail`].
    pub voicemail: voicemail::Settings,
    /// Of [`capacity`].
    pub capacity: capacity::Settings,
    /// Of [`stuck_tasks`].
    pub stuck_tasks: stuck_tasks::Settings,
}

impl Settings {
    /// Reads those of each feature before giving up on any, so that all problems are found.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let music = music::Settings::read(reader);
        let parking = parking::Settings::read(reader);
        let dispatch = dispatch::Settings::read(reader);
        let intake = intake::Settings::read(reader);
        let availability = availability::Settings::read(reader);
        let did = did::Settings::read(reader);
        let extension = extension::Settings::read(reader);
        let callback = callback::Settings::read(reader);
        let voicemail = voicemail::Settings::read(reader);
        let capacity = capacity::Settings::read(reader);
        let stuck_tasks = stuck_tasks::Settings::read(reader);
        Some(Self {
            music: music?,
            parking: parking?,
            dispatch: dispatch?,
            intake: intake?,
            availability: availability?,
            did: did?,
            extension: extension?,
            callback: callback?,
            voicemail: voicemail?,
            capacity: capacity?,
            stuck_tasks: stuck_tasks?,
        })
    }
}
