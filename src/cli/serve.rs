//! `switchboard serve`: the server, until it is told to stop.
//!
//! The first SIGTERM or SIGINT drains: readiness turns 503, and all else goes on for `DRAIN_LINGER`, until the load balancer
//! has noticed; then what was begun is finished, at most twenty seconds long. A second one ends it at once. SIGHUP reads the TwiML documents again; a bad edit keeps the old ones.

use std::process::ExitCode;

use anyhow::Context;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use super::signals::{self, Signal};
use crate::{
    app::Config,
    app::{self, Outside},
    clock::Clock,
    rng::Rng,
    telemetry,
    web::{self, App},
};

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

async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let signals = signals::listen().context("signals cannot be heard")?;
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

/// Does what signals say; comes back when told to stop for the second time.
async fn obey(mut signals: Receiver<Signal>, app: &App, shutdown: &CancellationToken) {
    while let Some(signal) = signals.recv().await {
        match signal {
            Signal::Reload => reload(app),
            Signal::Stop if shutdown.is_cancelled() => return,
            Signal::Stop => shutdown.cancel(),
        }
    }
    // Nobody will ever tell us again.
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
