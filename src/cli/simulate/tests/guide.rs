//! The guide shows a day: its command, and what the command prints.

use std::{env, fs};

use super::{super::report, played};

/// What stands between the program's name and the chart, which a test does not draw.
const COMMAND: &str = "cargo run --release -- simulate ";

/// `WRITE=1 cargo test --lib the_day_in_the_guide` writes the figures anew.
#[test]
fn the_day_in_the_guide_is_what_its_command_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/simulate.md");
    let chapter = fs::read_to_string(path).unwrap();
    let (_, command) = chapter.split_once(COMMAND).unwrap();
    let options = command.lines().next().unwrap();
    let (options, _) = options.split_once(" --chart ").unwrap();
    let (plan, day) = played(options);
    let (open, close) = ("<!-- simulate -->\n", "<!-- /simulate -->");
    let (before, rest) = chapter.split_once(open).unwrap();
    let (shown, after) = rest.split_once(close).unwrap();
    let printed = format!("\n```text\n{}\n```\n\n", report::text(&plan, &day));
    if env::var_os("WRITE").is_some() {
        fs::write(path, format!("{before}{open}{printed}{close}{after}")).unwrap();
    } else {
        assert_eq!(
            shown, printed,
            "run WRITE=1 cargo test --lib the_day_in_the_guide"
        );
    }
}
