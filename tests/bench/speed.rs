//! How fast the hot paths are, each beside its floor: the least that any server would have to do.
//!
//! A time alone says little about a machine nobody else has; the ratio to the floor, taken on the same machine in
//! the same second, travels. `cargo bench` takes some seconds an entry, `cargo bench -- --quick` a tenth of that and
//! is only good for seeing that it runs; `--tcp` and `--process` measure only that. A plain program
//! rather than a framework: a median of many batches is all that is asked of it, and the two sides of a ratio must take
//! turns, which the frameworks do not do.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

mod document;
mod process;
mod server;
mod signature;
mod tcp;
mod timing;
mod webhook;

use std::env;

use timing::Bench;

fn main() -> anyhow::Result<()> {
    // `cargo bench` adds `--bench`, and `cargo test --benches` nothing: then a glance is enough.
    let asked = |flag: &str| env::args().any(|argument| argument == flag);
    let quick = asked("--quick") || !asked("--bench");
    let bench = Bench::new(quick);
    // As `serve` has it, so that what is not logged costs what it costs there.
    switchboard::telemetry::start("info", false);

    println!("{:<34} {:>12} {:>12} {:>8}", "", "ours", "floor", "ratio");
    let all = !asked("--tcp") && !asked("--process");
    if all {
        signature::run(&bench);
        document::run(&bench)?;
        webhook::run(&bench)?;
    }
    if all || asked("--tcp") {
        tcp::run(quick)?;
    }
    if all || asked("--process") {
        process::run(quick)?;
    }
    Ok(())
}
