//! Strangers who hold connections: with slow bodies, idle, silent, or not reading their answers. Real requests come
//! through at once.
//!
//! The ordinary run has as many strangers as show the difference, and a server that may hold few connections.
//! `STRANGERS=10000 cargo test --test it strangers` measures with so many of each kind and the server's own limit.

use std::time::Duration;

use http::header;
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Twilio, client, drain::hold_round, process::Server};
use crate::stage::many::number;

/// How a stranger behaves, once connected.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Sends the headers of a request and one byte of its body.
    SlowBody(&'static str),
    /// Sends nothing.
    Silent,
    /// Asks once, and keeps the connection.
    Idle,
    /// Asks for a long answer again and again, and reads none.
    Deaf,
}

/// Comes again whenever it was cut, after two seconds.
async fn stranger(address: String, manner: Manner) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(&address).await {
            let _ = manner.behaves(&mut stream).await;
        }
        sleep(Duration::from_secs(2)).await;
    }
}

impl Manner {
    /// Until the other side hangs up.
    async fn behaves(self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut some = [0; 1024];
        match self {
            Self::SlowBody(path) => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 200\r\nx-twilio-signature: any\r\n\
                     content-type: application/x-www-form-urlencoded\r\n\r\na"
                );
                stream.write_all(head.as_bytes()).await?;
            }
            Self::Silent => {}
            Self::Idle => {
                stream
                    .write_all(b"GET /live HTTP/1.1\r\nhost: x\r\n\r\n")
                    .await?;
            }
            Self::Deaf => {
                let many = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
                stream.write_all(many.as_bytes()).await?;
                stream.readable().await?;
                // It is there, and not taken, until the server gives up.
                return std::future::pending().await;
            }
        }
        while stream.read(&mut some).await? > 0 {}
        Ok(())
    }
}

/// A crowd, which is gone when this is dropped.
async fn crowd(server: &Server, size: u64, manner: Manner) -> JoinSet<()> {
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut crowd = JoinSet::new();
    for nth in 0..size {
        crowd.spawn(stranger(address.clone(), manner));
        if nth % 50 == 0 {
            sleep(Duration::from_millis(2)).await;
        }
    }
    // All of them stand there now.
    sleep(Duration::from_millis(500)).await;
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_with_slow_bodies_keep_neither_callers_nor_agents_out() {
    let twilio = Twilio::open(1).await;
    let server = Server::start(&twilio.variables()).await;
    let at_hold = crowd(&server, 1_300, Manner::SlowBody("/hold")).await;
    for caller in 0..5 {
        let (status, heard) = hold_round(&server.url, caller).await.expect("an answer");
        assert_eq!(status, 200, "{heard}");
        assert!(heard.contains("<Play"), "{heard}");
        sleep(Duration::from_millis(300)).await;
    }
    drop(at_hold);

    let token = format!("Bearer {}", twilio.ann.token().expose_secret());
    let _at_park = crowd(&server, 600, Manner::SlowBody("/park-call")).await;
    for _ in 0..5 {
        let park = client()
            .post(format!("{}/park-call", server.url))
            .header(header::AUTHORIZATION, &token)
            .form(&[("name", "Carl")]);
        let answer = park.send().await.expect("an answer");
        // It was read, and she is known: only now is it seen that no call is named.
        assert_eq!(answer.status(), 400, "{:?}", answer.text().await);
        sleep(Duration::from_millis(300)).await;
    }
}

/// The slowest of twelve real requests, each with a connection of its own.
async fn slowest(server: &Server) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..12 {
        let asked = Instant::now();
        let live = client().get(format!("{}/live", server.url)).send();
        let answer = timeout(Duration::from_secs(20), live).await;
        let answer = answer.expect("in time").expect("an answer");
        assert_eq!(answer.status(), 200);
        slowest = slowest.max(asked.elapsed());
        sleep(Duration::from_millis(50)).await;
    }
    slowest
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_silent_and_deaf_strangers_delay_nobody() {
    let twilio = Twilio::open(1).await;
    let measured = number("STRANGERS");
    for manner in [Manner::Idle, Manner::Silent, Manner::Deaf] {
        let (size, limit, server) = if let Some(size) = measured {
            let server = Server::start(&twilio.variables()).await;
            (size, Duration::from_millis(100), server)
        } else {
            // 225 places.
            let server = Server::start_with_files(&twilio.variables(), 300).await;
            (700, Duration::from_secs(1), server)
        };
        let _crowd = crowd(&server, size, manner).await;
        let slowest = slowest(&server).await;
        println!("{size} of {manner:?}: a real request takes {slowest:?} at most");
        assert!(slowest < limit, "{size} of {manner:?}: {slowest:?}");
    }
}
