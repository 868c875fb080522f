//! The declared table and everything that is made from it stay one.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
};

use switchboard::app::Config;
use switchboard::app::TABLE;

use super::{
    named,
    values::{FREE, VALUES, music_file},
};

#[test]
fn every_declared_variable_is_read_and_no_other() {
    let asked = RefCell::new(BTreeSet::new());
    let _ = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    });
    let declared: BTreeSet<_> = TABLE
        .variables()
        .map(|variable| variable.name.to_owned())
        .collect();
    assert_eq!(asked.into_inner(), declared);
    let tested: BTreeSet<_> = VALUES
        .iter()
        .map(|(name, ..)| *name)
        .chain([FREE])
        .map(str::to_owned)
        .collect();
    assert_eq!(tested, declared);
}

/// Compares a file at the top with what the table says; `WRITE=1 cargo test …` writes it instead.
#[test]
fn the_example_environment_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example");
    if std::env::var_os("WRITE").is_some() {
        fs::write(path, TABLE.env_example()).unwrap();
    }
    let file = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        file,
        TABLE.env_example(),
        "run WRITE=1 cargo test --test it example_environment"
    );
}

#[test]
fn every_example_in_it_can_be_used() {
    let (mut example, mut seen) = (String::new(), BTreeSet::new());
    for line in TABLE.env_example().lines() {
        let line = line.trim_start_matches("# ");
        if let Some((name, _)) = line
            .split_once('=')
            .filter(|(name, _)| TABLE.declared(name).is_some())
        {
            example.push_str(line);
            example.push('\n');
            seen.insert(name.to_owned());
        }
    }
    assert_eq!(seen.len(), TABLE.variables().count());
    // What must be filled in: SIDs, secrets, and music that is on this machine.
    let sids = example.replace("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &"0".repeat(32));
    let usable = sids.replace("/srv/music/two.wav", &music_file());
    let secrets = TABLE.variables().filter(|variable| variable.secret);
    let usable = secrets.fold(usable, |text, secret| {
        let other = match secret.name {
            // Made of digits.
            "INTAKE_PIN" => "975310",
            "WEBHOOK_KEYS" => "id:hush",
            _ => "hush",
        };
        text.replace(secret.example, other)
    });
    let set: BTreeMap<_, _> = dotenvy::from_read_iter(usable.as_bytes())
        .map(Result::unwrap)
        .collect();
    let config = Config::read(|name| set.get(name).cloned()).unwrap();
    assert_eq!(
        config.features.parking.announcement.as_deref(),
        Some("Thank you for waiting. We have not forgotten you.")
    );
    let placeholders: BTreeMap<_, _> = dotenvy::from_read_iter(example.as_bytes())
        .map(Result::unwrap)
        .collect();
    let problems = Config::read(|name| placeholders.get(name).cloned()).unwrap_err();
    for variable in TABLE
        .variables()
        .filter(|v| v.secret || v.name.ends_with("_SID"))
    {
        assert!(
            named(&problems).contains(variable.name),
            "{} may stay as it is",
            variable.name
        );
    }
}

#[test]
fn the_readme_table_has_a_line_for_each() {
    let table = TABLE.reference();
    assert_eq!(table.lines().count(), TABLE.variables().count() + 2);
    for line in table.lines() {
        assert_eq!(line.matches('|').count(), 4, "{line}");
    }
}
