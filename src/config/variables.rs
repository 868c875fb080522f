//! The declared table of variables.

mod availability;
mod callback;
mod did;
mod dispatch;
mod row;
mod voicemail;

use std::fmt::Write;

pub use self::row::{Need, Variable};
use self::row::{secret, variable};

use Need::{Default, Off, Required};

/// Every variable, in the order of `.env.example`.
pub static VARIABLES: &[Variable] = &joined::<{ count(LISTS) }>(LISTS);

/// The lists of each subject.
const LISTS: &[&[Variable]] = &[
    GENERAL,
    dispatch::DISPATCH,
    did::DID,
    availability::AVAILABILITY,
    callback::CALLBACK,
    voicemail::VOICEMAIL,
];

/// How many variables there are.
const fn count(lists: &[&[Variable]]) -> usize {
    let (mut sum, mut list) = (0, 0);
    while list < lists.len() {
        sum += lists[list].len();
        list += 1;
    }
    sum
}

/// Several lists as one.
const fn joined<const N: usize>(lists: &[&[Variable]]) -> [Variable; N] {
    let mut all = [lists[0][0]; N];
    let (mut list, mut at) = (0, 0);
    while list < lists.len() {
        let mut each = 0;
        while each < lists[list].len() {
            all[at] = lists[list][each];
            each += 1;
            at += 1;
        }
        list += 1;
    }
    all
}

/// The account, the server and parking.
const GENERAL: &[Variable] = &[
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
    secret(
        "WEBHOOK_KEYS",
        Off,
        "the-id-of-the-key:the-secret-shown-once-with-it",
        "Shared keys that sign webhooks instead of the auth token, where the account has webhook rules that say so (Twilio: \"Sign webhooks with shared keys\"): id and secret with a colon between them; several, with commas, while one is being replaced. Webhooks that no rule applies to go on being signed with AUTH_TOKEN.",
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
    variable(
        "WORKSPACE_SID",
        Required,
        "WSxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The TaskRouter workspace of Flex, \"Flex Task Assignment\".",
    ),
    variable(
        "SYNC_SERVICE_SID",
        Required,
        "ISxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The Sync service that the Flex plugin reads, \"Default Service\".",
    ),
    variable(
        "PUBLIC_URL",
        Required,
        "https://switchboard.example.com",
        "The address at which Twilio and agents' browsers reach this server, as configured at Twilio. Signatures are checked against it. May have a path.",
    ),
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
        "Another address for Twilio's APIs, such as an emulator; {product} stands for api, iam, sync or taskrouter. Plain http only to this machine.",
    ),
    variable(
        "HOLD_MUSIC",
        Off,
        "https://example.com/one.mp3,/srv/music/two.wav",
        "Hold music: https URLs or audio files that we serve, with commas. Without it, a short track of our own.",
    ),
    variable(
        "HOLD_ORDER",
        Default("in-turn"),
        "random",
        "Whether the tracks play in-turn or in random order.",
    ),
    variable(
        "HOLD_ROUND_SECONDS",
        Default("30"),
        "180",
        "How long your longest track lasts: how often a call on hold is heard of.",
    ),
    variable(
        "HOLD_ANNOUNCEMENT",
        Off,
        "Thank you for waiting. We have not forgotten you.",
        "What a caller on hold is told now and then.",
    ),
    variable(
        "HOLD_ANNOUNCE_EVERY",
        Default("2"),
        "4",
        "After how many tracks it is told again.",
    ),
    variable(
        "HOLD_FALLBACK_URL",
        Off,
        "https://handler.twilio.com/twiml/EHxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "Whom Twilio asks for the hold document when no replica can be reached, such as a TwiML Bin.",
    ),
    variable(
        "PARK_TIMEOUT",
        Off,
        "300",
        "After how many seconds a parked call comes back by itself.",
    ),
    variable(
        "PARK_RETURN_TRIES",
        Default("2"),
        "1",
        "How often it comes back to the worker who parked it before it goes to its workflow.",
    ),
    variable(
        "PARK_RETURN_RING",
        Default("30"),
        "20",
        "How many seconds it waits for that worker each time.",
    ),
    variable(
        "PARK_LIMIT",
        Off,
        "5",
        "How many calls a worker may have parked. Checking it is one more request for each park.",
    ),
    variable(
        "STUCK_TASK_SECONDS",
        Default("14400"),
        "28800",
        "After how many seconds a voice task is ended that an agent has, or writes up, while no call of it is alive; 0: never. From 600 to 86400; TaskRouter deletes what is older. Call-backs and messages are left alone.",
    ),
    variable(
        "CAPACITY_LIMIT",
        Default("10"),
        "4",
        "The highest capacity that the plugin may set on a worker's channel.",
    ),
    variable(
        "INTAKE_ENROL",
        Default("known"),
        "pin",
        "Who may go on line by phone or text message: known workers only, new ones too who know the pin, or (open) anybody.",
    ),
    secret(
        "INTAKE_PIN",
        Off,
        "135792",
        "The PIN of INTAKE_ENROL=pin: 6 to 12 digits.",
    ),
    variable(
        "INTAKE_SKILLS",
        Off,
        "sales,support:technical support:tech|help desk",
        "What workers can choose to take calls for, with commas: the name in routing.skills, then (with colons) how it is said and other words for it in a text message. Without it, nothing is chosen.",
    ),
    variable(
        "INTAKE_ON_ACTIVITY",
        Default("Available"),
        "On the phone",
        "The name of the activity of workers who went on line; an available one.",
    ),
    variable(
        "INTAKE_OFF_ACTIVITY",
        Default("Offline"),
        "Gone home",
        "The name of the activity of workers who went off line; one that is not available.",
    ),
    variable(
        "INTAKE_REFUSED_PREFIXES",
        Default("+1900,+1976,+449"),
        "+1900,+49900",
        "How phone numbers begin that no worker may have, because calling them is dear. The account's own numbers are always refused.",
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
];

/// The declaration of one variable.
#[must_use]
pub fn declared(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// The README's table.
#[must_use]
pub fn readme_table() -> String {
    let mut table = "| variable | default | what it is for |\n|---|---|---|\n".to_owned();
    for Variable {
        name,
        meaning,
        need,
        ..
    } in VARIABLES
    {
        let default = match need {
            Required => "**required**".to_owned(),
            Default(value) => format!("`{value}`"),
            Off => "–".to_owned(),
        };
        let meaning = meaning.replace('<', "&lt;");
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

/// The text of `.env.example`.
#[must_use]
pub fn env_example() -> String {
    let mut text = "# Copy to .env and fill in what is required. What is commented out shows a possible value.\n".to_owned();
    for Variable {
        name,
        meaning,
        need,
        example,
        ..
    } in VARIABLES
    {
        let line = match need {
            Required => format!("{name}={example}"),
            Default(value) => format!("# (default: {value})\n# {name}={}", quoted(example)),
            Off => format!("# {name}={}", quoted(example)),
        };
        let _ = write!(text, "\n# {meaning}\n{line}\n");
    }
    text
}

/// A value with spaces needs quotes in a `.env` file.
fn quoted(value: &str) -> String {
    if value.contains(' ') {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}
