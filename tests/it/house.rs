//! The rules of the house that a test can hold: who may import whom, how files open, how long they are, what lies
//! at the top.
//!
//! A rule that living here shows to be wrong is changed here, in the same commit as the code that needs it.

mod cases;
mod files;
mod guide;
mod image;
mod imports;
mod logs;
mod sizes;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, as a path relative to the root, in order; none when there is no such folder. What npm has
/// installed is not ours, and not kept.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a readable folder").path();
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(
                    path.strip_prefix(root())
                        .expect("below the root")
                        .to_owned(),
                );
            }
        }
    }
    files.sort();
    files
}

/// Every Rust file of the crate and its tests with its text.
fn rust_files() -> Vec<(PathBuf, String)> {
    let paths = files_below("src").into_iter().chain(files_below("tests"));
    let rust = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| (path.clone(), read(&path))).collect()
}

/// The text of a file named relative to the root.
fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
