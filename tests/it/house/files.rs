//! Files: how they open, how long they are, what they may not say, and which may lie where.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::{files_below, read, root, rust_files};

/// A file past this has two subjects.
const LONGEST_FILE: usize = 400;

/// What a person sees who lists the folder: the design, its license, its image, and nothing else.
const VISIBLE: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "src",
    "tests",
    "twiml",
];

/// What has no place in any file. Split, so that this file does not say it either.
const FORBIDDEN: [&str; 9] = [
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("FIX", "ME"),
    concat!("TO", "DO:"),
    concat!("#[ign", "ore"),
    // Paths of one machine.
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
];

#[test]
fn every_rust_file_opens_with_a_paragraph_about_itself() {
    let opening = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let silent: Vec<_> = rust_files()
        .into_iter()
        .filter(|(_, text)| {
            opening(text)
                .strip_prefix("//! ")
                .is_none_or(|said| said.len() < 10)
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        silent,
        [""; 0].map(PathBuf::from),
        "open with no `//!` paragraph"
    );
}

#[test]
fn every_rust_file_has_one_subject_and_its_own_name() {
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{} has {lines} lines", path.display()));
        }
        if path.ends_with("mod.rs") {
            faults.push(format!("{} is named like every other", path.display()));
        }
    }
    assert_eq!(faults, [""; 0]);
}

/// Without an order of its own a `select!` rolls dice of its own, which no seed rules: of two things that are ready at
/// one instant either may come first, and a story is not the same every time.
#[test]
fn every_select_looks_in_the_order_it_is_written_in() {
    let begins = concat!("tokio::select", "! {");
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        let mut arms = text.split(begins).skip(1).map(str::trim_start);
        if !arms.all(|arms| arms.starts_with("biased;")) {
            faults.push(format!("{} has a select without `biased;`", path.display()));
        }
    }
    assert_eq!(faults, [""; 0]);
}

#[test]
fn no_file_has_unfinished_work_or_a_path_of_one_machine() {
    let mut faults = Vec::new();
    let folders = ["src", "tests", "twiml", ".ci"]
        .into_iter()
        .flat_map(files_below);
    let top = fs::read_dir(root())
        .expect("the root")
        .map(|entry| entry.expect("an entry"));
    let top = top
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().into());
    let local = [".env", ".git", "Cargo.lock"].map(PathBuf::from);
    for path in folders
        .chain(top)
        .filter(|path: &PathBuf| !local.contains(path))
    {
        // Music and other data is no text.
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        let said = FORBIDDEN.iter().filter(|word| text.contains(**word));
        faults.extend(said.map(|word| format!("{} says `{word}`", path.display())));
    }
    assert_eq!(faults, [""; 0]);
}

#[test]
fn the_visible_top_level_is_the_owners() {
    for entry in fs::read_dir(root()).expect("the root") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        let is_ours = name.starts_with('.') || name == "target" || VISIBLE.contains(&name.as_str());
        assert!(is_ours, "`{name}` lies at the top");
    }
}

#[test]
fn every_document_is_registered_and_every_registered_document_exists() {
    let documents = files_below("twiml").into_iter();
    let named = |path: PathBuf| {
        path.to_string_lossy()
            .trim_start_matches("twiml/")
            .to_owned()
    };
    let documents: BTreeSet<String> = documents.map(named).collect();
    let list = read("src/twiml/document.rs");
    let named = list.split("template!(\"").skip(1);
    let named = named.filter_map(|rest| rest.split('"').next());
    let registered: BTreeSet<String> = named.map(|name| format!("{name}.xml")).collect();
    assert_eq!(documents, registered);
}
