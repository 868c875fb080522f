//! The case numbers in the names of tests are explained in `tests/README.md`, and each one there has a test.

use std::collections::BTreeSet;

use super::{read, rust_files};

/// The cases that a function's name begins with: `a4_64_65_and_a5_92_…` are `a4_64`, `a4_65` and `a5_92`.
fn cases(name: &str) -> Vec<String> {
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let mut found = vec![];
    let mut list = None;
    for part in name.split('_') {
        let numbered = part.get(1..).is_some_and(is_number);
        match (part.chars().next(), list) {
            // Lists in which a case has the list's number and its own.
            (Some('a' | 'd'), _) if numbered => list = Some(part),
            (Some('f' | 'm'), _) if numbered => found.push(part.to_owned()),
            (_, Some(list)) if is_number(part) => found.push(format!("{list}_{part}")),
            (Some('a'), _) if part == "and" && !found.is_empty() => {}
            _ => break,
        }
    }
    found
}

#[test]
fn cases_are_read_from_names() {
    assert_eq!(cases("a4_64_65_and_66_room"), ["a4_64", "a4_65", "a4_66"]);
    assert_eq!(cases("m15_and_a4_90_an_extension"), ["m15", "a4_90"]);
    assert_eq!(cases("d4_22_kill_9_at_each_step"), ["d4_22"]);
    assert_eq!(cases("d4_29"), ["d4_29"]);
    assert_eq!(cases("a_call_and_9_more"), [""; 0]);
    assert_eq!(cases("fresh_16"), [""; 0]);
}

#[test]
fn every_case_number_is_explained_and_has_a_test() {
    let begins = concat!("f", "n ");
    let mut used = BTreeSet::new();
    for (_, text) in rust_files() {
        for line in text.lines() {
            let Some((before, rest)) = line.split_once(begins) else {
                continue;
            };
            if before.is_empty() || before.ends_with(' ') {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                used.extend(cases(name));
            }
        }
    }
    let list = read("tests/README.md");
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
    let explained: BTreeSet<_> = rows
        .filter_map(|row| row.split('`').next())
        .filter(|name| !cases(name).is_empty())
        .map(str::to_owned)
        .collect();
    assert_eq!(used, explained);
    assert!(used.len() > 90);
}
