//! The thin REST client: identifiers, parties and signatures, and one [`Twilio`] that sends every request.
//!
//! A handle for a family of resources ([`resource`]) builds a [`request::Request`]; `Twilio::send` is the only
//! place that sends one. Around the [`transport::Transport`] it puts, from the outside in: the deadline, the retry
//! rule ([`retry`]), a limit for each attempt, and the credentials, which go to Twilio's own hosts only.

pub mod deadline;
pub mod error;
pub mod host;
pub mod national;
mod numbering;
mod open;
pub mod page;
pub mod party;
pub mod request;
pub mod resource;
pub mod retry;
mod send;
pub mod sid;
pub mod signature;
pub mod transport;
mod turns;
mod unreadable;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{clock::Clock, rng::Rng};
use deadline::Deadline;
use error::Error;
use host::{Hosts, Product};
use page::Pages;
use request::Request;
use resource::tasks_of::Questions;
use retry::Budget;
use sid::{AccountSid, SyncServiceSid, WorkspaceSid};
use transport::Transport;
use turns::Turns;
pub use unreadable::Place;
use unreadable::Unreadable;

/// What the client needs to know of the account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account whose resources we use.
    pub account: AccountSid,
    /// Who signs in: the account itself or one of its API keys.
    pub user: String,
    /// The user's auth token or the key's secret.
    pub password: SecretString,
    /// The Flex workspace.
    pub workspace: WorkspaceSid,
    /// The Sync service that Flex plugins read.
    pub sync_service: SyncServiceSid,
    /// Where the products live.
    pub hosts: Hosts,
}

/// One finished attempt, to be counted.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Which product was asked.
    pub product: Product,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The status, or `None` when no answer came.
    pub status: Option<u16>,
}

/// What a client tells its observer.
#[derive(Clone, Copy, Debug)]
pub enum Seen {
    /// It sent a request, once.
    Attempt(Attempt),
    /// It came upon a record that it cannot read, for the first time.
    Unreadable,
    /// The machine's clock is this many seconds ahead of Twilio's.
    ClockAhead(i64),
}

/// Told of everything that is seen.
pub type Observer = Arc<dyn Fn(Seen) + Send + Sync>;

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Twilio(Arc<Inner>);

struct Inner {
    settings: Settings,
    authorization: HeaderValue,
    transport: Transport,
    rng: Rng,
    clock: Clock,
    budgets: [Budget; Product::ALL.len()],
    turns: Turns,
    questions: Questions,
    unreadable: Unreadable,
    /// By product: an API key may be good for one and not for another.
    refused: [AtomicBool; Product::ALL.len()],
    observer: Option<Observer>,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Twilio({:?})", self.0.settings.account)
    }
}

/// A good answer: its body, and the revision it carries.
#[derive(Debug)]
pub(crate) struct Answer {
    body: Bytes,
    etag: Option<String>,
}

impl Answer {
    /// Decodes the body; a failure says where.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // Keeping track of the place costs half as much again, so it is done for what fails.
        serde_json::from_slice(&self.body).or_else(|_| {
            let mut json = serde_json::Deserializer::from_slice(&self.body);
            serde_path_to_error::deserialize(&mut json).map_err(|error| Error::Garbled {
                path: error.path().to_string(),
                source: error.into_inner(),
            })
        })
    }

    /// The body as it came.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The revision, without the quotes or the weak mark an intermediary may have added.
    pub(crate) fn revision(&self) -> Option<&str> {
        self.etag
            .as_deref()
            .map(|etag| etag.trim_start_matches("W/").trim_matches('"'))
    }
}

impl Twilio {
    /// A client over `transport`. If `clock` can be corrected, it is by what Twilio's answers say the time is.
    #[must_use]
    pub fn new(
        settings: Settings,
        transport: Transport,
        rng: Rng,
        clock: Clock,
        observer: Option<Observer>,
    ) -> Self {
        let credentials = format!("{}:{}", settings.user, settings.password.expose_secret());
        let basic = format!("Basic {}", STANDARD.encode(credentials));
        let mut authorization =
            HeaderValue::try_from(basic).unwrap_or(HeaderValue::from_static("Basic"));
        authorization.set_sensitive(true);
        let budgets = Product::ALL.map(|_| Budget::full());
        let refused = Product::ALL.map(|_| AtomicBool::new(false));
        Self(Arc::new(Inner {
            settings,
            authorization,
            transport,
            rng,
            turns: Turns::new(clock),
            questions: Questions::default(),
            unreadable: Unreadable::default(),
            clock,
            budgets,
            refused,
            observer,
        }))
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountSid {
        self.0.settings.account
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceSid {
        self.0.settings.workspace
    }

    /// The Sync service.
    #[must_use]
    pub fn sync_service(&self) -> SyncServiceSid {
        self.0.settings.sync_service
    }

    /// Whether the last answer of any product said that our credentials are no good.
    #[must_use]
    pub fn credentials_refused(&self) -> bool {
        let mut products = self.0.refused.iter();
        products.any(|refused| refused.load(Ordering::Relaxed))
    }

    pub(crate) fn pages<T: DeserializeOwned>(
        &self,
        first: Request,
        key: &'static str,
        by: Deadline,
    ) -> Pages<'_, T> {
        Pages::new(self, first, key, by)
    }

    /// Turns a next-page link into one we may follow with our credentials: on the product's own host.
    pub(crate) fn own_link(&self, product: Product, link: String) -> Result<String, Error> {
        let base = self.0.settings.hosts.base(product);
        let below = |link: &str| {
            link.strip_prefix(base)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        if link.starts_with('/') && !link.starts_with("//") || below(&link) {
            Ok(link)
        } else {
            let source = serde::de::Error::custom("the next page lies on another host");
            Err(Error::Garbled {
                path: "next page".to_owned(),
                source,
            })
        }
    }
}
