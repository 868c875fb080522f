//! The configuration: everything that is wrong is said at once, and a secret never.

mod declaration;
mod sources;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::prelude::*;
use secrecy::ExposeSecret;
use switchboard::{
    app::{Config, TABLE},
    config::{Need, Problems, VoiceFault},
    features::{
        intake::{Enrol, Skill},
        music::Source,
    },
};

use values::{State, VALUES, music_file, value};

fn read(states: &BTreeMap<&str, State>) -> Result<Config, Problems> {
    Config::read(|name| value(name, *states.get(name).unwrap_or(&State::Missing)))
}

fn all(state: State) -> BTreeMap<&'static str, State> {
    VALUES.iter().map(|(name, ..)| (*name, state)).collect()
}

fn named(problems: &Problems) -> BTreeSet<&'static str> {
    problems
        .variables
        .iter()
        .map(|problem| problem.variable.name)
        .collect()
}

fn required() -> BTreeSet<&'static str> {
    let required = TABLE
        .variables()
        .filter(|variable| variable.need == Need::Required);
    required.map(|variable| variable.name).collect()
}

#[test]
fn a_fresh_user_sees_everything_that_is_missing_with_an_example() {
    let problems = read(&BTreeMap::new()).unwrap_err();
    assert_eq!(named(&problems), required());
    insta::assert_snapshot!(problems.to_string());
}

#[test]
fn what_is_not_set_has_its_default() {
    let states = required()
        .into_iter()
        .map(|name| (name, State::Right))
        .collect();
    let config = read(&states).unwrap();
    assert_eq!(config.general.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.general.flex_origins,
        ["https://flex.twilio.com", "http://localhost:3000"]
    );
    assert_eq!(
        (
            config.features.music.tracks,
            config.features.parking.shuffle
        ),
        (vec![Source::BuiltIn], false)
    );
    assert_eq!(config.features.parking.round, Duration::from_secs(30));
    assert_eq!(
        config.features.parking.round,
        Duration::from_secs(u64::from(switchboard::features::music::SECONDS))
    );
    assert_eq!(
        (
            config.features.parking.timeout,
            config.features.parking.return_tries,
            config.features.parking.limit
        ),
        (None, 2, None)
    );
    assert_eq!(
        (config.features.capacity.limit, config.general.voice_fault),
        (10, VoiceFault::Speak)
    );
    assert_eq!(
        (
            config.general.speech.voice,
            config.general.speech.language.as_str()
        ),
        (None, "en-US")
    );
    assert!(
        config.general.lookup.is_none()
            && config.general.account.api_key.is_none()
            && !config.general.log.json
    );
}

#[test]
fn what_is_set_of_the_account_and_the_server_is_taken() {
    let general = read(&all(State::Right)).unwrap().general;
    let tokens = general.account.auth_tokens.iter();
    let tokens: Vec<_> = tokens.map(ExposeSecret::expose_secret).collect();
    assert_eq!(tokens, ["hush-newest", "hush-older"]);
    let keys = general.account.webhook_keys.iter();
    let keys: Vec<_> = keys
        .map(|key| (key.id.as_str(), key.secret.expose_secret()))
        .collect();
    assert_eq!(keys, [("one", "hush-shared"), ("two", "hush:with:colons")]);
    assert_eq!(general.public_url, "https://switchboard.example.com/flex");
    assert_eq!(
        general.account.base_url.as_deref(),
        Some("http://127.0.0.1:4010/{product}")
    );
    let (key, lookup) = (general.account.api_key.unwrap(), general.lookup.unwrap());
    assert_eq!(
        (key.user.as_str(), key.password.expose_secret()),
        ("SK00000000000000000000000000000002", "hush-key")
    );
    assert_eq!(
        (lookup.user.as_str(), lookup.password.expose_secret()),
        ("studio", "hush-look-up")
    );
    assert!(general.log.json && general.voice_fault == VoiceFault::Fail);
}

#[test]
fn what_is_set_of_the_features_is_taken() {
    let features = read(&all(State::Right)).unwrap().features;
    let music = [
        Source::Url("https://example.com/a.mp3".to_owned()),
        Source::File(music_file().into()),
    ];
    assert_eq!(features.music.tracks, music);
    let parking = features.parking;
    assert_eq!(parking.timeout, Some(Duration::from_secs(10)));
    assert_eq!((parking.return_tries, parking.limit), (0, Some(100)));
    assert!(parking.shuffle);
}

#[test]
fn what_workers_can_choose_is_read() {
    let intake = read(&all(State::Right)).unwrap().features.intake;
    let skill = |name: &str, spoken: &str, words: &[&str]| Skill {
        name: name.to_owned(),
        spoken: spoken.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    assert_eq!(
        intake.skills,
        [
            skill("sales", "sales", &[]),
            skill("support", "technical support", &["tech", "help desk"])
        ]
    );
    assert!(matches!(&intake.enrol, Enrol::Pin(pin) if pin.expose_secret() == "24681012"));
    assert_eq!(intake.refused_prefixes, ["+1900", "+44"]);
    assert!(!format!("{intake:?}").contains("24681012"));
}

#[test]
fn one_half_of_a_login_asks_for_the_other() {
    for (user, password) in [
        ("API_KEY", "API_SECRET"),
        ("LOOKUP_USER", "LOOKUP_PASSWORD"),
    ] {
        for (set, missing) in [(user, password), (password, user)] {
            let mut states = all(State::Right);
            states.insert(missing, State::Missing);
            let problems = read(&states).unwrap_err();
            assert_eq!(named(&problems), BTreeSet::from([missing]), "{set} alone");
            assert!(problems.variables[0].what.contains(set));
        }
    }
}

#[test]
fn a_budget_that_does_not_fit_is_refused_with_its_sum() {
    let problems = Config::read(|asked| match asked {
        "DISPATCH_RESERVATION" => Some("15".to_owned()),
        _ => value(asked, State::Right),
    });
    let problems = problems.expect_err("15 s");
    assert_eq!(
        problems.variables[0].what,
        "ring 15 + 5 + listen 5 + slack 10 = 35 s do not fit into 15 s"
    );
}

#[test]
fn addresses_that_would_break_signatures_or_leak_are_refused() {
    let refused = [
        ("PUBLIC_URL", "https://user@switchboard.example.com"),
        ("PUBLIC_URL", "https://switchboard.example.com/#top"),
        ("PUBLIC_URL", "https://switchboard.example.com?x=1"),
        ("PUBLIC_URL", "https://switch_board.example.com"),
        ("PUBLIC_URL", "https://switch board.example.com"),
        ("PUBLIC_URL", "https://m\u{fc}ller.example"),
        ("PUBLIC_URL", "switchboard.example.com"),
        ("PUBLIC_URL", "http://127.0.0.1.example.com"),
        ("TWILIO_BASE_URL", "http://localhost.example.com/{product}"),
        ("TWILIO_BASE_URL", "https://{product}@example.com"),
        ("FLEX_ORIGINS", "*"),
        ("FLEX_ORIGINS", "null"),
        ("FLEX_ORIGINS", "https://FLEX.twilio.com"),
        ("FLEX_ORIGINS", "https://flex.twilio.com:443"),
        ("FLEX_ORIGINS", ","),
        ("HOLD_MUSIC", "http://example.com/a.mp3"),
        ("HOLD_MUSIC", "nowhere/at/all.mp3"),
        ("INTAKE_PIN", "12345"),
        ("INTAKE_SKILLS", "a,b,c,d,e,f,g,h,i,j"),
        ("INTAKE_SKILLS", "sales:!"),
        ("INTAKE_REFUSED_PREFIXES", "+"),
    ];
    for (name, text) in refused {
        let problems = Config::read(|asked| match asked {
            _ if asked == name => Some(text.to_owned()),
            _ => value(asked, State::Right),
        });
        let problems = problems.expect_err(text);
        assert_eq!(named(&problems), BTreeSet::from([name]), "{text}");
    }
}

/// What should be said about these states: names only.
fn expected(states: &BTreeMap<&'static str, State>) -> BTreeSet<&'static str> {
    let state = |name: &str| states[name];
    let is_set = |name: &str| matches!(state(name), State::Right | State::Wrong);
    let mut names: BTreeSet<_> = required()
        .into_iter()
        .filter(|name| !is_set(name))
        .collect();
    names.extend(
        VALUES
            .iter()
            .filter(|(name, _, wrong)| {
                // A user's colon only matters when there is a password to go with it; without one, that is what is said.
                let alone = *name == "LOOKUP_USER" && !is_set("LOOKUP_PASSWORD");
                wrong.is_some() && state(name) == State::Wrong && !alone
            })
            .map(|(name, ..)| *name),
    );
    // The value that is right asks for a PIN.
    if state("INTAKE_ENROL") == State::Right && !is_set("INTAKE_PIN") {
        names.extend(["INTAKE_PIN"]);
    }
    for (user, password) in [
        ("API_KEY", "API_SECRET"),
        ("LOOKUP_USER", "LOOKUP_PASSWORD"),
        ("DISPATCH_CALLER_ID", "DISPATCH_COOL_DOWN_ACTIVITY"),
    ] {
        match (is_set(user), is_set(password)) {
            (true, false) => names.extend([password]),
            (false, true) => names.extend([user]),
            _ => {}
        }
    }
    names
}

fn states() -> impl Strategy<Value = BTreeMap<&'static str, State>> {
    // Mostly right, so that whole configurations turn up as well.
    let state = prop_oneof![
        20 => Just(State::Right), 1 => Just(State::Wrong), 1 => Just(State::Blank), 2 => Just(State::Missing)
    ];
    prop::collection::vec(state, VALUES.len())
        .prop_map(|states| VALUES.iter().map(|(name, ..)| *name).zip(states).collect())
}

proptest! {
    #[test]
    fn all_that_is_wrong_is_said_at_once_and_no_secret_ever(states in states()) {
        let read = read(&states);
        let shown = match &read {
            Ok(config) => format!("{config:?}"),
            Err(problems) => format!("{problems} {problems:?}"),
        };
        prop_assert!(!shown.contains("hush"), "{shown}");
        let named = read.err().map_or_else(BTreeSet::new, |problems| named(&problems));
        prop_assert_eq!(named, expected(&states));
    }

    #[test]
    fn any_text_can_be_read(name in prop::sample::select(TABLE.variables().collect::<Vec<_>>()), text in "\\PC{0,60}") {
        let _ = Config::read(|asked| {
            if asked == name.name { Some(text.clone()) } else { value(asked, State::Right) }
        });
    }
}

#[test]
fn a_region_needs_no_edge_where_its_own_is_known() {
    let read_with = |region: &str, edge: &str| {
        Config::read(|name| match name {
            "TWILIO_REGION" => Some(region.to_owned()),
            "TWILIO_EDGE" => Some(edge.to_owned()),
            _ => value(name, State::Right),
        })
    };
    assert!(read_with("ie1", "").is_ok());
    assert!(read_with("xx1", "somewhere").is_ok());
    let problems = read_with("xx1", "").unwrap_err().to_string();
    assert!(problems.contains("TWILIO_EDGE"), "{problems}");
    assert!(problems.contains("xx1"), "{problems}");
}
