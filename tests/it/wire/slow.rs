//! A client that holds a place by sending a byte now and then.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::{Twilio, client, process::Server};

#[tokio::test(flavor = "multi_thread")]
async fn dribbled_headers_are_cut_while_others_are_served() {
    let twilio = Twilio::open(1).await;
    let server = Server::start(&twilio.variables()).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let begun = Instant::now();
    let dribbling: Vec<_> = (0..20)
        .map(|_| tokio::spawn(dribble(address.clone())))
        .collect();
    let mut others = 0;
    while dribbling.iter().any(|one| !one.is_finished()) {
        assert!(begun.elapsed() < Duration::from_secs(15), "still not cut");
        let asked = Instant::now();
        let answer = client()
            .get(format!("{}/live", server.url))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(
            asked.elapsed() < Duration::from_secs(1),
            "{:?}",
            asked.elapsed()
        );
        others += 1;
        sleep(Duration::from_millis(200)).await;
    }
    assert!(
        begun.elapsed() > Duration::from_secs(5),
        "a slow network is not punished"
    );
    assert!(others > 10, "{others}");
    for one in dribbling {
        let answer = one.await.unwrap();
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
}

/// Sends a header byte by byte until the connection is cut; what came back.
async fn dribble(address: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /live HTTP/1.1\r\nHost: x\r\nX-Long: ")
        .await
        .unwrap();
    let (mut back, mut forth) = stream.split();
    let mut answer = String::new();
    let sending = async {
        while forth.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(250)).await;
        }
    };
    tokio::select! {
        biased;
        () = sending => {}
        _ = back.read_to_string(&mut answer) => {}
    }
    answer
}
