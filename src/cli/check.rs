//! `switchboard check`: a doctor.

use std::process::ExitCode;

pub(super) fn check() -> anyhow::Result<ExitCode> {
    anyhow::bail!("not here yet")
}
