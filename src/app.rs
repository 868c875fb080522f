//! From a configuration to a running [`App`]: the one place where the parts meet.
//!
//! `serve`, the demo and every test put the same parts together here; they differ only in what they give for the
//! outside world: the network or the emulator, the machine's clock or a story's.

pub mod config;
mod discover;
pub(crate) mod events;
mod features;
mod reconcile;

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::SecretString;

use crate::{
    clock::Clock,
    config::{Account, General, Login},
    context::Context,
    features::music::Music,
    rng::Rng,
    telemetry::Metrics,
    twilio::{
        self, Seen, Twilio,
        host::Hosts,
        sid::{SyncServiceSid, WorkspaceSid},
        signature::Verifier,
        transport::{self, Transport},
    },
    twiml::{Library, Speech},
    web::{App, Parts, flex::Gate, form::Signer},
};

use self::features::features;
pub use self::{
    config::{Config, TABLE},
    discover::{Undiscovered, discover},
    reconcile::reconcile,
};

/// The world outside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Where requests to Twilio go.
    pub transport: Transport,
    /// What time it is.
    pub clock: Clock,
    /// Where randomness comes from.
    pub rng: Rng,
}

/// Puts an application together.
///
/// # Errors
/// When a document does not compile or lint, or hold music cannot be read.
pub fn assemble(config: Config, outside: Outside) -> anyhow::Result<App> {
    let Outside {
        transport,
        clock,
        rng,
    } = outside;
    let account = &config.general.account;
    anyhow::ensure!(
        account.workspace.is_some() && account.sync_service.is_some(),
        "the workspace and the Sync service must be set, or discovered first"
    );
    let clock = clock.correctable();
    let metrics = Metrics::default();
    let library = library(&config.general)?;
    let music = Music::open(&config.features.music).context("the hold music cannot be served")?;
    let twilio = client(
        &config.general.account,
        transport,
        rng.clone(),
        clock,
        Some(metrics.clone()),
    );
    let context = Context {
        twilio,
        library,
        clock,
        rng,
        metrics,
        public_url: config.general.public_url.clone(),
    };
    let of_features = features(&context, config.features, music);
    let parts = Parts {
        signer: signer(&config.general),
        gate: Gate::new(context.clock),
        context,
        config: Arc::new(config.general),
    };
    Ok(App::new(parts, of_features))
}

/// Checks what signs this account's webhooks.
fn signer(config: &General) -> Signer {
    let account = &config.account;
    let verifier = Verifier::new(&account.auth_tokens).with_keys(&account.webhook_keys);
    Signer::new(&config.public_url, verifier)
}

/// The documents, with the configured voice.
///
/// # Errors
/// When one does not compile or lint.
pub fn library(config: &General) -> anyhow::Result<Library> {
    let speech = Speech {
        voice: config.speech.voice.clone(),
        language: config.speech.language.clone(),
    };
    Library::open(speech, config.speech.directory.clone())
        .context("the TwiML documents are not in order")
}

/// The client of an account.
#[must_use]
pub fn client(
    account: &Account,
    transport: Transport,
    rng: Rng,
    clock: Clock,
    metrics: Option<Metrics>,
) -> Twilio {
    let Login { user, password } = account.api_key.clone().unwrap_or_else(|| Login {
        user: account.sid.to_string(),
        password: account
            .auth_tokens
            .first()
            .cloned()
            .unwrap_or_else(|| SecretString::from(String::new())),
    });
    let settings = twilio::Settings {
        account: account.sid,
        user,
        password,
        // Unknown only to a client that is there to discover them; it asks for nothing in either.
        workspace: account
            .workspace
            .unwrap_or_else(|| WorkspaceSid::from_bytes([0; 16])),
        sync_service: account
            .sync_service
            .unwrap_or_else(|| SyncServiceSid::from_bytes([0; 16])),
        hosts: hosts(account),
    };
    let observer: Option<twilio::Observer> = metrics.map(|metrics| {
        let observe = move |seen: Seen| match seen {
            Seen::Attempt(attempt) => {
                metrics.upstream(attempt.product.name(), attempt.method, attempt.status);
            }
            Seen::Unreadable => metrics.unreadable(),
            Seen::ClockAhead(seconds) => metrics.clock_ahead(seconds),
        };
        Arc::new(observe) as twilio::Observer
    });
    Twilio::new(settings, transport, rng, clock, observer)
}

/// Where Twilio's products are reached.
#[must_use]
pub fn hosts(account: &Account) -> Hosts {
    match &account.base_url {
        Some(base) => Hosts::at(base),
        None => Hosts::twilio(account.region.as_deref(), account.edge.as_deref()),
    }
}

/// The network, as a client of Twilio should use it: no redirects, TLS unless Twilio's address is this machine's.
///
/// # Errors
/// When TLS cannot be set up, for example because the machine has no certificate roots.
pub fn network(config: &General) -> anyhow::Result<Transport> {
    let plain = config
        .account
        .base_url
        .as_deref()
        .is_some_and(|base| base.starts_with("http://"));
    let client = transport::client()
        .https_only(!plain)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(2))
        .tcp_nodelay(true)
        .build()
        .context("the network client cannot be set up")?;
    Ok(Transport::network(client))
}
