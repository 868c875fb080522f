//! How fast the hot paths are, each beside its floor: the least that any server would have to do.
//!
//! A time alone says little about a machine nobody else has; the ratio to the floor, taken on the same machine in
//! the same second, travels. `cargo bench` takes some seconds an entry, `cargo bench -- --quick` a tenth of that and
//! is only good for seeing that it runs. A plain program rather than a framework: a median of many batches is all
//! that is asked of it, and the two sides of a ratio must take turns, which the frameworks do not do.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

mod signature;
mod timing;

use std::env;

use timing::Bench;

fn main() {
    // `cargo bench` adds `--bench`, and `cargo test --benches` nothing: then a glance is enough.
    let asked = |flag: &str| env::args().any(|argument| argument == flag);
    let bench = Bench::new(asked("--quick") || !asked("--bench"));

    println!("{:<34} {:>12} {:>12} {:>8}", "", "ours", "floor", "ratio");
    signature::run(&bench);
    // Next: the hold document beside a `format!` of the same text.
    // Next: a status callback end to end in process, beside a bare axum route that only checks the signature.
}
