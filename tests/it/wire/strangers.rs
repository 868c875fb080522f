//! Strangers who hold connections: with slow bodies, idle, silent, or not reading their answers. Real requests come
//! through at once.
//!
//! The ordinary run has as many strangers as show the difference, and a server that may hold few connections: it shares
//! the processors with hundreds of other tests, so its bound is a second. `.ci/run` measures: 10,000 of each kind, the
//! server's own limit, the release build, nothing beside it, and a bound of 100 ms, which is less than a caller notices.
//! On two processors of a small virtual machine, five runs in a row, the slowest real request took 11 to 34 ms beside the
//! idle, 6 to 8 ms beside the silent, and 12, 25, 44, 104 and 227 ms beside those who read nothing. So the bound does not
//! hold in every run yet. With eight pieces in a round instead of two, the last took 79 to 132 ms; before long answers
//! were sent in pieces and the metrics written once for all, 120 to 450 ms.

use std::time::Duration;

use http::header;
use secrecy::{ExposeSecret, SecretString};
use switchboard::twilio::signature;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Twilio, beside, client, drain::hold_round, process::Server};
use crate::stage::{
    PUBLIC_URL, TOKEN,
    many::{number, wanted},
};

/// How a stranger behaves, once connected.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Sends the headers of a request and one byte of its body.
    SlowBody(&'static str),
    /// Sends nothing.
    Silent,
    /// Asks once, and keeps the connection.
    Idle,
    /// Asks for long answers again and again, and reads none.
    Deaf,
}

/// The long answers that anybody may ask for.
const LONG: [&str; 4] = ["/openapi.json", "/docs", "/metrics", "/hold-music/0"];

/// Comes again whenever it was cut, after two seconds.
async fn stranger(address: String, manner: Manner, nth: usize) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(&address).await {
            let _ = manner.behaves(&mut stream, nth).await;
        }
        sleep(Duration::from_secs(2)).await;
    }
}

impl Manner {
    /// Until the other side hangs up.
    async fn behaves(self, stream: &mut TcpStream, nth: usize) -> std::io::Result<()> {
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
                let ask = format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", LONG[nth % LONG.len()]);
                stream.write_all(ask.repeat(200).as_bytes()).await?;
                // The answers are there, and are not taken, until the server gives up.
                loop {
                    sleep(Duration::from_secs(1)).await;
                    stream.write_all(ask.as_bytes()).await?;
                }
            }
        }
        while stream.read(&mut some).await? > 0 {}
        Ok(())
    }
}

/// A crowd, which is gone when this is dropped.
async fn crowd(server: &Server, size: usize, manner: Manner) -> JoinSet<()> {
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut crowd = JoinSet::new();
    for nth in 0..size {
        crowd.spawn(stranger(address.clone(), manner, nth));
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

/// The slowest of real requests, each with a connection of its own: probes, and webhooks that Twilio signed. They are
/// asked from a thread of their own, so that what is measured is the server and not the crowd's own runtime.
async fn slowest(url: String) -> Duration {
    beside(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut slowest = Duration::ZERO;
            for nth in 0..48 {
                let asked = Instant::now();
                let request = if nth % 2 == 0 {
                    client().get(format!("{url}/live"))
                } else {
                    signed_webhook(&url)
                };
                let answer = timeout(Duration::from_secs(20), request.send()).await;
                let answer = answer.expect("in time").expect("an answer");
                assert_eq!(answer.status(), 200);
                slowest = slowest.max(asked.elapsed());
                sleep(Duration::from_millis(100)).await;
            }
            slowest
        })
    })
    .await
}

/// What Twilio alone can ask, and is answered without asking Twilio.
fn signed_webhook(url: &str) -> reqwest::RequestBuilder {
    let token = SecretString::from(TOKEN);
    let proof = signature::sign(&token, &format!("{PUBLIC_URL}/instance"), &[]);
    let form = client()
        .post(format!("{url}/instance"))
        .form(&[("", ""); 0]);
    form.header(signature::HEADER, proof)
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_silent_and_deaf_strangers_delay_nobody() {
    let twilio = Twilio::open(1).await;
    let size = usize::try_from(wanted("STRANGERS")).expect("a number of connections");
    let measured = number("STRANGERS").is_some();
    for manner in [Manner::Idle, Manner::Silent, Manner::Deaf] {
        let (limit, server) = if measured {
            let server = Server::start(&twilio.variables()).await;
            (Duration::from_millis(100), server)
        } else {
            // 225 places.
            let server = Server::start_with_files(&twilio.variables(), 300).await;
            (Duration::from_secs(1), server)
        };
        // While they come, and while they stand there.
        let (_crowd, slowest) =
            tokio::join!(crowd(&server, size, manner), slowest(server.url.clone()));
        println!("{size} of {manner:?}: a real request takes {slowest:?} at most");
        assert!(slowest < limit, "{size} of {manner:?}: {slowest:?}");
    }
}
