//! `switchboard demo`: a story.

use std::process::ExitCode;

/// How the demo is played.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {}

pub(super) fn demo(_: &Options) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not here yet")
}
