//! `switchboard serve`: the server, until it is told to stop.
//!
//! The first SIGTERM or SIGINT drains: readiness turns 503, and all else goes on for `DRAIN_LINGER`, until the load balancer
//! has noticed; then what was begun is finished, at most twenty seconds long. A second one ends it at once. SIGHUP reads the TwiML documents again; a bad edit keeps the old ones.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use super::signals::{self, Signal};
use crate::{
    app::{self, Config, Outside},
    clock::Clock,
    rng::Rng,
    telemetry,
    web::{self, App},
};

/// How long to wait before Twilio is asked again for what must be known to start.
const AGAIN: Duration = Duration::from_secs(5);

/// Serves; 0 when everything begun was finished.
///
/// # Errors
/// When the server cannot start: a document, the music, the address.
pub(super) fn serve(config: Config) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.general.log.filter, config.general.log.json);
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(run(config));
    // Whatever still runs now was told to end, or was not worth waiting for.
    runtime.shutdown_background();
    outcome
}

async fn run(mut config: Config) -> anyhow::Result<ExitCode> {
    let mut signals = signals::listen().context("signals cannot be heard")?;
    for name in &config.general.unknown {
        tracing::warn!(name, "a variable is set that nothing reads");
    }
    let (listen, public_url) = (config.general.listen, config.general.public_url.clone());
    let transport = app::network(&config.general)?;
    let outside = Outside {
        transport,
        clock: Clock::system(),
        rng: Rng::unpredictable(),
    };
    tokio::select! {
        biased;
        found = discovered(&mut config, &outside) => found?,
        () = stopped(&mut signals) => return Ok(ExitCode::SUCCESS),
    }
    let app = app::assemble(config, outside)?;
    let listener =
        web::server::listen(listen).with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr().unwrap_or(listen);
    tracing::info!(%address, public_url, version = env!("CARGO_PKG_VERSION"), "listening");
    let reconciler = tokio::spawn(app::reconcile(app.clone()));
    let shutdown = CancellationToken::new();
    let server = web::run(listener, app.clone(), shutdown.clone());
    let ended = tokio::select! {
        biased;
        ended = server => ended.map_err(anyhow::Error::from),
        () = obey(signals, &app, &shutdown) => Err(anyhow::anyhow!("told twice to stop")),
    };
    reconciler.abort();
    Ok(match ended {
        Ok(()) => {
            tracing::info!("stopped: everything was finished");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "stopped with work left undone");
            ExitCode::FAILURE
        }
    })
}

/// Finds what the variables do not name, however long Twilio cannot be asked: until then there is nothing to serve with.
///
/// # Errors
/// When asking again would not help.
async fn discovered(config: &mut Config, outside: &Outside) -> anyhow::Result<()> {
    loop {
        match app::discover(&mut config.general.account, outside).await {
            Ok(()) => return Ok(()),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "not started yet; Twilio is asked again in 5 s");
                outside.clock.sleep(AGAIN).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Comes back when the process is told to stop.
async fn stopped(signals: &mut Receiver<Signal>) {
    while let Some(signal) = signals.recv().await {
        if signal == Signal::Stop {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Does what signals say; comes back when told to stop for the second time.
async fn obey(mut signals: Receiver<Signal>, app: &App, shutdown: &CancellationToken) {
    while let Some(signal) = signals.recv().await {
        match signal {
            Signal::Reload => reload(app),
            Signal::Stop if shutdown.is_cancelled() => return,
            Signal::Stop => shutdown.cancel(),
        }
    }
    // No further signal can come.
    std::future::pending::<()>().await;
}

fn reload(app: &App) {
    match app.parts().context.library.reload() {
        Ok(()) => tracing::info!("the TwiML documents were read again"),
        Err(findings) => {
            tracing::error!(%findings, "the TwiML documents were not taken; the old ones stay");
        }
    }
}
