//! Connections that behave badly, in paused time over an in-memory pipe.

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::Instant,
};

use super::*;

/// How long the long answer is.
const LONG: usize = 1 << 20;

/// One connection to the server, with `size` bytes of room in each direction.
fn connect(size: usize) -> (DuplexStream, Server) {
    let server = server(8);
    let (client, socket) = duplex(size);
    server.serve(socket, place_of(&server));
    (client, server)
}

/// A server with so many places.
fn server(places: usize) -> Server {
    let router = Router::new()
        .route("/live", get(async || "ok"))
        .route(
            "/slow",
            get(async || {
                sleep(Duration::from_secs(1)).await;
                "at last"
            }),
        )
        .route("/docs", get(async || "a long page".repeat(1_000)))
        .route("/long", get(async || "x".repeat(LONG)));
    Server::new(router, Draining::default(), places)
}

fn place_of(server: &Server) -> Place {
    server.places.take().now_or_never().expect("a free place")
}

/// How long it takes until the server hangs up.
async fn cut_after(client: &mut DuplexStream) -> u64 {
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest).await;
    start.elapsed().as_secs()
}

async fn ask(client: &mut DuplexStream) -> String {
    client
        .write_all(b"GET /live HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = vec![0; 4096];
    let length = client.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut() {
    let (mut client, _server) = connect(4096);
    assert_eq!(cut_after(&mut client).await, 10);
}

#[tokio::test(start_paused = true)]
async fn dribbled_headers_are_cut_while_others_are_served() {
    let (mut slow, server) = connect(4096);
    let start = Instant::now();
    slow.write_all(b"GET /live HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .unwrap();
    while slow.write_all(b"a").await.is_ok() {
        sleep(Duration::from_secs(1)).await;
        assert!(start.elapsed() < Duration::from_secs(15), "never cut");
    }
    assert!(start.elapsed() >= Duration::from_secs(9));
    let (mut quick, socket) = duplex(4096);
    server.serve(socket, place_of(&server));
    assert!(ask(&mut quick).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_kept_longer_than_a_dribbling_one() {
    let (mut client, _server) = connect(4096);
    for _ in 0..3 {
        assert!(ask(&mut client).await.starts_with("HTTP/1.1 200"));
        sleep(Duration::from_secs(70)).await;
    }
    assert!(ask(&mut client).await.starts_with("HTTP/1.1 200"));
    assert_eq!(cut_after(&mut client).await, 75);

    let (mut client, _server) = connect(4096);
    ask(&mut client).await;
    sleep(Duration::from_secs(30)).await;
    client.write_all(b"GET /l").await.unwrap();
    assert_eq!(cut_after(&mut client).await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_take_its_answer_is_cut() {
    let (mut client, server) = connect(64);
    client
        .write_all(b"GET /docs HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let start = Instant::now();
    server.connections.close();
    server.connections.wait().await;
    assert_eq!(start.elapsed().as_secs(), 10);
}

/// Another connection to the same server.
async fn joins(server: &Server) -> DuplexStream {
    let (client, socket) = duplex(4096);
    server.serve(socket, server.places.take().await);
    client
}

/// Eight places, all held by clients who keep quiet: the next one is let in at once, and the one that has been quiet for
/// longest goes.
#[tokio::test(start_paused = true)]
async fn when_places_run_out_the_idle_go_and_those_with_a_request_in_work_stay() {
    let (mut busy, server) = connect(4096);
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut idle = vec![];
    for _ in 0..7 {
        sleep(Duration::from_millis(10)).await;
        let mut client = joins(&server).await;
        assert!(ask(&mut client).await.starts_with("HTTP/1.1 200"));
        idle.push(client);
    }
    let start = Instant::now();
    let mut late = joins(&server).await;
    assert!(ask(&mut late).await.starts_with("HTTP/1.1 200"));
    assert!(start.elapsed() < Duration::from_millis(100));
    assert_eq!(
        cut_after(&mut idle[0]).await,
        0,
        "the first to be idle is gone"
    );
    assert!(
        ask(&mut idle[1]).await.starts_with("HTTP/1.1 200"),
        "only that one"
    );
    let mut answer = vec![0; 4096];
    let length = busy.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// One that sent a thousand requests ahead used to have them all answered, whether or not it read the answers.
#[tokio::test(start_paused = true)]
async fn of_requests_sent_ahead_two_are_answered() {
    let (mut client, _server) = connect(1 << 16);
    let many = "GET /live HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    client.write_all(many.as_bytes()).await.unwrap();
    let mut answers = String::new();
    let _ = client.read_to_string(&mut answers).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    assert!(answers.contains("connection: close"), "{answers}");
}

/// A client with `room` for what it is sent, who has asked for the long answer.
async fn asks_for_long(server: &Server, room: usize) -> DuplexStream {
    let (mut client, socket) = duplex(room);
    let request = b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    server.serve(socket, place_of(server));
    client
}

/// Fifty clients with room for a mebibyte each used to be sent all of it before the next client was answered.
#[tokio::test(start_paused = true)]
async fn a_crowd_who_ask_for_long_answers_is_sent_little_before_a_real_request_is_answered() {
    let server = server(64);
    let mut crowd = vec![];
    for _ in 0..50 {
        crowd.push(asks_for_long(&server, 2 * LONG).await);
    }
    let mut real = joins(&server).await;
    assert!(ask(&mut real).await.starts_with("HTTP/1.1 200"));
    let mut sent = 0;
    let mut some = vec![0; 2 * LONG];
    for client in &mut crowd {
        // What is there already.
        if let Some(read) = client.read(&mut some).now_or_never() {
            sent += read.unwrap();
        }
    }
    assert!(sent <= LONG, "{sent} bytes before it");
    for mut client in crowd {
        client.read_to_end(&mut some).await.unwrap();
    }
}

/// Neither does a crowd that reads nothing keep anybody else from reading.
#[tokio::test(start_paused = true)]
async fn a_long_answer_arrives_whole_while_a_crowd_reads_nothing() {
    let server = server(64);
    let mut deaf = vec![];
    for _ in 0..50 {
        deaf.push(asks_for_long(&server, 256).await);
    }
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    let mut reader = asks_for_long(&server, 4_096).await;
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {LONG}")), "{head}");
    assert_eq!(body, "x".repeat(LONG));
    assert!(start.elapsed() < Duration::from_secs(1));
}
