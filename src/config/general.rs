//! What no feature owns: the account, the server, the voice and the log.

use std::{net::SocketAddr, path::PathBuf};

use phonenumber::country;
use secrecy::SecretString;

use super::{
    credentials,
    fingerprint::Values,
    log,
    parse::{self, Reader},
    table::Group,
    variable::{
        Need::{Default, Off, Required},
        secret, variable,
    },
};
use crate::twilio::{
    sid::{AccountSid, ApiKeySid, SyncServiceSid, WorkspaceSid},
    signature::WebhookKey,
};

/// The variables, those that must be set first.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Required",
        variables: &[
            variable(
                "ACCOUNT_SID",
                Required,
                "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "The Twilio account.",
            ),
            secret(
                "AUTH_TOKEN",
                Required,
                "the-auth-token-of-the-console",
                "The account's auth token: it proves that webhooks are Twilio's, and signs us in unless API_KEY does. Several, with commas, newest first, while it is being rotated.",
            ),
            variable(
                "PUBLIC_URL",
                Required,
                "https://switchboard.example.com",
                "The address at which Twilio and agents' browsers reach this server, as configured at Twilio. Signatures are checked against it. May have a path.",
            ),
        ],
    },
    Group {
        title: "Account, in detail",
        variables: &[
            variable(
                "WORKSPACE_SID",
                Off,
                "WSxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "The TaskRouter workspace. Without it, the one that the account's Flex configuration names; with it and SYNC_SERVICE_SID, the server starts without asking Twilio for anything.",
            ),
            variable(
                "SYNC_SERVICE_SID",
                Off,
                "ISxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "The Sync service that the Flex plugin reads. Without it, the account's default service.",
            ),
            variable(
                "API_KEY",
                Off,
                "SKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "An API key for REST requests instead of the auth token; goes with API_SECRET.",
            ),
            secret(
                "API_SECRET",
                Off,
                "the-secret-shown-once-with-the-key",
                "The API key's secret.",
            ),
            secret(
                "WEBHOOK_KEYS",
                Off,
                "the-id-of-the-key:the-secret-shown-once-with-it",
                "Shared keys that sign webhooks instead of the auth token, where the account has webhook rules that say so (Twilio: \"Sign webhooks with shared keys\"): id and secret with a colon between them; several, with commas, while one is being replaced. Webhooks that no rule applies to go on being signed with AUTH_TOKEN.",
            ),
            variable(
                "TWILIO_REGION",
                Off,
                "ie1",
                "The Twilio region of the account, if it is not us1. Flex itself runs in us1 only.",
            ),
            variable(
                "TWILIO_EDGE",
                Off,
                "dublin",
                "The Twilio edge to reach it through. A region alone is reached through its own: au1 sydney, br1 sao-paulo, de1 frankfurt, ie1 dublin, jp1 tokyo, jp2 osaka, sg1 singapore, us1 ashburn, us2 umatilla.",
            ),
            variable(
                "TWILIO_BASE_URL",
                Off,
                "http://127.0.0.1:4010/{product}",
                "Another address for Twilio's APIs, such as an emulator; {product} stands for api, flex-api, iam, sync or taskrouter. Plain http only to this machine.",
            ),
        ],
    },
    Group {
        title: "The server",
        variables: &[
            variable(
                "LISTEN",
                Default("127.0.0.1:8080"),
                "0.0.0.0:8080",
                "The address and port to listen on.",
            ),
            variable(
                "DRAIN_LINGER",
                Default("15"),
                "15",
                "How many seconds everything goes on after SIGTERM while /ready says 503, so that no caller is refused: longer than two health checks of the load balancer.",
            ),
            variable(
                "FLEX_ORIGINS",
                Default("https://flex.twilio.com,http://localhost:3000"),
                "https://flex.twilio.com",
                "The origins of Flex whose browsers may call the plugin's routes, with commas.",
            ),
            variable(
                "DID_COUNTRY",
                Default("US"),
                "DE",
                "The country whose phone numbers may be written without their country code, in DID_ATTRIBUTE and on our pages, as two letters.",
            ),
            variable(
                "LOOKUP_USER",
                Off,
                "studio",
                "User for HTTP Basic on /worker-lookup, for Studio widgets that do not sign; goes with LOOKUP_PASSWORD.",
            ),
            secret(
                "LOOKUP_PASSWORD",
                Off,
                "a long random text",
                "Its password.",
            ),
            variable(
                "LOG",
                Default("info"),
                "info,switchboard=debug",
                "What is logged: a level, or a filter by module.",
            ),
            variable(
                "LOG_FORMAT",
                Default("text"),
                "json",
                "Log lines as text or json.",
            ),
        ],
    },
    Group {
        title: "The voice callers hear",
        variables: &[
            variable("VOICE", Off, "Polly.Joanna", "The voice of <Say>."),
            variable(
                "LANGUAGE",
                Default("en-US"),
                "en-GB",
                "The language of <Say>.",
            ),
            variable(
                "TWIML_DIR",
                Off,
                "/etc/switchboard/twiml",
                "A folder with edited TwiML documents; those it lacks come from the program.",
            ),
            variable(
                "VOICE_FAULT",
                Default("speak"),
                "fail",
                "When a voice route fails: speak an apology, or fail so that Twilio asks your own fallback URL.",
            ),
        ],
    },
];

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
    /// The Flex workspace; `None` until it is discovered.
    pub workspace: Option<WorkspaceSid>,
    /// The Sync service that Flex plugins read; `None` until it is discovered.
    pub sync_service: Option<SyncServiceSid>,
    /// Twilio's region.
    pub region: Option<String>,
    /// Twilio's edge.
    pub edge: Option<String>,
    /// Where to reach Twilio instead; may hold `{product}`.
    pub base_url: Option<String>,
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

/// What no feature owns.
#[derive(Clone, Debug)]
pub struct General {
    /// The Twilio account.
    pub account: Account,
    /// The address Twilio reaches us by, without a slash at its end. May have a path.
    pub public_url: String,
    /// Where we listen.
    pub listen: SocketAddr,
    /// For how long everything goes on after we were told to stop.
    pub drain_linger: std::time::Duration,
    /// The origins whose browsers may call the plugin's routes.
    pub flex_origins: Vec<String>,
    /// The country whose numbers are written without their country code: in workers' attributes, and on our pages.
    pub home_country: country::Id,
    /// Basic credentials that Studio's widgets may send instead of a signature.
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

impl General {
    /// Reads every part before giving up on any, so that all problems are found.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let account = reader.account();
        let public_url = reader.public_url();
        let listen = reader.value("LISTEN", parse::listen);
        let drain_linger = reader.value("DRAIN_LINGER", |text| parse::seconds(text, 0, 300));
        let flex_origins = reader.value("FLEX_ORIGINS", parse::origins);
        let home_country = reader.home_country();
        let lookup = reader.login("LOOKUP_USER", "LOOKUP_PASSWORD");
        let voice_fault = reader.value("VOICE_FAULT", |text| match text {
            "speak" => Ok(VoiceFault::Speak),
            "fail" => Ok(VoiceFault::Fail),
            _ => Err("expected speak or fail".to_owned()),
        });
        let speech = reader.speech();
        let log = reader.log();
        Some(Self {
            account: account?,
            public_url: public_url?,
            listen: listen?,
            drain_linger: drain_linger?,
            flex_origins: flex_origins?,
            home_country: home_country?,
            lookup,
            voice_fault: voice_fault?,
            speech: speech?,
            log: log?,
            unknown: vec![],
            values: Values::default(),
        })
    }
}

impl Reader<'_> {
    /// The country whose numbers are written without their country code.
    pub(crate) fn home_country(&mut self) -> Option<country::Id> {
        self.value("DID_COUNTRY", |text| {
            text.parse()
                .map_err(|_| "expected the two letters of a country, such as US".to_owned())
        })
    }

    fn account(&mut self) -> Option<Account> {
        let sid = self.required("ACCOUNT_SID", credentials::sid);
        let auth_tokens = self.required("AUTH_TOKEN", credentials::auth_tokens);
        let webhook_keys = self.optional("WEBHOOK_KEYS", parse::webhook_keys);
        let api_key = self.login("API_KEY", "API_SECRET");
        self.optional("API_KEY", credentials::sid::<ApiKeySid>);
        let workspace = self.optional("WORKSPACE_SID", credentials::sid);
        let sync_service = self.optional("SYNC_SERVICE_SID", credentials::sid);
        let (region, edge) = self.region_and_edge();
        let base_url = self.optional("TWILIO_BASE_URL", parse::base_url);
        Some(Account {
            sid: sid?,
            auth_tokens: auth_tokens?,
            webhook_keys: webhook_keys.unwrap_or_default(),
            api_key,
            workspace,
            sync_service,
            region,
            edge,
            base_url,
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
