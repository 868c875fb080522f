//! How much of the large tests is played by default, and that `.ci/run` plays the rest.

use std::fmt::Write;

use super::{guide::hold, read};
use crate::stage::many::{Part, SIZES, wanted};

#[test]
fn the_full_run_sets_every_large_number() {
    let ci = read(".ci/run");
    for size in SIZES {
        let set = format!("{0}=\"${{{0}:-{1}}}\"", size.variable, size.large);
        assert!(ci.contains(&set), ".ci/run lacks {set}");
    }
}

#[test]
fn the_guide_lists_every_size() {
    let mut table =
        "| variable | `cargo test` | `.ci/run` | what it counts |\n|---|---|---|---|\n".to_owned();
    for size in SIZES {
        let (small, large) = (size.small, size.large);
        writeln!(
            table,
            "| `{}` | {small} | {large} | {} |",
            size.variable, size.what
        )
        .expect("a text grows");
    }
    hold("tests/README.md", "sizes", &table);
}

#[test]
fn one_case_in_so_many_is_played_and_the_first_always() {
    let mut part = Part::of_a_matrix();
    let every = usize::try_from(wanted("MATRIX")).expect("small");
    let played: Vec<_> = (0..40).filter(|_| !part.skips()).collect();
    assert_eq!(played, (0..40).step_by(every).collect::<Vec<_>>());
}
