//! Words that an English-speaking engineer or caller would stumble over, in everything that people read or hear: the
//! guide, the first page, the documents of `twiml/`, the pages, the example configuration, and the comments of `src/`.

use std::path::{Path, PathBuf};

use super::{files_below, read};

/// Words, and what to say instead.
const AVOIDED: [(&str, &str); 9] = [
    ("whoever", "the caller, the agent, anyone who"),
    ("whomever", "the caller, the agent"),
    ("one who", "a caller who, an agent who"),
    ("of which", "whose, that"),
    ("nobody", "no one, no agent, no caller"),
    ("somebody", "a caller, an agent, another replica"),
    ("nowhere", "say what happens instead"),
    ("because of us", "on our end"),
    ("shall", "is to, must"),
];

/// What people read or hear.
fn read_by_people() -> Vec<PathBuf> {
    let alone = ["README.md", ".env.example", "tests/README.md"];
    let alone = alone.into_iter().map(PathBuf::from);
    let ends = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["md", "html", "xml", "rs"].contains(&ending))
    };
    let below = ["src", "twiml"].into_iter().flat_map(files_below);
    alone.chain(below.filter(ends)).collect()
}

/// The comments of a Rust file; of others, all lines.
fn prose(file: &Path, text: &str) -> String {
    let is_prose = |line: &str| {
        file.extension().is_none_or(|ending| ending != "rs") || line.trim_start().starts_with("//")
    };
    let lines = text
        .lines()
        .map(|line| if is_prose(line) { line } else { "" });
    lines.collect::<Vec<_>>().join("\n")
}

/// The avoided words of a text, by line. Names in backticks or with underscores are not prose.
fn avoided(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = vec![];
    for (nth, line) in text.lines().enumerate() {
        let prose: String = line
            .split('`')
            .step_by(2)
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        let words = prose.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let prose = format!(" {} ", words.collect::<Vec<_>>().join(" "));
        for (word, _) in AVOIDED {
            if prose.contains(&format!(" {word} ")) {
                found.push((nth + 1, word));
            }
        }
    }
    found
}

#[test]
fn what_people_read_and_hear_is_plain_english() {
    let mut faults = vec![];
    let files = read_by_people();
    assert!(files.len() > 500, "{files:?}");
    for file in files {
        for (line, word) in avoided(&prose(&file, &read(&file))) {
            let instead = AVOIDED.iter().find(|(it, _)| *it == word);
            let instead = instead.map_or("", |(_, instead)| instead);
            faults.push(format!("{}:{line}: {word} (say {instead})", file.display()));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn an_avoided_word_is_found_and_a_name_is_not() {
    assert_eq!(
        avoided("Fine.\nIt is for Nobody.\n"),
        [(2, "nobody")],
        "whatever its case"
    );
    assert_eq!(
        avoided("a workflow, the name of which is"),
        [(1, "of which")]
    );
    let rust = Path::new("a.rs");
    let code = "// For whoever.\nlet nobody = somebody();\n";
    assert_eq!(avoided(&prose(rust, code)), [(1, "whoever")]);
    for name in ["`nobody`", "DISPATCH_NOBODY_QUEUE", "{{ nobody_workflow }}"] {
        assert_eq!(avoided(name), [], "{name}");
    }
}
