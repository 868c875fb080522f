//! The parking story with a socket between everybody, in compressed time.

use switchboard::{
    app::Config,
    app::{self, Outside},
    emulator::Line,
    rng::Rng,
    web::{self, App},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Twilio, until};
use crate::stage::{MAIN_LINE, PUBLIC_URL, is_on_hold, number};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_parked_picked_up_parked_again_and_hung_up_over_tcp() {
    let twilio = Twilio::open(20).await;
    let (emulator, ann) = (&twilio.emulator, &twilio.ann);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    emulator.connect(Line::network(
        PUBLIC_URL,
        &target,
        switchboard::twilio::transport::client().build().unwrap(),
    ));
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(web::run(listener, server(&twilio), shutdown.clone()));

    let caller = emulator.place_call("+13035550111", &number(MAIN_LINE));
    until("it rings", || !ann.offers().is_empty()).await;
    ann.accept(ann.offers()[0]).await.unwrap();
    until("they talk", || ann.live().is_some()).await;
    let list = || {
        ann.parked()
            .into_iter()
            .find(|(call, _)| call == caller.as_str())
    };
    let on_hold = || emulator.call(caller).is_some_and(|call| is_on_hold(&call));

    let parked = ann.park(ann.live().unwrap()).await.unwrap();
    assert!(parked.is_success(), "{parked:?}");
    until("the caller is on hold", on_hold).await;
    assert!(list().is_some());
    let picked_up = ann.pick_up(caller).await.unwrap();
    assert!(picked_up.is_success(), "{picked_up:?}");
    until("they talk again", || ann.live().is_some()).await;
    assert!(list().is_none());
    let parked = ann.park(ann.live().unwrap()).await.unwrap();
    assert!(parked.is_success(), "{parked:?}");
    until("the caller is on hold again", on_hold).await;
    emulator.hang_up(caller);
    until("the list says so", || {
        list().is_some_and(|(_, item)| item["callerHangup"] == true)
    })
    .await;
    until("a task is made for it", || {
        let tasks = emulator.tasks();
        tasks
            .iter()
            .any(|task| task.attributes["isParkHangup"] == true)
    })
    .await;

    emulator.settled().await;
    shutdown.cancel();
    server.await.unwrap().expect("everything was finished");
    assert_eq!(emulator.finish(), [""; 0]);
}

/// A server that talks to this Twilio through sockets.
fn server(twilio: &Twilio) -> App {
    let variables = twilio.variables();
    let config = Config::read(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    });
    let config = config.unwrap();
    let outside = Outside {
        transport: app::network(&config.general).unwrap(),
        clock: twilio.clock,
        rng: Rng::seeded(1),
    };
    app::assemble(config, outside).unwrap()
}
