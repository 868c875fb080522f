//! Values to try: for each variable one that is right, and one that is wrong.

use std::fs;

/// For each variable a value that is right and one that is wrong, if there is such a thing.
pub(super) const VALUES: [(&str, &str, Option<&str>); 92] = [
    (
        "ACCOUNT_SID",
        "AC00000000000000000000000000000001",
        Some("AC1"),
    ),
    ("AUTH_TOKEN", "hush-newest, hush-older", Some(" , ")),
    (
        "WEBHOOK_KEYS",
        "one: hush-shared, two:hush:with:colons",
        Some("hush-shared"),
    ),
    (
        "API_KEY",
        "SK00000000000000000000000000000002",
        Some("AC00000000000000000000000000000002"),
    ),
    ("API_SECRET", "hush-key", None),
    (
        "WORKSPACE_SID",
        "WS00000000000000000000000000000003",
        Some("WW00000000000000000000000000000003"),
    ),
    (
        "SYNC_SERVICE_SID",
        "IS00000000000000000000000000000004",
        Some("default"),
    ),
    (
        "PUBLIC_URL",
        "https://switchboard.example.com/flex/",
        Some("http://switchboard.example.com"),
    ),
    ("LISTEN", "[::]:8443", Some("8080")),
    ("DRAIN_LINGER", "30", Some("301")),
    (
        "FLEX_ORIGINS",
        "https://flex.twilio.com, http://localhost:3000",
        Some("https://flex.twilio.com/"),
    ),
    ("TWILIO_REGION", "ie1", Some("ie1.evil.example/")),
    ("TWILIO_EDGE", "dublin", Some("Dublin")),
    (
        "TWILIO_BASE_URL",
        "http://127.0.0.1:4010/{product}/",
        Some("http://10.0.0.1:4010"),
    ),
    (
        "HOLD_MUSIC",
        "https://example.com/a.mp3, Cargo.toml",
        Some("Cargo.toml"),
    ),
    ("HOLD_ORDER", "random", Some("shuffled")),
    ("HOLD_ROUND_SECONDS", "300", Some("301")),
    ("HOLD_ANNOUNCEMENT", "Still here.", None),
    ("HOLD_ANNOUNCE_EVERY", "1", Some("0")),
    (
        "HOLD_FALLBACK_URL",
        "https://handler.twilio.com/twiml/EH1?x=1",
        Some("ftp://example.com"),
    ),
    ("PARK_TIMEOUT", "10", Some("9")),
    ("PARK_RETURN_TRIES", "0", Some("-1")),
    ("PARK_RETURN_RING", "20", Some("2.5")),
    ("PARK_LIMIT", "100", Some("101")),
    ("STUCK_TASK_SECONDS", "0", Some("599")),
    ("CAPACITY_LIMIT", "4", Some("0")),
    ("INTAKE_ENROL", "pin", Some("maybe")),
    ("INTAKE_PIN", "24681012", Some("hush12")),
    (
        "INTAKE_SKILLS",
        "sales, support:technical support:tech|help desk",
        Some("sales,sales"),
    ),
    ("INTAKE_ON_ACTIVITY", "Available", None),
    ("INTAKE_OFF_ACTIVITY", "Gone home", None),
    ("INTAKE_REFUSED_PREFIXES", "+1900, +44", Some("900")),
    ("LOOKUP_USER", "studio", Some("stu:dio")),
    ("LOOKUP_PASSWORD", "hush-look-up", None),
    ("VOICE", "Polly.Joanna", None),
    ("LANGUAGE", "en-GB", Some("the Queen's English, please")),
    ("VOICE_FAULT", "fail", Some("sing")),
    ("LOG", "warn,switchboard=debug", Some("switchboard=loud")),
    ("LOG_FORMAT", "json", Some("xml")),
    ("DISPATCH_CALLER_ID", "+15125550100", Some("5125550100")),
    (
        "DISPATCH_COOL_DOWN_ACTIVITY",
        "WA00000000000000000000000000000005",
        Some("Cool-down"),
    ),
    ("DISPATCH_COOL_DOWN", "busy=30, other=60", Some("tired=30")),
    ("DISPATCH_SHOW", "caller", Some("nothing")),
    ("DISPATCH_ATTRIBUTE", "phone", Some("phone-number")),
    ("DISPATCH_SCREENING", "both", Some("listen")),
    ("DISPATCH_CONNECT", "conference", Some("room")),
    (
        "DISPATCH_CALLER_NEXT",
        "https://example.com/survey",
        Some("http://example.com/survey"),
    ),
    (
        "DISPATCH_WHISPER",
        "A call for {queue}, from {caller}.",
        Some("A call for {team}."),
    ),
    ("DISPATCH_DOUBT", "reject", Some("maybe")),
    ("DISPATCH_RING", "15", Some("61")),
    ("DISPATCH_LISTEN", "5", Some("2")),
    ("DISPATCH_SLACK", "10", Some("-1")),
    ("DISPATCH_RESERVATION", "60", Some("14")),
    ("DISPATCH_MISSES", "0", Some("many")),
    (
        "DISPATCH_MISSED_ACTIVITY",
        "WA00000000000000000000000000000006",
        Some("WK00000000000000000000000000000006"),
    ),
    ("DISPATCH_MISSED_TEXT", "Are you there?", None),
    ("DISPATCH_SUPERVISOR", "+15125550199", Some("Sue")),
    (
        "DISPATCH_POST_WORK_ACTIVITY",
        "WA00000000000000000000000000000007",
        Some("WQ00000000000000000000000000000007"),
    ),
    (
        "DISPATCH_NOBODY_QUEUE",
        "WQ00000000000000000000000000000008",
        Some("Nobody"),
    ),
    ("DISPATCH_NOBODY_MESSAGE", "We are closed.", None),
    ("DISPATCH_NOBODY_NEXT", "voicemail", Some("mailbox")),
    (
        "VOICEMAIL_WORKFLOW",
        "WW0000000000000000000000000000000e",
        Some("WQ0000000000000000000000000000000e"),
    ),
    ("VOICEMAIL_GREETING", "Please speak.", None),
    ("VOICEMAIL_LONGEST", "110", Some("4")),
    ("VOICEMAIL_SILENCE", "10", Some("1")),
    ("VOICEMAIL_TRANSCRIBE", "on", Some("yes")),
    ("VOICEMAIL_TASK_SECONDS", "604800", Some("59")),
    ("VOICEMAIL_DAYS", "90", Some("0")),
    (
        "VOICEMAIL_SHARED",
        "WQ0000000000000000000000000000000f",
        Some("WK0000000000000000000000000000000f"),
    ),
    (
        "DID_WORKFLOW",
        "WW000000000000000000000000000000d1",
        Some("WQ000000000000000000000000000000d1"),
    ),
    ("DID_ATTRIBUTE", "own_number", Some("own-number")),
    ("DID_COUNTRY", "DE", Some("Germany")),
    (
        "DID_SHARED_NUMBERS",
        "+15125550171, +15125550172",
        Some("+15125550171,5125550172"),
    ),
    ("DID_CALL_BACK_HOURS", "31", Some("721")),
    ("DID_DEFAULT_CALLER_ID", "+15125550173", Some("5125550173")),
    (
        "DID_NOBODY_WORKFLOW",
        "WW000000000000000000000000000000d2",
        Some("desk"),
    ),
    ("DID_NOBODY_MESSAGE", "Nobody's number.", None),
    ("DID_UNANSWERED_MESSAGE", "Nobody is free.", None),
    (
        "EXTENSION_WORKFLOW",
        "WW000000000000000000000000000000e1",
        Some("WT000000000000000000000000000000e1"),
    ),
    (
        "EXTENSION_OPERATOR_WORKFLOW",
        "WW000000000000000000000000000000e2",
        Some("operator"),
    ),
    ("EXTENSION_DIGITS", "5", Some("1")),
    ("EXTENSION_MESSAGE", "They are out.", None),
    ("EXTENSION_PATIENCE", "44", Some("14")),
    ("AVAILABILITY", "server", Some("browser")),
    (
        "CALLBACK_WORKFLOW",
        "WW000000000000000000000000000000c1",
        Some("WQ000000000000000000000000000000c1"),
    ),
    ("CALLBACK_OFFERS", "message", Some("fax")),
    ("CALLBACK_ATTEMPTS", "5", Some("0")),
    ("CALLBACK_COUNTRIES", "DE, at", Some("Germany")),
    ("CALLBACK_MESSAGE_SECONDS", "120", Some("4")),
    ("CALLBACK_TRANSCRIBE", "on", Some("yes")),
    (
        "CALLBACK_HOURS",
        "mon-fri 08:00-20:00, sat 22:00-02:00",
        Some("08:00-20:00"),
    ),
    (
        "CALLBACK_TIME_ZONE",
        "America/Chicago",
        Some("America/Gotham"),
    ),
];

/// A variable that any text fits.
pub(super) const FREE: &str = "TWIML_DIR";

/// Set, wrong, blank or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Right,
    Wrong,
    Blank,
    Missing,
}

pub(super) fn value(name: &str, state: State) -> Option<String> {
    let (_, right, wrong) = VALUES.iter().find(|(known, ..)| *known == name)?;
    match state {
        State::Right if name == "HOLD_MUSIC" => {
            Some(format!("https://example.com/a.mp3, {}", music_file()))
        }
        State::Right => Some((*right).to_owned()),
        State::Wrong => Some(wrong.unwrap_or(right).to_owned()),
        State::Blank => Some("  ".to_owned()),
        State::Missing => None,
    }
}

/// A file that has the name of music. Tests run at once, so it stays.
pub(super) fn music_file() -> String {
    let path = std::env::temp_dir().join("switchboard-config-test.wav");
    fs::write(&path, b"RIFF").expect("a new file");
    path.to_string_lossy().into_owned()
}
