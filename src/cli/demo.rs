//! `switchboard demo`: the server and the embedded Twilio on two loopback ports, and a story played over real TCP.
//!
//! Nothing is faked for the occasion: the server is the one that `serve` runs, its requests and Twilio's webhooks
//! cross real sockets, signatures are made and checked. Only the clock runs faster: [`Options::pace`] seconds of the
//! story pass in one of the machine's, except for time limits of the network, which are the machine's own.
//!
//! [`world`], [`homes`] and [`desks`] set up both sides, [`story`] plays three acts, [`book`] prints and keeps the score.
//! [`narration`] turns Twilio's journal into a line for each thing that happens, [`transcript`] into a line for each request
//! (`-v`), both with the names of [`names`]; [`terms`] explains the words of the trade. [`stay`] leaves a fresh pair running
//! to be tried by hand.

mod book;
mod desks;
mod homes;
mod names;
mod narration;
pub(super) mod stay;
mod story;
mod terms;
mod transcript;
mod world;

use std::process::ExitCode;

use jiff::Timestamp;

pub(super) use self::world::TOKEN;
use self::{book::Book, world::World};
use super::output;
use crate::clock::Clock;

/// When the story begins: eight in the morning.
const MORNING: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// After how many seconds a forgotten call comes back in the story.
const PARK_TIMEOUT: u64 = 120;

/// How the demo is played.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Options {
    /// Leave a server and a Twilio running afterwards, and print commands to try
    #[arg(long)]
    stay: bool,
    /// Show every request and every TwiML document, instead of counting them
    #[arg(long, short)]
    verbose: bool,
    /// How many seconds of the story pass in one
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=60))]
    pace: u32,
    /// The server's port; any free one if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The embedded Twilio's port; any free one if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    twilio_port: u16,
}

/// Plays; 0 when everything that was checked held.
///
/// # Errors
/// When a port cannot be had.
pub(super) fn demo(options: &Options) -> anyhow::Result<ExitCode> {
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(play(*options));
    runtime.shutdown_background();
    outcome
}

async fn play(options: Options) -> anyhow::Result<ExitCode> {
    let mut signals = super::signals::listen()?;
    let ports = (options.port, options.twilio_port);
    let clock = Clock::paced(MORNING, options.pace);
    let timeout = PARK_TIMEOUT.to_string();
    let more = [("PARK_TIMEOUT", timeout.as_str())];
    // The story leaves the ports asked for to what stays.
    let world = World::open(if options.stay { (0, 0) } else { ports }, clock, &more).await?;
    let mut book = Book::new(&world, options.pace, options.verbose);
    let held = tokio::select! {
        biased;
        held = story::play(&world, &mut book) => held,
        () = stay::told_to_stop(&mut signals) => return Ok(ExitCode::FAILURE),
        // What cannot be told need not be played; the exit code says so.
        () = output::lost() => return Ok(ExitCode::FAILURE),
    };
    world.close().await;
    if options.stay && held {
        stay::stay(ports, &mut signals).await?;
    }
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
