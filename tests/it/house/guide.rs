//! The guide's tables are the declarations: routes, variables, metrics, checks. Its links and file names lead somewhere.
//!
//! Each table stands between `<!-- name -->` and `<!-- /name -->`. After a declaration has changed,
//! `WRITE=1 cargo test --test it guide` writes them anew.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::PathBuf, sync::Mutex, time::Duration};

use jiff::Timestamp;

use switchboard::{
    app::TABLE,
    guide,
    telemetry::{FollowUpKind, FollowUpOutcome, HoldOutcome, LegOutcome, METRICS, Metrics},
};

use super::{files_below, read, root};

/// A page has to be read in one sitting.
const LONGEST_README: usize = 200;

/// Compares one table, or writes it.
pub(super) fn hold(file: &str, name: &str, table: &str) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _turn = WRITING.lock();
    let chapter = read(file);
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = chapter
        .split_once(&open)
        .unwrap_or_else(|| panic!("{file} lacks {open}"));
    let (now, after) = rest
        .split_once(&close)
        .unwrap_or_else(|| panic!("{file} lacks {close}"));
    let wanted = format!("\n{table}\n");
    if env::var_os("WRITE").is_some() {
        let text = format!("{before}{open}{wanted}{close}{after}");
        fs::write(root().join(file), text).expect("the chapter can be written");
    } else {
        assert_eq!(now, wanted, "run WRITE=1 cargo test --test it guide");
    }
}

#[test]
fn the_guide_lists_every_route() {
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
    hold("src/guide/routes.md", "routes", &table);
}

#[test]
fn the_guide_lists_every_variable() {
    hold("src/guide/variables.md", "variables", &TABLE.reference());
}

#[test]
fn the_guide_lists_what_each_check_proves() {
    hold(
        "src/guide/check.md",
        "checks",
        &switchboard::cli::check::reference(),
    );
}

#[test]
fn the_guide_lists_every_metric() {
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
    hold("src/guide/metrics.md", "metrics", &table);
}

/// The README and every chapter, by its file.
fn pages() -> Vec<(String, String)> {
    let chapters = guide::chapters().map(|it| it.file.to_owned());
    let files = chapters.chain(["README.md".to_owned()]);
    files.map(|file| (file.clone(), read(file))).collect()
}

#[test]
fn the_readme_is_a_page() {
    let lines = read("README.md").lines().count();
    assert!(lines <= LONGEST_README, "{lines} lines");
}

#[test]
fn every_chapter_is_in_the_guide() {
    let written = files_below("src").into_iter().filter(|path| {
        let is_chapter = path.starts_with("src/guide") || path.ends_with("README.md");
        is_chapter && path.extension().is_some_and(|it| it == "md")
    });
    let listed = guide::chapters().map(|it| PathBuf::from(it.file));
    let listed = listed.filter(|path| path.starts_with("src"));
    let (written, listed): (BTreeSet<_>, BTreeSet<_>) = (written.collect(), listed.collect());
    assert_eq!(written, listed);
}

/// rustdoc shows a feature's chapter below what the feature promises.
#[test]
fn every_feature_with_a_chapter_shows_it() {
    for chapter in guide::chapters().filter(|it| it.file.starts_with("src/features/")) {
        let code = read(format!("src/features/{}.rs", chapter.name));
        let shown = format!("#![doc = include_str!(\"{}/README.md\")]", chapter.name);
        assert!(code.contains(&shown), "{} lacks {shown}", chapter.name);
    }
    let list = read("src/guide.rs");
    for chapter in guide::chapters().filter(|it| it.file.starts_with("src/guide/")) {
        let shown = format!(" \"guide/{}.md\"", chapter.name);
        assert!(list.contains(&shown), "src/guide.rs lacks {shown}");
    }
}

#[test]
fn what_the_guide_names_is_there() {
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
    // Every file and folder that a chapter names in backticks with a path.
    let mut missing = vec![];
    for (file, text) in pages() {
        let named = text.split('`').skip(1).step_by(2);
        let places = named.filter(|word| {
            ["src/", "tests/", "twiml/", ".ci/"]
                .iter()
                .any(|top| word.starts_with(top))
        });
        let lost = places.filter(|place| !root().join(place).exists());
        missing.extend(lost.map(|place| format!("{file} names {place}")));
    }
    assert_eq!(missing, [""; 0]);
}

/// The heading that the part of a link behind its `#` names is in the file, as GitHub and the docs page find it.
fn has_heading(text: &str, wanted: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slugs = headings.map(|line| {
        let heading = line.trim_start_matches(['#', ' ']).to_lowercase();
        let kept = heading
            .chars()
            .filter(|it| it.is_alphanumeric() || " -_".contains(*it));
        kept.collect::<String>().replace(' ', "-")
    });
    slugs.into_iter().any(|slug| slug == wanted)
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut checked = 0;
    for (file, text) in pages() {
        let links = text.split("](").skip(1);
        for link in links.filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(&file).parent().expect("a folder").to_owned();
            let there = match path {
                "" => root().join(&file),
                _ => folder.join(path),
            };
            assert!(there.exists(), "{file} links to {link}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&there).expect("a text");
                assert!(has_heading(&text, heading), "{file} links to {link}");
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked} links");
}
