//! Serving: connections in, answers out, and an end that drops no caller.
//!
//! `axum::serve` can neither limit connections nor cut one that dribbles its headers, so hyper is driven directly.
//! HTTP/1.1 only: Twilio speaks nothing newer to us, and TLS ends in front of us.
//!
//! The end, once `shutdown` is canceled: readiness turns 503 and answers say `Connection: close`, and all else goes on
//! as before, new connections and new requests included. A load balancer sends them until it has noticed, and a caller
//! on hold who is refused hears an error. The door closes when the configured time has passed (`DRAIN_LINGER`, longer
//! than two health checks) and no request is in work any more; then the tasks that requests left behind are finished.
//! What is not finished `LONGEST_END` after that time is cut.

mod patience;
mod pieces;
mod places;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, response::Response};
use futures_util::FutureExt;
use http::{HeaderValue, header};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket},
    task::spawn_blocking,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::{App, app::Draining, prepare, router};
use patience::Patient;
use pieces::Turns;
use places::{Place, Places};

/// How long the end may take, after the time in which everything goes on.
const LONGEST_END: Duration = Duration::from_secs(20);

/// How much of what a client sends is held for it: the longest headers that are taken, and a little. What is sent
/// ahead of its turn waits in the network.
const READ_AHEAD: usize = 32 * 1024;

/// How many connections may wait to be taken (the system may allow fewer).
const BACKLOG: u32 = 4_096;

/// How much of an answer the system takes over from us for a client that does not read it, per connection: two pieces of
/// a long answer. Every TwiML document fits many times over. Filling the buffers of thousands of clients is work that a
/// caller waits for: with 128 KiB, 10,000 of them delayed a request by up to 350 ms.
const SEND_BUFFER: u32 = 32 * 1024;

/// Listens on an address.
///
/// # Errors
/// When it cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // So that a server can be started again at once. On Windows it would mean something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Those that are taken inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `app` on `listener` until `shutdown` is canceled and everything begun is finished.
///
/// # Errors
/// When what was begun could not be finished in time.
pub async fn run(listener: TcpListener, app: App, shutdown: CancellationToken) -> io::Result<()> {
    if let Ok(Err(problem)) = spawn_blocking(prepare).await {
        tracing::error!(cause = problem.cause(), "a page could not be written");
    }
    let server = Server::new(router(&app), app.draining().clone(), places::limit());
    tokio::select! {
        biased;
        () = server.accept(&listener) => {}
        () = shutdown.cancelled() => {}
    }
    let linger = app.parts().config.drain_linger;
    let end = Instant::now() + linger + LONGEST_END;
    tracing::info!(
        ?linger,
        "stopping: not ready any more, but answering until no request comes; another signal ends it at once"
    );
    app.draining().begin();
    // Ends by the clock only: accepting never does.
    let _ = timeout(linger, server.accept(&listener)).await;
    let (cut, connections) = (server.cut.clone(), server.connections.clone());
    let finished = timeout_at(end, async {
        server.until_nothing_is_in_work(&listener).await;
        drop(listener);
        server.graceful.shutdown().await;
        app.tasks().close();
        app.tasks().wait().await;
    });
    let finished = finished.await;
    cut.cancel();
    connections.close();
    finished.map_err(|_| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            "not everything was finished in time",
        )
    })
}

struct Server {
    router: Router,
    draining: Draining,
    places: Places,
    turns: Turns,
    requests: TaskTracker,
    graceful: GracefulShutdown,
    connections: TaskTracker,
    cut: CancellationToken,
}

impl Server {
    fn new(router: Router, draining: Draining, connections: usize) -> Self {
        let requests = TaskTracker::new();
        // So that it can be waited for; more can be begun all the same.
        requests.close();
        Self {
            router,
            draining,
            places: Places::new(connections),
            turns: Turns::default(),
            requests,
            graceful: GracefulShutdown::new(),
            connections: TaskTracker::new(),
            cut: CancellationToken::new(),
        }
    }

    /// Takes connections for ever.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            let place = self.places.take().await;
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Without this an answer may wait for the acknowledgement of the one before.
                    let _ = stream.set_nodelay(true);
                    self.serve(stream, place);
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    // Mostly too many open files, which Twilio's answers need, too.
                    tracing::warn!(%error, "no connection can be taken");
                    self.places.make_room();
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Takes connections until no request is in work and no connection waits to be accepted.
    async fn until_nothing_is_in_work(&self, listener: &TcpListener) {
        loop {
            tokio::select! {
                biased;
                () = self.accept(listener) => {}
                () = self.requests.wait() => {}
            }
            let Some(Ok((stream, _))) = listener.accept().now_or_never() else {
                return;
            };
            self.serve(stream, self.places.take().await);
            // Long enough for its request to be read.
            let _ = timeout(Duration::from_millis(20), self.accept(listener)).await;
        }
    }

    fn serve<S>(&self, stream: S, place: Place)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let phase = place.phase();
        let io = TokioIo::new(Patient::new(stream, Arc::clone(&phase)));
        let (router, draining) = (self.router.clone(), self.draining.clone());
        let (requests, turns) = (self.requests.clone(), self.turns.clone());
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (working, token) = (phase.begin(), requests.token());
            let is_last = working.was_sent_ahead();
            let answer = router.clone().call(request);
            let (draining, turns) = (draining.clone(), turns.clone());
            async move {
                let answer = answer.await;
                drop((working, token));
                answer.map(|answer| turns.pace(closing(answer, is_last || draining.has_begun())))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Patient` does this, and tells an idle connection from a dribbling one, which hyper does not.
            .header_read_timeout(None)
            .max_buf_size(READ_AHEAD)
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
                () = place.is_needed() => {}
                () = cut.cancelled() => {}
            }
        });
    }
}

/// The last answer on a connection says so.
fn closing(mut answer: Response, is_last: bool) -> Response {
    if is_last {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    answer
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
