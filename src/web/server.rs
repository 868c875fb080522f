//! Serving: connections in, answers out, and an end that drops nobody.
//!
//! `axum::serve` can neither limit connections nor cut one that dribbles its headers, so hyper is driven directly.
//! HTTP/1.1 only: Twilio speaks nothing newer to us, and TLS ends in front of us.
//!
//! The end, once `shutdown` is cancelled: readiness turns 503 and answers say `Connection: close`; new connections are
//! still taken for `LINGER`, because a load balancer needs a moment to notice; then requests in work are finished,
//! then the tasks they left behind; after `LONGEST_END` whatever is left is cut.

mod patience;

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::{App, router};
use patience::{Patient, Phase};

/// How many connections are held at a time; more wait in the listener's queue.
const CONNECTIONS: usize = 4_096;

/// How long new connections are taken after the end has begun.
const LINGER: Duration = Duration::from_millis(500);

/// How long the end may take.
const LONGEST_END: Duration = Duration::from_secs(20);

/// Serves `app` on `listener` until `shutdown` is cancelled and everything begun is finished.
///
/// # Errors
/// When what was begun could not be finished in time.
pub async fn run(listener: TcpListener, app: App, shutdown: CancellationToken) -> io::Result<()> {
    let server = Server::new(router(&app));
    tokio::select! {
        biased;
        () = server.accept(&listener) => {}
        () = shutdown.cancelled() => {}
    }
    let end = tokio::time::Instant::now() + LONGEST_END;
    tracing::info!("stopping: finishing what was begun");
    app.draining().begin();
    // Ends by the clock only: accepting never does.
    let _ = tokio::time::timeout(LINGER, server.accept(&listener)).await;
    drop(listener);
    let finished = timeout_at(end, async {
        server.graceful.shutdown().await;
        app.tasks().close();
        app.tasks().wait().await;
    });
    let finished = finished.await;
    server.cut.cancel();
    server.connections.close();
    finished.map_err(|_| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            "not everything was finished in time",
        )
    })
}

struct Server {
    router: Router,
    places: Arc<Semaphore>,
    graceful: GracefulShutdown,
    connections: TaskTracker,
    cut: CancellationToken,
}

impl Server {
    fn new(router: Router) -> Self {
        Self {
            router,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            graceful: GracefulShutdown::new(),
            connections: TaskTracker::new(),
            cut: CancellationToken::new(),
        }
    }

    /// Takes connections for ever.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Without this an answer may wait for the acknowledgement of the one before.
                    let _ = stream.set_nodelay(true);
                    self.serve(stream, place);
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    // Mostly too many open files: passes when connections end.
                    tracing::warn!(%error, "no connection can be taken");
                    sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    fn serve<S>(&self, stream: S, place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let phase = Arc::new(Phase::default());
        let io = TokioIo::new(Patient::new(stream, Arc::clone(&phase)));
        let router = self.router.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let working = phase.begin();
            let answer = router.clone().call(request);
            async move {
                let answer = answer.await;
                drop(working);
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Patient` does this, and tells an idle connection from a dribbling one, which hyper does not.
            .header_read_timeout(None)
            .serve_connection(io, service);
        let connection = self.graceful.watch(connection);
        let cut = self.cut.clone();
        self.connections.spawn(async move {
            tokio::select! {
                biased;
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection broke");
                    }
                }
                () = cut.cancelled() => {}
            }
            drop(place);
        });
    }
}

/// Whether it went wrong on the other side, before we had it.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests;
