//! Over loopback TCP: how many status callbacks a second one core answers, ours and the floor's in turn.
//!
//! Each server has a thread with a runtime of its own; the load, 32 connections that are kept, has the main thread.
//! What counts is the server thread's own time on the processor (Linux: `schedstat`), so that neither the load nor
//! another program on the machine is measured. `cargo bench --bench speed -- --tcp` runs it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};
use switchboard::{durable::reconcile::Report, features::parking::Parking};

use anyhow::Context;
use axum::serve::ListenerExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
    sync::oneshot,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    server::{NOT_FOUND, PATH, app, app_on, floor, report, signed},
    timing::median,
};

const CONNECTIONS: usize = 32;

/// A server on a thread of its own.
struct Server {
    address: SocketAddr,
    /// Where the kernel says how long the thread was on a processor.
    clock: String,
    end: CancellationToken,
}

pub(crate) fn run(quick: bool) -> anyhow::Result<()> {
    let (turns, slot) = if quick { (2, 200) } else { (15, 1_000) };
    let slot = Duration::from_millis(slot);
    goes_on(turns, slot)?;
    is_over(turns, slot)
}

/// A report that needs nothing upstream, beside the floor.
fn goes_on(turns: usize, slot: Duration) -> anyhow::Result<()> {
    let ours = Server::start(|listener, end| async move {
        switchboard::web::run(listener, app()?, end)
            .await
            .context("the server")
    })?;
    let bare = Server::start(|listener, end| async move {
        serve(listener, floor().context("a floor")?, end).await
    })?;
    let (request, load) = (wire("ringing"), runtime()?);
    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..=turns {
        let rate = load.block_on(ours.rate(&request, slot))?;
        let floor = load.block_on(bare.rate(&request, slot))?;
        // The first turn warms up.
        if turn > 0 {
            rates.push(rate);
            floors.push(floor);
        }
    }
    let ratios = rates.iter().zip(&floors).map(|(rate, floor)| rate / floor);
    let ratio = median(ratios.collect());
    let (rate, floor) = (median(rates), median(floors));
    println!(
        "{:<34} {rate:>8.0} /s {floor:>9.0} /s {ratio:>7.2}×  (of one core; more is better)",
        "status callback over TCP"
    );
    ours.end.cancel();
    bare.end.cancel();
    Ok(())
}

/// A report of the end of a call that was not parked. If its map of the index is in use it costs one question to
/// Twilio, which here has a thread of its own and answers at once; else none.
fn is_over(turns: usize, slot: Duration) -> anyhow::Result<()> {
    let twilio = Server::start(|listener, end| async move {
        let nothing = || async { (http::StatusCode::NOT_FOUND, NOT_FOUND) };
        serve(listener, axum::Router::new().fallback(nothing), end).await
    })?;
    let base = format!("http://{}/{{product}}", twilio.address);
    for (name, looked) in [
        ("completed call over TCP", true),
        ("the same, when Twilio is asked", false),
    ] {
        let base = base.clone();
        let ours = Server::start(move |listener, end| async move {
            let app = app_on(&base)?;
            if looked {
                // As the reconciler does every 25 s.
                let parking = app.get::<Parking>();
                parking.reconcile(false, &Report::of(parking)).await;
            }
            let served = switchboard::web::run(listener, app, end);
            served.await.context("the server")
        })?;
        let (request, load) = (wire("completed"), runtime()?);
        let mut rates = Vec::new();
        for turn in 0..=turns {
            let rate = load.block_on(ours.rate(&request, slot))?;
            if turn > 0 {
                rates.push(rate);
            }
        }
        let rate = median(rates);
        println!(
            "{name:<34} {rate:>8.0} /s {:>9.1} µs  (of one core)",
            1e6 / rate
        );
        ours.end.cancel();
    }
    twilio.end.cancel();
    Ok(())
}

async fn serve(
    listener: tokio::net::TcpListener,
    router: axum::Router,
    end: CancellationToken,
) -> anyhow::Result<()> {
    // As ours does: an answer must not wait for an acknowledgement.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let served = axum::serve(listener, router);
    served
        .with_graceful_shutdown(end.cancelled_owned())
        .await
        .context("a bare server")
}

/// A signed report as it crosses the wire.
fn wire(status: &str) -> String {
    let body = report(status);
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: switchboard.example.com\r\nuser-agent: TwilioProxy/1.1\r\n\
         accept: */*\r\ni-twilio-idempotency-token: 0b1e1a3c-0f4c-4d9e-9a4f-2f1f5a6b7c8d\r\n\
         content-type: application/x-www-form-urlencoded; charset=UTF-8\r\nx-twilio-signature: {}\r\n\
         content-length: {}\r\n\r\n{body}",
        signed(&body),
        body.len()
    )
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

impl Server {
    fn start<F, R>(serve: F) -> anyhow::Result<Self>
    where
        F: FnOnce(tokio::net::TcpListener, CancellationToken) -> R + Send + 'static,
        R: Future<Output = anyhow::Result<()>>,
    {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let end = CancellationToken::new();
        let (cancelled, (tell, told)) = (end.clone(), oneshot::channel());
        thread::spawn(move || -> anyhow::Result<()> {
            let thread = fs::read_link("/proc/thread-self").context("this needs Linux")?;
            let _ = tell.send(format!("/proc/{}/schedstat", thread.display()));
            runtime()?.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                serve(listener, cancelled).await
            })
        });
        let clock = told.blocking_recv().context("a server did not start")?;
        Ok(Self {
            address,
            clock,
            end,
        })
    }

    /// How long the server was on a processor so far.
    fn spent(&self) -> anyhow::Result<Duration> {
        let text = fs::read_to_string(&self.clock)?;
        let nanoseconds = text
            .split_whitespace()
            .next()
            .context("an empty schedstat")?
            .parse()?;
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Requests for each second of the server's own time.
    async fn rate(&self, request: &str, slot: Duration) -> anyhow::Result<f64> {
        let (start, end) = (self.spent()?, Instant::now() + slot);
        let connections = (0..CONNECTIONS).map(|_| ask(self.address, request, end));
        let answered: u32 = futures_util::future::try_join_all(connections)
            .await?
            .into_iter()
            .sum();
        Ok(f64::from(answered) / self.spent()?.saturating_sub(start).as_secs_f64())
    }
}

/// One connection that asks again as soon as it is answered.
async fn ask(address: SocketAddr, request: &str, end: Instant) -> anyhow::Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut answer, mut answered) = (vec![0; 4_096], 0);
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await?;
        let mut length = 0;
        while !answer[..length].ends_with(b"\r\n\r\n") {
            match stream.read(&mut answer[length..]).await? {
                0 => anyhow::bail!("the connection was closed"),
                more => length += more,
            }
        }
        anyhow::ensure!(
            answer.starts_with(b"HTTP/1.1 204"),
            "{}",
            String::from_utf8_lossy(&answer[..length])
        );
        answered += 1;
    }
    Ok(answered)
}
