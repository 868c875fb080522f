//! `switchboard simulate`: a day of a contact center before it happens.
//!
//! The application as `serve` runs it and the embedded Twilio, in one process and in virtual time: callers arrive by
//! chance, wait, lose patience; agents sit in Flex or at their own phones; every assignment callback, leg, key,
//! event and Sync write is the real one. Only people are played, by the probabilities that [`options`] asks for, and
//! only what is over is forgotten (`emulator/watch.rs`). The same options give the same numbers.
//!
//! [`centre`] puts both sides together, [`crowd`] plays the people by [`habits`], [`tally`] counts what becomes of
//! them, [`traffic`] what passes between the two sides, [`limits`] holds that against Twilio's limits, [`closing`]
//! looks whether anything is left when the last caller has gone, [`report`] prints and [`chart`] draws. While a person
//! waits, [`progress`] shows how far the day is.

mod centre;
mod chart;
mod closing;
mod crowd;
mod gauge;
mod habits;
mod limits;
mod options;
mod progress;
mod report;
mod tally;
#[cfg(test)]
mod tests;
mod traffic;

use std::{fs, process::ExitCode, time::Duration};

use anyhow::Context;
use tokio::time::Instant;

pub(super) use self::options::Options;
use self::{
    centre::Centre, crowd::Crowd, options::Plan, progress::Progress, tally::Tally, traffic::Traffic,
};
use super::{
    BAD_SETUP,
    output::{complain, say},
};

/// What a day came to.
#[derive(Debug)]
struct Day {
    tally: Tally,
    traffic: Traffic,
    /// What should not be there any more.
    left: Vec<String>,
}

/// Plays a day; 0 when nothing is left over at its end.
///
/// # Errors
/// When the chart cannot be written.
pub(super) fn simulate(options: &Options) -> anyhow::Result<ExitCode> {
    let plan = match Plan::new(options) {
        Ok(plan) => plan,
        Err(problem) => {
            complain(&format!("error: {problem}"));
            return Ok(ExitCode::from(BAD_SETUP));
        }
    };
    // Outside of a runtime whose time stands still, this is the machine's time.
    let begun = Instant::now();
    let progress = Progress::new(plan.day);
    let day = day(&plan, &progress)?;
    progress.ends();
    say(&report::text(&plan, &day));
    say(&took(&plan, begun.elapsed()));
    if let Some(path) = &options.chart {
        fs::write(path, chart::page(&plan, &day, path))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if day.left.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn took(plan: &Plan, wall: Duration) -> String {
    let hours = plan.day.as_secs_f64() / 3_600.0;
    format!("{hours:.0} h in {:.1} s on one core", wall.as_secs_f64())
}

/// Plays the day of a plan on one thread, in virtual time.
fn day(plan: &Plan, progress: &Progress) -> anyhow::Result<Day> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let centre = Centre::open(plan)?;
        let crowd = Crowd::new(plan, &centre);
        let tally = crowd.live(progress).await;
        let left = closing::left(&centre).await;
        let traffic = centre.close();
        Ok(Day {
            tally,
            traffic,
            left,
        })
    })
}
