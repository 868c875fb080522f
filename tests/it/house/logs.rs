//! Log lines are for operators and their tools, so no field of one is the `Debug` of a type.

use super::rust_files;

const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

/// The text of every `tracing::…!(…)` of a file.
fn lines(text: &str) -> Vec<&str> {
    let mut found = vec![];
    for level in LEVELS {
        let opens = format!("tracing::{level}!(");
        for (at, _) in text.match_indices(&opens) {
            let rest = &text[at..];
            let end = rest.find(");").map_or(rest.len(), |end| end + 2);
            found.push(&rest[..end]);
        }
    }
    found
}

#[test]
fn no_field_of_a_log_line_is_rusts_debug_text() {
    let mut faults = vec![];
    let mut seen = 0;
    for (path, text) in rust_files() {
        if !path.starts_with("src") || path.starts_with("src/emulator") {
            continue;
        }
        for line in lines(&text) {
            seen += 1;
            let fields = line.split('"').next().unwrap_or_default();
            let sigil = ["= ?", ", ?", "(?", "\n                ?", "field::debug"];
            if sigil.iter().any(|it| fields.contains(it)) || line.contains(":?}") {
                faults.push(format!("{}: {fields}", path.display()));
            }
        }
    }
    assert!(seen > 100, "{seen} lines were found");
    assert!(faults.is_empty(), "use % or a number: {faults:#?}");
}
