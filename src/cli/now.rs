//! `switchboard parked`, `voicemails`, `callbacks`, `legs`: who waits now, for an operator on a terminal.
//!
//! They ask Sync and Twilio themselves, with the server's configuration and credentials, and no running server: so they
//! tell the truth when the server does not, or is down. They change nothing.
//!
//! Phone numbers are masked unless `--numbers` is given. What stands on an operator's terminal is copied into tickets and
//! chats, and shown on shared screens; an operator who needs a number to call a person back asks for it.

mod callbacks;
mod legs;
mod parked;
mod sheet;
mod voicemails;

use std::{process::ExitCode, time::Duration};

pub use self::sheet::Sheet;
use super::say;
use crate::{
    app::Config,
    app::{self, Outside},
    clock::Clock,
    rng::Rng,
    twilio::{deadline::Deadline, national},
    web::App,
};

/// How long everything together may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How it is printed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(after_help = "\
Exit status:
  0  Twilio was asked, whether anybody waits or not
  1  Twilio could not be asked
  2  the configuration is not in order")]
pub struct Options {
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
    /// Show whole phone numbers; without this most digits are hidden
    #[arg(long)]
    pub numbers: bool,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Who waits on hold.
    Parked,
    /// Which messages are in the boxes.
    Voicemails,
    /// Who is to be called back.
    Callbacks,
    /// Which phones of workers ring or talk.
    Legs,
}

/// Asks, and prints the answer.
///
/// # Errors
/// When Twilio cannot be asked.
pub(super) fn now(
    mut config: Config,
    subject: Subject,
    options: Options,
) -> anyhow::Result<ExitCode> {
    let sheet = super::runtime()?.block_on(async {
        let outside = Outside {
            transport: app::network(&config.general)?,
            clock: Clock::system(),
            rng: Rng::unpredictable(),
        };
        app::discover(&mut config.general.account, &outside).await?;
        let app = app::assemble(config, outside)?;
        ask(&app, subject, options).await
    })?;
    let text = if options.json {
        serde_json::to_string_pretty(&sheet.json())?
    } else {
        sheet.text()
    };
    text.lines().for_each(say);
    Ok(ExitCode::SUCCESS)
}

/// What the account says about a subject now.
///
/// # Errors
/// When Twilio cannot be asked.
pub async fn ask(app: &App, subject: Subject, options: Options) -> anyhow::Result<Sheet> {
    let asked = Asked {
        app,
        numbers: options.numbers,
        by: Deadline::after(PATIENCE),
    };
    match subject {
        Subject::Parked => parked::sheet(&asked).await,
        Subject::Voicemails => voicemails::sheet(&asked).await,
        Subject::Callbacks => callbacks::sheet(&asked).await,
        Subject::Legs => legs::sheet(&asked).await,
    }
}

/// A question, and how to answer it.
struct Asked<'a> {
    app: &'a App,
    numbers: bool,
    by: Deadline,
}

impl Asked<'_> {
    /// A number, or whatever stands where one should.
    fn number(&self, text: &str) -> String {
        if self.numbers {
            national::shown(text, self.app.parts().config.home_country)
        } else {
            national::masked(text)
        }
    }

    fn seconds_since(&self, then: jiff::Timestamp) -> u64 {
        self.app.parts().context.clock.since(then).as_secs()
    }
}
