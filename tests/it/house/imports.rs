//! Who may import whom: one direction, `cli → app → features → {web, durable, recording, events, twiml} → twilio →
//! {clock, rng}`, the emulator beside.
//!
//! Reads every `crate::` and `super::` path of `src/`.

mod paths;

use std::path::Path;

use self::paths::{paths_in, tokens};
use super::{files_below, rust_files};

/// The only files of a feature that know HTTP.
const ROUTES: &str = "the routes of a feature";

/// The file that lists every route.
const ROUTE_TABLE: &str = "the route table";

/// What each module may name beside its own; a prefix allows all below it. The longest name that fits counts.
const TABLE: [(&str, &[&str]); 26] = [
    ("lib", &[]),
    ("main", &[]),
    ("rng", &[]),
    ("clock", &[]),
    ("hours", &[]),
    ("expression", &[]),
    ("json", &[]),
    ("telemetry", &[]),
    ("guide", &[]),
    // Identifiers and numbers are parsed where they enter, hence already in the configuration.
    // So are the keys that sign, and the region with its edge.
    (
        "config",
        &[
            "twilio::sid",
            "twilio::party",
            "twilio::signature",
            "twilio::host",
            "hours",
        ],
    ),
    ("twilio", &["clock", "rng", "json"]),
    ("twiml", &["twilio::sid", "twilio::party"]),
    ("error", &["twilio::error"]),
    (
        "agent",
        &["error", "twilio::sid", "twilio::resource::tokens"],
    ),
    (
        "context",
        &[
            "clock",
            "rng",
            "telemetry",
            "twilio::Twilio",
            "twiml::Library",
        ],
    ),
    (
        "durable",
        &["clock", "context", "rng", "telemetry", "twilio"],
    ),
    ("events", &["clock", "durable", "json", "twilio"]),
    ("recording", &["durable", "json", "twilio"]),
    (
        "features",
        // The library too: a call that is moved by REST carries its document in the request.
        &[
            "agent",
            "clock",
            // To declare its variables and to read its own settings.
            "config",
            "context",
            "durable",
            "error",
            "events",
            "hours",
            "json",
            "recording",
            "rng",
            "telemetry",
            "twilio",
            "twiml::document",
            "twiml::Library",
        ],
    ),
    (
        ROUTES,
        &[
            "agent",
            "clock",
            "config",
            "context",
            "durable",
            "error",
            "events",
            "features",
            "json",
            "recording",
            "rng",
            "telemetry",
            "twilio",
            "twiml",
            "web",
        ],
    ),
    (
        "web",
        &[
            "agent",
            "clock",
            "config",
            "context",
            "error",
            "guide",
            "json",
            "rng",
            "telemetry",
            "twiml",
            "twilio::sid",
            "twilio::party",
            "twilio::signature",
            "twilio::error",
            "twilio::resource::tokens",
            // Only how a number is written.
            "twilio::national",
            // The client itself and the time left are only handed on to the features.
            "twilio::Twilio",
            "twilio::deadline",
        ],
    ),
    // The tests of the description ask every feature what it reads.
    ("web::openapi", &["features", "twilio"]),
    (ROUTE_TABLE, &["app", "features"]),
    // Never the client's models, nor the server's: a field misspelt on both sides would pass every test.
    (
        "emulator",
        &[
            "twilio::sid",
            "twilio::party",
            "twilio::signature",
            "twilio::transport",
            "clock",
            "rng",
            // The language, which the doctor reads, too: Twilio's documentation pins it from outside.
            "expression",
            // What is JSON to a browser is JSON to Twilio, too.
            "json",
        ],
    ),
    // Where the parts meet, for the server and the demo and the tests alike; hence blind to who drives it.
    (
        "app",
        &[
            "agent",
            "clock",
            "config",
            "context",
            "durable",
            "error",
            "events",
            "features",
            "rng",
            "telemetry",
            "twilio",
            "twiml",
            "web",
        ],
    ),
    ("cli", &[""]),
];

/// Crates that would carry one layer's business into another.
const BARRED: [(&str, &[&str]); 7] = [
    ("features", &["axum", "http", "reqwest"]),
    ("durable", &["axum", "http", "reqwest"]),
    ("events", &["axum", "http", "reqwest"]),
    ("recording", &["axum", "http", "reqwest"]),
    ("error", &["axum", "http", "reqwest"]),
    ("twilio", &["axum"]),
    ("twiml", &["axum", "http", "reqwest"]),
];

/// What the tables call a module: the longest name in the table of imports that fits.
fn name_of(module: &[String]) -> &'static str {
    let names: Vec<_> = module.iter().map(String::as_str).collect();
    match names[..] {
        [] => return "lib",
        ["web"] => return ROUTE_TABLE,
        ["features", _, "routes", ..] => return ROUTES,
        _ => {}
    }
    let path = names.join("::");
    let fits = |name: &str| path == name || path.starts_with(&format!("{name}::"));
    let fitting = TABLE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| fits(name));
    fitting
        .max_by_key(|name| name.len())
        .unwrap_or_else(|| panic!("`{path}` is not in the table of imports"))
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (path, text) in rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("src"))
    {
        let module = module_of(&path);
        let own = module.first().map_or("lib", String::as_str);
        let allowed = TABLE.iter().find(|(name, _)| *name == name_of(&module));
        let (_, allowed) = allowed.expect("a name of the table");
        for named in paths_in(&text, &module) {
            let is_below = |prefix: &str| {
                prefix.is_empty() || named == prefix || named.starts_with(&format!("{prefix}::"))
            };
            let first = named.split("::").next();
            let is_module = TABLE.iter().any(|(name, _)| first == Some(*name));
            let is_allowed = is_below(own) || allowed.iter().any(|prefix| is_below(prefix));
            if is_module && !is_allowed {
                faults.push(format!("{} names {named}", path.display()));
            }
        }
    }
    assert_eq!(faults, [""; 0]);
}

#[test]
fn layers_keep_to_their_crates() {
    for (path, text) in rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("src"))
    {
        let module = module_of(&path);
        let top = match name_of(&module) {
            ROUTES => continue,
            name => name.split("::").next(),
        };
        let barred = BARRED
            .iter()
            .filter(|(layer, _)| top == Some(*layer))
            .flat_map(|(_, crates)| *crates);
        let tokens = tokens(&text);
        for name in barred {
            let named = tokens.windows(2).any(|pair| pair == [*name, "::"]);
            assert!(!named, "{} names the crate `{name}`", path.display());
        }
    }
}

/// A module that the table does not know would escape it.
#[test]
fn every_top_level_module_is_in_the_table() {
    for path in files_below("src")
        .iter()
        .filter(|path| path.components().count() == 2)
    {
        let name = path.file_stem().expect("a name").to_string_lossy();
        assert!(
            TABLE.iter().any(|(known, _)| *known == name),
            "`{name}` is not in the table"
        );
    }
}

/// `src/web/form.rs` is `[web, form]`; the crate's root is `[]`.
fn module_of(path: &Path) -> Vec<String> {
    let inner = path
        .strip_prefix("src")
        .expect("a source file")
        .with_extension("");
    let parts: Vec<_> = inner
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts == ["lib"] { Vec::new() } else { parts }
}
