//! The end of the server, over TCP: what was begun is finished, and nobody is dropped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use switchboard::web::run;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;

#[tokio::test]
async fn what_was_begun_is_finished_before_the_end() {
    let desk = Desk::with(404, "{}", &[("DRAIN_LINGER", "1")]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let finished = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&finished);
    desk.app.tasks().spawn(async move {
        sleep(Duration::from_millis(800)).await;
        done.store(true, Ordering::Relaxed);
    });
    let server = tokio::spawn(run(listener, desk.app.clone(), shutdown.clone()));

    let mut begun = TcpStream::connect(address).await.unwrap();
    let head = "POST /park-call HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\
                content-type: application/x-www-form-urlencoded\r\n\r\na";
    begun.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    shutdown.cancel();
    sleep(Duration::from_millis(100)).await;

    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    late.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");

    begun.write_all(b"=").await.unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    server.await.unwrap().unwrap();
    assert!(finished.load(Ordering::Relaxed));
    assert!(TcpStream::connect(address).await.is_err());
}
