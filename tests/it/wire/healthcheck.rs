//! `switchboard healthcheck`, by which a container without a shell asks its own server how it is.

use std::{
    process::{Command, Output},
    time::Duration,
};

use tokio::time::timeout;

use super::{
    Twilio, beside,
    process::{Server, empty_folder},
};

/// What the command says, told nothing but where the server listens.
async fn healthcheck(
    variables: &[(&'static str, String)],
    more: &'static [&'static str],
) -> Output {
    let listen = variables
        .iter()
        .find(|(name, _)| *name == "LISTEN")
        .cloned();
    beside(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command
            .arg("healthcheck")
            .args(more)
            .env_clear()
            .envs(listen);
        command.current_dir(empty_folder()).output().unwrap()
    })
    .await
}

/// A server that hangs accepts connections and answers nothing; the container must not wait for it for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_not_well() {
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = hangs.local_addr().unwrap().to_string();
    let listen = [("LISTEN", listen)];
    let asked = timeout(Duration::from_secs(20), healthcheck(&listen, &[])).await;
    let asked = asked.expect("it waits for ever");
    let told = String::from_utf8(asked.stderr).unwrap();
    assert_eq!(asked.status.code(), Some(1), "{told}");
    assert!(told.contains("no answer from http://127.0.0.1:"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_asks_its_own_server_how_it_is() {
    let twilio = Twilio::open(1).await;
    let server = Server::start(&twilio.variables()).await;
    let listen = server.url.trim_start_matches("http://").to_owned();
    // Told of no secret, only of where the server listens, on all addresses as in a container.
    let everywhere = listen.replace("127.0.0.1", "0.0.0.0");
    for more in [&[] as &[_], &["--ready"]] {
        let well = healthcheck(&[("LISTEN", everywhere.clone())], more).await;
        assert!(well.status.success(), "{well:?}");
    }
    server.signal("TERM").await;
    server.end().await;
    let gone = healthcheck(&[("LISTEN", listen)], &[]).await;
    let told = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(gone.status.code(), Some(1), "{told}");
    assert!(told.contains("no answer from http://127.0.0.1:"), "{told}");
    let wrong = healthcheck(&[("LISTEN", "everywhere".to_owned())], &[]).await;
    assert_eq!(wrong.status.code(), Some(2));
}
