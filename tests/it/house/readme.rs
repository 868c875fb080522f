//! The README's tables are the declarations: routes, variables, metrics.
//!
//! Each table stands between `<!-- name -->` and `<!-- /name -->`. After a declaration has changed,
//! `WRITE=1 cargo test --test it readme` writes them anew.

use std::{env, fmt::Write, fs, sync::Mutex, time::Duration};

use jiff::Timestamp;

use switchboard::{
    app::TABLE,
    telemetry::{FollowUpKind, FollowUpOutcome, HoldOutcome, LegOutcome, METRICS, Metrics},
};

use super::{read, root};

/// Compares one table, or writes it.
pub(super) fn hold(name: &str, table: &str) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _turn = WRITING.lock();
    let readme = read("README.md");
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = readme
        .split_once(&open)
        .unwrap_or_else(|| panic!("the README lacks {open}"));
    let (now, after) = rest
        .split_once(&close)
        .unwrap_or_else(|| panic!("the README lacks {close}"));
    let wanted = format!("\n{table}\n");
    if env::var_os("WRITE").is_some() {
        let text = format!("{before}{open}{wanted}{close}{after}");
        fs::write(root().join("README.md"), text).expect("the README can be written");
    } else {
        assert_eq!(now, wanted, "run WRITE=1 cargo test --test it readme");
    }
}

#[test]
fn the_readme_lists_every_route() {
    let api = serde_json::to_value(switchboard::web::openapi()).expect("a document");
    let mut table = "| route | who asks | what it does |\n|---|---|---|\n".to_owned();
    let paths = api["paths"].as_object().expect("paths");
    for who in ["plugin", "voice", "studio", "operations"] {
        for (path, item) in paths {
            for (method, described) in item.as_object().expect("methods") {
                if described["tags"][0] != who {
                    continue;
                }
                let asks = match who {
                    "plugin" => "the Flex plugin, with its user's token",
                    "voice" if described["security"].is_null() => "Twilio's player, unsigned",
                    "voice" => "Twilio, signed",
                    "studio" => "Studio, signed or with HTTP Basic",
                    _ => "anybody",
                };
                let summary = described["summary"].as_str().expect("a summary");
                let method = method.to_uppercase();
                writeln!(table, "| `{method} {path}` | {asks} | {summary} |")
                    .expect("a text grows");
            }
        }
    }
    let routes: usize = paths
        .values()
        .filter_map(|item| item.as_object())
        .map(serde_json::Map::len)
        .sum();
    assert_eq!(table.lines().count(), routes + 2, "a route has another tag");
    hold("routes", &table);
}

#[test]
fn the_readme_lists_every_variable() {
    hold("variables", &TABLE.reference());
}

#[test]
fn the_readme_lists_what_each_check_proves() {
    hold("checks", &switchboard::cli::check::readme_table());
}

#[test]
fn the_readme_lists_every_metric() {
    let metrics = Metrics::default();
    // What was never counted is not shown.
    metrics.answered("/live", 200, Duration::ZERO);
    metrics.unsigned();
    metrics.upstream("sync", "GET", Some(200));
    metrics.mended("parking", "ended", 1);
    let _ = metrics.reconciler("parking", Duration::from_secs(25), Timestamp::UNIX_EPOCH);
    metrics.held(HoldOutcome::Parked);
    metrics.leg(LegOutcome::Placed);
    metrics.rejected("busy");
    metrics.followed_up(FollowUpKind::Callback, FollowUpOutcome::Made);
    let shown = metrics.render(true);
    let mut table = "| metric | what it says |\n|---|---|\n".to_owned();
    for (name, meaning) in METRICS {
        let line = shown
            .lines()
            .find(|line| line.starts_with(&format!("# TYPE {name} ")));
        let shown_as = match line.and_then(|line| line.rsplit_once(' ')) {
            Some((_, "counter")) => format!("{name}_total"),
            Some((_, "gauge")) => name.to_owned(),
            Some((_, "info")) => format!("{name}_info"),
            Some((_, "histogram")) => format!("{name}_bucket"),
            other => panic!("{name} is shown as {other:?}"),
        };
        writeln!(table, "| `{shown_as}` | {meaning} |").expect("a text grows");
    }
    assert_eq!(shown.matches("# TYPE ").count(), METRICS.len());
    hold("metrics", &table);
}

#[test]
fn what_the_readme_promises_lies_at_the_top() {
    for file in [
        "README.md",
        "LICENSE",
        "Dockerfile",
        ".env.example",
        "Cargo.toml",
        "Cargo.lock",
        ".ci/run",
        "twiml/hold.xml",
    ] {
        assert!(root().join(file).is_file(), "{file} is missing");
    }
    // Every file and folder that the README names in backticks with a path.
    let readme = read("README.md");
    let named = readme.split('`').skip(1).step_by(2);
    let places = named.filter(|word| {
        ["src/", "tests/", "twiml/", ".ci/"]
            .iter()
            .any(|top| word.starts_with(top))
    });
    let missing: Vec<_> = places
        .filter(|place| !root().join(place).exists())
        .collect();
    assert_eq!(missing, [""; 0]);
}
