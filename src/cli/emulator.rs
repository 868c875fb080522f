//! `switchboard emulator`: the embedded Twilio alone on a port, for developers of other programs.
//!
//! Any SDK can be pointed at it (`switchboard docs emulator`). Webhooks go to whatever URL they are for, signed
//! with the auth token below. Everything is in memory and made up: account, token and workspace are the same each time,
//! so that they can be written into a configuration.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::{
    demo::{TOKEN, stay::told_to_stop},
    say,
};
use crate::{
    clock::Clock,
    emulator::{Emulator, Line, Settings},
    twilio::{sid::AccountSid, transport},
};

/// How the emulator is run.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// Where it listens. Keep it to yourself: a client that reaches it can make it call any URL
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// The account it plays
    #[arg(long, default_value = "ACacacacacacacacacacacacacacacacac")]
    account_sid: AccountSid,
    /// The account's auth token: SDKs sign in with it, webhooks are signed with it
    #[arg(long, default_value = TOKEN)]
    auth_token: String,
    /// What SIDs grow from: the same seed, the same SIDs
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs until told to stop.
///
/// # Errors
/// When the port cannot be had.
pub(super) fn emulator(options: &Options) -> anyhow::Result<ExitCode> {
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(run(options));
    runtime.shutdown_background();
    outcome
}

async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut signals = super::signals::listen()?;
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let token = SecretString::from(options.auth_token.clone());
    let emulator = Emulator::new(Settings {
        seed: options.seed,
        ..Settings::new(options.account_sid, token, Clock::system())
    });
    // Webhooks go where they are sent: no proxy between, no redirects that a signature would not survive.
    let client = transport::client()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    emulator.connect(Line::open(client.build()?));
    say(&told(options, &emulator, address));
    tokio::select! {
        biased;
        served = async { axum::serve(listener, emulator.router()).await } => served?,
        () = told_to_stop(&mut signals) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What is needed to use it, with the variables of a server on this machine.
fn told(options: &Options, emulator: &Emulator, address: SocketAddr) -> String {
    format!(
        "\
A Twilio in memory listens on http://{address}

These variables point a server at it:

  ACCOUNT_SID={account}
  AUTH_TOKEN={token}
  WORKSPACE_SID={workspace}
  SYNC_SERVICE_SID={sync}
  TWILIO_BASE_URL=http://{address}/{{product}}
  PUBLIC_URL=http://127.0.0.1:8080

REST is below http://{address}/api, /iam, /sync and /taskrouter. People and phones are moved with
curl: http://{address}/control lists how. Ctrl-C ends it, and everything in it is gone.",
        account = options.account_sid,
        token = options.auth_token,
        workspace = emulator.workspace(),
        sync = emulator.sync_service(),
    )
}
