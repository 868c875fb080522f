//! The container image: built from files that reach it, with a health check that needs no shell.

use std::{collections::BTreeSet, path::Path};

use super::{read, root, rust_files};

/// The folders and files that the build stage copies.
fn copied() -> BTreeSet<String> {
    let dockerfile = read("Dockerfile");
    let copies = dockerfile.lines().filter_map(|it| it.strip_prefix("COPY "));
    let copies = copies.filter(|it| !it.starts_with("--from"));
    let sources = copies.flat_map(|it| {
        let mut words: Vec<_> = it.split(' ').map(str::to_owned).collect();
        words.pop();
        words
    });
    sources.collect()
}

/// What is left out of the build context is not there to be copied, and `docker build` fails.
#[test]
fn what_the_image_is_built_from_is_in_its_build_context() {
    let ignored = read(".dockerignore");
    let lines: BTreeSet<_> = ignored.lines().collect();
    assert!(lines.contains("*"), "only what is named gets in");
    let allowed = lines.iter().filter_map(|it| it.strip_prefix('!'));
    let allowed: BTreeSet<_> = allowed.map(str::to_owned).collect();
    assert_eq!(copied(), allowed);
    for path in &allowed {
        assert!(root().join(path).exists(), "{path}");
    }
}

/// `include_str!` and the manifest may name files anywhere in the repository, but the image is built without most of it.
#[test]
fn what_the_compiler_reads_is_copied_into_the_image() {
    let copied = copied();
    let is_copied = |path: &Path| copied.iter().any(|it| path.starts_with(it));
    let manifest = read("Cargo.toml");
    let paths = manifest.lines().filter_map(|it| it.split_once("path = \""));
    let paths = paths.filter_map(|(_, rest)| rest.split('"').next());
    let missing: Vec<_> = paths.filter(|it| !is_copied(Path::new(it))).collect();
    assert_eq!(missing, [""; 0], "named by Cargo.toml");
    let begins = concat!("include_", "str!(");
    for (path, text) in rust_files() {
        for rest in text.split(begins).skip(1) {
            let Some(named) = rest.split('"').nth(1) else {
                continue;
            };
            let above = named.matches("../").count();
            let folder = path.ancestors().nth(1 + above).unwrap();
            let whole = folder.join(named.trim_start_matches("../"));
            assert!(is_copied(&whole), "{} reads {named}", path.display());
        }
    }
}

#[test]
fn the_health_check_runs_the_program_itself() {
    let dockerfile = read("Dockerfile");
    let (_, check) = dockerfile.split_once("\nHEALTHCHECK ").unwrap();
    let check = check.lines().next().unwrap();
    assert!(check.ends_with(r#" CMD ["/switchboard", "healthcheck"]"#));
    assert!(dockerfile.contains("\nENTRYPOINT [\"/switchboard\"]\n"));
    assert!(!dockerfile.contains("linux-headers"));
}
