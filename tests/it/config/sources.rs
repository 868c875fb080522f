//! The environment and `.env`: names that are misspelt, and files that cannot be read.

use std::{collections::BTreeMap, io};

use switchboard::app::Config;
use switchboard::config::{Problems, Sources};

use super::{
    TABLE, named, required,
    values::{State, value},
};

/// What is required, as lines of `.env`.
fn required_lines() -> String {
    let line = |name| {
        format!(
            "{name}=\"{}\"\n",
            value(name, State::Right).expect("a value")
        )
    };
    required().into_iter().map(line).collect()
}

/// An environment like everybody's, with these besides.
fn read(more: &[(&str, &str)], file: Option<&str>) -> Result<Config, Problems> {
    let usual = [
        ("PATH", "/usr/bin"),
        ("LANG", "C.UTF-8"),
        ("LOG_DIR", "/var/log"),
        ("LISTEN_FDS", "1"),
        ("API_URL", "https://example.com"),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
    ];
    let all = usual.iter().chain(more);
    let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let file = file.map(|text| Ok(text.as_bytes().to_vec()));
    Config::of(Sources::of(environment.collect(), file))
}

#[test]
fn a_misspelt_variable_is_an_error_that_names_the_one_that_is_meant() {
    for (environment, file) in [
        (vec![("PARK_TIMOUT", "60")], required_lines()),
        (vec![], format!("{}PARK_TIMOUT=60\n", required_lines())),
    ] {
        let problems = read(&environment, Some(&file)).expect_err("PARK_TIMOUT");
        let [problem] = &problems.variables[..] else {
            panic!("{problems}");
        };
        assert_eq!(problem.variable.name, "PARK_TIMEOUT");
        assert!(
            problem.what.contains("but PARK_TIMOUT is, in"),
            "{}",
            problem.what
        );
        assert!(
            !problems.to_string().contains("60"),
            "no value is shown: {problems}"
        );
    }
}

#[test]
fn a_required_variable_that_is_misspelt_is_told_once() {
    let lines = required_lines().replace("PUBLIC_URL", "PUBLIC_URI");
    let problems = read(&[], Some(&lines)).expect_err("PUBLIC_URI");
    assert_eq!(problems.variables.len(), 1, "{problems}");
    assert_eq!(problems.variables[0].variable.name, "PUBLIC_URL");
    assert!(problems.variables[0].what.contains("PUBLIC_URI"));
}

#[test]
fn what_begins_like_ours_is_kept_to_be_warned_of_and_nothing_else_is() {
    let lines = format!("{}HOLD_VOLUME=3\n", required_lines());
    let config = read(&[("PARK_COLOR", "red")], Some(&lines)).expect("a configuration");
    assert_eq!(
        config.general.unknown,
        ["PARK_COLOR, in the environment", "HOLD_VOLUME, in .env"]
    );
    assert!(
        read(&[], Some(&required_lines()))
            .expect("a configuration")
            .general
            .unknown
            .is_empty()
    );
}

#[test]
fn every_variable_may_be_set_in_both_places() {
    let right = |name| Some((name, value(name, State::Right)?));
    let all: Vec<_> = TABLE.variables().filter_map(|it| right(it.name)).collect();
    let all: Vec<_> = all
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let config = read(&all, Some(&required_lines())).expect("a configuration");
    assert!(config.general.unknown.is_empty());
}

#[test]
fn a_byte_order_mark_before_the_first_name_does_no_harm() {
    let lines = format!("\u{feff}{}", required_lines());
    assert!(read(&[], Some(&lines)).is_ok());
}

#[test]
fn an_env_file_that_cannot_be_read_is_one_error() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    for found in [Err(denied), Ok(b"ACCOUNT_SID=\xff\xfe".to_vec())] {
        let problems = Config::of(Sources::of(BTreeMap::new(), Some(found)));
        let problems = problems.expect_err("unreadable");
        assert!(named(&problems).is_empty(), "{problems}");
        assert_eq!(problems.unreadable.len(), 1, "{problems}");
    }
}

#[test]
fn a_line_that_cannot_be_read_is_told_once() {
    let lines = required_lines().replace("AUTH_TOKEN=\"hush", "AUTH_TOKEN=two words \"hush");
    let problems = read(&[], Some(&lines)).expect_err("two words");
    assert!(named(&problems).is_empty(), "{problems}");
    assert_eq!(problems.unreadable.len(), 1, "{problems}");
}
