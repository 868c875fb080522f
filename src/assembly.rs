//! From a configuration to a running [`App`]: the one place where the parts meet.
//!
//! `serve`, the demo and every test put the same parts together here; they differ only in what they give for the
//! outside world: the network or the emulator, the machine's clock or a story's.

mod callbacks;
mod callers;
mod messages;
mod phones;
mod ready;
mod reconcile;

use std::sync::Arc;

use anyhow::Context;
use secrecy::SecretString;

use crate::{
    chance::Chance,
    clock::Clock,
    config::{Account, Config, Login, intake as intake_config},
    domain::{
        availability::Availability,
        did::Did,
        directory::Directory,
        dispatch::Dispatch,
        extension::Extension,
        intake::{Enrol, Intake, Settings as IntakeSettings, Skill},
        overview::Overview,
        parking::{Parking, Settings as ParkingSettings},
        stuck::StuckTasks,
        voicemail::Voicemail,
    },
    music::Music,
    telemetry::Metrics,
    twilio::{self, Seen, Twilio, host::Hosts, signature::Verifier, transport::Transport},
    twiml::{Library, Speech},
    web::{App, Parts, flex::Gate, form::Signer},
};

pub use self::reconcile::reconcile;

/// The world outside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Where requests to Twilio go.
    pub transport: Transport,
    /// What time it is.
    pub clock: Clock,
    /// Where randomness comes from.
    pub chance: Chance,
}

/// Puts an application together.
///
/// # Errors
/// When a document does not compile or lint, or hold music cannot be read.
pub fn assemble(config: Config, outside: Outside) -> anyhow::Result<App> {
    let Outside {
        transport,
        clock,
        chance,
    } = outside;
    let clock = clock.correctable();
    let metrics = Metrics::default();
    let library = library(&config)?;
    let music = Music::open(&config.hold.music).context("the hold music cannot be served")?;
    let twilio = client(
        &config.account,
        transport,
        chance.clone(),
        clock,
        Some(metrics.clone()),
    );
    let availability = ready::availability(&config, &twilio, clock, &chance);
    let shared = Shared {
        config: &config,
        twilio: &twilio,
        library: &library,
        clock,
        chance: &chance,
        metrics: &metrics,
        availability: &availability,
    };
    let parking = shared.parking(&music);
    let directory = Directory::new(twilio.clone(), clock);
    Ok(App::new(Parts {
        overview: Overview::new(twilio.clone(), clock, parking.clone()),
        intake: intake(&config, &twilio, &directory, clock),
        dispatch: shared.dispatch(),
        did: shared.did(&directory, &parking),
        extension: shared.extension(&directory, &parking),
        parking,
        stuck: shared.stuck(),
        callback: shared.callback(&music),
        voicemail: shared.voicemail(),
        directory,
        availability,
        twilio,
        library,
        signer: signer(&config),
        gate: Gate::new(clock),
        clock,
        chance,
        metrics,
        music,
        config: Arc::new(config),
    }))
}

/// Checks what signs this account's webhooks.
fn signer(config: &Config) -> Signer {
    let account = &config.account;
    let verifier = Verifier::new(&account.auth_tokens).with_keys(&account.webhook_keys);
    Signer::new(&config.public_url, verifier)
}

/// What every capability is made of.
struct Shared<'a> {
    config: &'a Config,
    twilio: &'a Twilio,
    library: &'a Library,
    clock: Clock,
    chance: &'a Chance,
    metrics: &'a Metrics,
    availability: &'a Availability,
}

impl Shared<'_> {
    fn voicemail(&self) -> Voicemail {
        Voicemail::new(
            self.twilio.clone(),
            self.clock,
            self.chance.clone(),
            self.metrics.clone(),
            messages::settings(self.config),
        )
    }

    fn parking(&self, music: &Music) -> Parking {
        Parking::new(
            self.twilio.clone(),
            self.library.clone(),
            self.clock,
            self.chance.clone(),
            self.metrics.clone(),
            parking_settings(self.config, music),
            self.availability.clone(),
        )
    }

    fn dispatch(&self) -> Dispatch {
        Dispatch::new(
            self.twilio.clone(),
            self.library.clone(),
            self.clock,
            self.chance.clone(),
            self.metrics.clone(),
            phones::settings(self.config),
            self.availability.clone(),
        )
    }

    fn stuck(&self) -> StuckTasks {
        StuckTasks::new(
            self.twilio.clone(),
            self.clock,
            self.chance.clone(),
            self.config.availability.stuck_after,
        )
    }

    fn did(&self, directory: &Directory, parking: &Parking) -> Did {
        Did::new(
            callers::did(self.config),
            (directory.clone(), parking.clone()),
            self.twilio.clone(),
            self.clock,
            self.chance.clone(),
        )
    }

    fn extension(&self, directory: &Directory, parking: &Parking) -> Extension {
        Extension::new(
            callers::extension(self.config),
            (directory.clone(), parking.clone()),
            self.twilio.clone(),
            self.library.clone(),
            self.clock,
            self.chance.clone(),
        )
    }
}

/// The documents, with the configured voice.
///
/// # Errors
/// When one does not compile or lint.
pub fn library(config: &Config) -> anyhow::Result<Library> {
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
    chance: Chance,
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
        workspace: account.workspace,
        sync_service: account.sync_service,
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
    Twilio::new(settings, transport, chance, clock, observer)
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
pub fn network(config: &Config) -> anyhow::Result<Transport> {
    let plain = config
        .account
        .base_url
        .as_deref()
        .is_some_and(|base| base.starts_with("http://"));
    let client = reqwest::Client::builder()
        .https_only(!plain)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(2))
        .tcp_nodelay(true)
        .build()
        .context("the network client cannot be set up")?;
    Ok(Transport::network(client))
}

/// Dispatch hears of whoever goes off line from TaskRouter, as of every other reason to end a worker's leg, so nobody
/// else has to be told.
fn intake(config: &Config, twilio: &Twilio, directory: &Directory, clock: Clock) -> Intake {
    let (twilio, directory) = (twilio.clone(), directory.clone());
    let settings = intake_settings(config);
    Intake::new(twilio, directory, clock, settings, Arc::new(|_| {}))
}

fn intake_settings(config: &Config) -> IntakeSettings {
    let intake = &config.intake;
    let skill = |skill: &intake_config::Skill| Skill {
        name: skill.name.clone(),
        spoken: skill.spoken.clone(),
        words: skill.words.clone(),
    };
    IntakeSettings {
        public_url: config.public_url.clone(),
        enrol: match &intake.enrol {
            intake_config::Enrol::Known => Enrol::Known,
            intake_config::Enrol::Pin(pin) => Enrol::Pin(pin.clone()),
            intake_config::Enrol::Open => Enrol::Open,
        },
        skills: intake.skills.iter().map(skill).collect(),
        on_activity: intake.on_activity.clone(),
        off_activity: intake.off_activity.clone(),
        refused_prefixes: intake.refused_prefixes.clone(),
    }
}

fn parking_settings(config: &Config, music: &Music) -> ParkingSettings {
    let (hold, park) = (&config.hold, &config.park);
    ParkingSettings {
        public_url: config.public_url.clone(),
        music: music.urls(&config.public_url),
        shuffle: hold.shuffle,
        round: hold.round,
        announcement: hold.announcement.clone(),
        announce_every: hold.announce_every,
        fallback_url: hold.fallback_url.clone(),
        timeout: park.timeout,
        return_tries: park.return_tries,
        return_ring: park.return_ring,
        limit: park.limit,
    }
}
