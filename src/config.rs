//! The configuration: read once, from environment variables and `.env`, into typed values.
//!
//! Every variable is declared in [`variables`]; the declaration feeds the reading here, the messages, `.env.example`
//! and the README's table, and a test holds them together. Whoever starts Switchboard for the first time sees *all*
//! that is missing or malformed at once, each with what it is for and an example, and never a secret's value.
//!
//! It knows Twilio's SIDs, because a mistyped SID should be found here and not in the first call.

pub mod availability;
pub mod callback;
mod credentials;
pub mod did;
pub mod dispatch;
mod file;
mod fingerprint;
pub mod intake;
mod listen;
mod log;
mod parse;
mod problems;
mod sources;
mod unknown;
pub mod variables;
pub mod voicemail;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use crate::twilio::{
    sid::{AccountSid, ApiKeySid, SyncServiceSid, WorkspaceSid},
    signature::WebhookKey,
};
use availability::Availability;
use callback::Callback;
use did::{Did, Extension};
use dispatch::Dispatch;
pub use file::Unreadable;
pub use fingerprint::Values;
use intake::Intake;
pub use listen::listen;
use parse::Reader;
pub(crate) use parse::media_type;
pub use problems::{Problem, Problems};
pub use sources::Sources;
pub(crate) use sources::no_variable;
use voicemail::Voicemail;

/// A user and a password.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// What a voice route does when we fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceFault {
    /// Says so to the caller, with status 200.
    Speak,
    /// Fails with a 5xx, so that Twilio asks the fallback URL of the operator.
    Fail,
}

/// One piece of hold music.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Track {
    /// The one we make ourselves.
    BuiltIn,
    /// A file that we serve.
    File(PathBuf),
    /// Somebody else's URL.
    Url(String),
}

/// The Twilio account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its SID.
    pub sid: AccountSid,
    /// Its auth tokens, newest first: any of them may have signed a webhook.
    pub auth_tokens: Vec<SecretString>,
    /// Shared keys that may have signed a webhook instead.
    pub webhook_keys: Vec<WebhookKey>,
    /// An API key for REST, instead of the newest auth token.
    pub api_key: Option<Login>,
    /// The Flex workspace.
    pub workspace: WorkspaceSid,
    /// The Sync service that Flex plugins read.
    pub sync_service: SyncServiceSid,
    /// Twilio's region.
    pub region: Option<String>,
    /// Twilio's edge.
    pub edge: Option<String>,
    /// Where to reach Twilio instead; may hold `{product}`.
    pub base_url: Option<String>,
}

/// What a caller on hold hears.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The music.
    pub music: Vec<Track>,
    /// In random order, not in turn.
    pub shuffle: bool,
    /// How long the longest track lasts.
    pub round: Duration,
    /// What is said now and then.
    pub announcement: Option<String>,
    /// After how many rounds.
    pub announce_every: u32,
    /// Whom Twilio asks when we cannot be reached.
    pub fallback_url: Option<String>,
}

/// How parking behaves.
#[derive(Clone, Copy, Debug)]
pub struct Park {
    /// After how long a parked call comes back, if at all.
    pub timeout: Option<Duration>,
    /// How often to its worker.
    pub return_tries: u32,
    /// How long each time.
    pub return_ring: Duration,
    /// How many calls a worker may have parked, if there is a limit.
    pub limit: Option<u32>,
}

/// The voice that speaks our documents.
#[derive(Clone, Debug)]
pub struct Speech {
    /// A voice of `<Say>`, if not Twilio's default.
    pub voice: Option<String>,
    /// Its language.
    pub language: String,
    /// Where edited documents are.
    pub directory: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// A filter as of `tracing-subscriber`.
    pub filter: String,
    /// As JSON lines, not as text.
    pub json: bool,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Twilio account.
    pub account: Account,
    /// The address Twilio reaches us by, without a slash at its end. May have a path.
    pub public_url: String,
    /// Where we listen.
    pub listen: SocketAddr,
    /// For how long everything goes on after we were told to stop.
    pub drain_linger: Duration,
    /// The origins whose browsers may call the plugin's routes.
    pub flex_origins: Vec<String>,
    /// What a caller on hold hears.
    pub hold: Hold,
    /// How parking behaves.
    pub park: Park,
    /// Workers on their own phones.
    pub dispatch: Dispatch,
    /// Agents' own numbers.
    pub did: Did,
    /// Agents' extensions.
    pub extension: Extension,
    /// Who computes which worker is ready for the next call.
    pub availability: Availability,
    /// Call-backs and messages.
    pub callback: Callback,
    /// Messages for workers and queues.
    pub voicemail: Voicemail,
    /// The most tasks a worker may be given on one channel.
    pub capacity_limit: u32,
    /// How workers go on and off line by phone.
    pub intake: Intake,
    /// Basic credentials that `/worker-lookup` takes instead of a signature.
    pub lookup: Option<Login>,
    /// What a voice route does when we fail.
    pub voice_fault: VoiceFault,
    /// The voice that speaks our documents.
    pub speech: Speech,
    /// What is logged.
    pub log: Log,
    /// What is set and looks like one of our variables, but is none: the name, and where it is set.
    pub unknown: Vec<String>,
    /// Every value as it was set, to be compared with another process's.
    pub values: Values,
}

impl Config {
    /// Reads the environment, and `.env` below it. The environment itself is not changed.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn from_env() -> Result<Self, Problems> {
        Sources::here().config()
    }

    /// Reads the variables from anywhere. An empty value counts as none.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut reader = Reader::new(&lookup);
        let config = reader.config();
        reader.examples();
        match (config, reader.problems.is_empty()) {
            (Some(config), true) => Ok(Self {
                values: Values::of(&lookup),
                ..config
            }),
            _ => Err(Problems {
                variables: reader.problems,
                ..Problems::default()
            }),
        }
    }
}

impl Reader<'_> {
    /// Reads every part before giving up on any, so that all problems are found.
    fn config(&mut self) -> Option<Config> {
        let account = self.account();
        let public_url = self.required("PUBLIC_URL", parse::public_url);
        let listen = self.value("LISTEN", parse::listen);
        let drain_linger = self.value("DRAIN_LINGER", |text| parse::seconds(text, 0, 300));
        let flex_origins = self.value("FLEX_ORIGINS", parse::origins);
        let hold = self.hold();
        let park = self.park();
        let dispatch = self.dispatch();
        let did = self.did();
        let extension = self.extension();
        let availability = self.availability();
        let callback = self.callback();
        let voicemail = self.voicemail();
        let capacity_limit = self.value("CAPACITY_LIMIT", |text| parse::between(text, 1, 100));
        let intake = self.intake();
        let lookup = self.login("LOOKUP_USER", "LOOKUP_PASSWORD");
        let voice_fault = self.value("VOICE_FAULT", |text| match text {
            "speak" => Ok(VoiceFault::Speak),
            "fail" => Ok(VoiceFault::Fail),
            _ => Err("expected speak or fail".to_owned()),
        });
        let speech = self.speech();
        let log = self.log();
        Some(Config {
            account: account?,
            public_url: public_url?,
            listen: listen?,
            drain_linger: drain_linger?,
            flex_origins: flex_origins?,
            hold: hold?,
            park: park?,
            dispatch: dispatch?,
            did: did?,
            extension: extension?,
            availability: availability?,
            callback: callback?,
            voicemail: voicemail?,
            capacity_limit: capacity_limit?,
            intake: intake?,
            lookup,
            voice_fault: voice_fault?,
            speech: speech?,
            log: log?,
            unknown: vec![],
            values: Values::default(),
        })
    }

    fn account(&mut self) -> Option<Account> {
        let sid = self.required("ACCOUNT_SID", credentials::sid);
        let auth_tokens = self.required("AUTH_TOKEN", credentials::auth_tokens);
        let webhook_keys = self.optional("WEBHOOK_KEYS", parse::webhook_keys);
        let api_key = self.login("API_KEY", "API_SECRET");
        self.optional("API_KEY", credentials::sid::<ApiKeySid>);
        let workspace = self.required("WORKSPACE_SID", credentials::sid);
        let sync_service = self.required("SYNC_SERVICE_SID", credentials::sid);
        let (region, edge) = self.region_and_edge();
        let base_url = self.optional("TWILIO_BASE_URL", parse::base_url);
        Some(Account {
            sid: sid?,
            auth_tokens: auth_tokens?,
            webhook_keys: webhook_keys.unwrap_or_default(),
            api_key,
            workspace: workspace?,
            sync_service: sync_service?,
            region,
            edge,
            base_url,
        })
    }

    fn hold(&mut self) -> Option<Hold> {
        let music = self
            .optional("HOLD_MUSIC", parse::tracks)
            .unwrap_or_else(|| vec![Track::BuiltIn]);
        let shuffle = self.value("HOLD_ORDER", |text| match text {
            "in-turn" => Ok(false),
            "random" => Ok(true),
            _ => Err("expected in-turn or random".to_owned()),
        });
        let round = self.value("HOLD_ROUND_SECONDS", |text| parse::seconds(text, 5, 300));
        let announcement = self.optional("HOLD_ANNOUNCEMENT", |text| parse::text(text, 500));
        let announce_every = self.value("HOLD_ANNOUNCE_EVERY", |text| parse::between(text, 1, 100));
        let fallback_url = self.optional("HOLD_FALLBACK_URL", parse::https);
        Some(Hold {
            music,
            shuffle: shuffle?,
            round: round?,
            announcement,
            announce_every: announce_every?,
            fallback_url,
        })
    }

    fn park(&mut self) -> Option<Park> {
        let timeout = self.optional("PARK_TIMEOUT", |text| parse::seconds(text, 10, 86_400));
        let return_tries = self.value("PARK_RETURN_TRIES", |text| parse::between(text, 0, 100));
        let return_ring = self.value("PARK_RETURN_RING", |text| parse::seconds(text, 5, 600));
        let limit = self.optional("PARK_LIMIT", |text| parse::between(text, 1, 100));
        Some(Park {
            timeout,
            return_tries: return_tries?,
            return_ring: return_ring?,
            limit,
        })
    }

    fn speech(&mut self) -> Option<Speech> {
        let voice = self.optional("VOICE", |text| parse::text(text, 100));
        let language = self.value("LANGUAGE", |text| parse::text(text, 20));
        let directory = self.optional("TWIML_DIR", |text| Ok(PathBuf::from(text)));
        Some(Speech {
            voice,
            language: language?,
            directory,
        })
    }

    fn log(&mut self) -> Option<Log> {
        let filter = self.value("LOG", log::filter);
        let json = self.value("LOG_FORMAT", |text| match text {
            "text" => Ok(false),
            "json" => Ok(true),
            _ => Err("expected text or json".to_owned()),
        });
        Some(Log {
            filter: filter?,
            json: json?,
        })
    }
}
