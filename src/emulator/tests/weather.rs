//! Faults, scripted and random.

use super::*;
use crate::{
    emulator::{CallStatus, Climate, Fault, HookTrouble, Replicas, RestTrouble},
    rng::Rng,
    twilio::transport::Broken,
};

const HOLD: &str = "<Play>/audio/1</Play><Redirect/>";

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_tried_again_with_the_same_token() {
    let stage = Stage::new();
    stage.app.on("/voice", HOLD);
    stage
        .emulator
        .weather()
        .script(Fault::webhook(HookTrouble::Refused).path("/voice"));
    let call = stage.call();
    stage.wait(1).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::InProgress
    );
    assert_eq!(stage.app.seen("/voice").len(), 1);
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn callbacks_are_doubled_delayed_and_dropped() {
    let stage = Stage::new();
    stage.app.on("/voice", HOLD);
    let weather = stage.emulator.weather();
    let late = HookTrouble::Delayed(Duration::from_secs(40));
    for trouble in [HookTrouble::Repeated(2), late, HookTrouble::Dropped] {
        weather.script(Fault::webhook(trouble).path("/status"));
    }
    let mut told = Vec::new();
    for _ in 0..3 {
        let before = stage.app.seen("/status").len();
        let call = stage.call();
        stage.wait(5).await;
        stage.emulator.hang_up(call);
        let hung_up = stage.clock.now();
        stage.emulator.settled().await;
        let seen = stage.app.seen("/status").split_off(before);
        let late = seen
            .first()
            .map(|one| one.at.duration_since(hung_up).as_secs());
        let tokens: std::collections::BTreeSet<_> = seen.iter().map(|one| &one.delivery).collect();
        told.push((seen.len(), tokens.len(), late));
    }
    assert_eq!(told, [(3, 1, Some(0)), (1, 1, Some(40)), (0, 0, None)]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_lost_before_or_after_twilio_acts() {
    for (trouble, acted) in [(RestTrouble::Lost, true), (RestTrouble::Reset, false)] {
        let stage = Stage::new();
        stage.app.on("/voice", HOLD);
        let call = stage.call();
        stage.wait(1).await;
        let weather = stage.emulator.weather();
        weather.script(
            Fault::rest(trouble)
                .method("POST")
                .product("api")
                .path("/Calls/"),
        );
        let url = format!(
            "https://api.twilio.com/2010-04-01/Accounts/{}/Calls/{call}.json",
            account()
        );
        let request = crate::twilio::transport::client()
            .build()
            .unwrap()
            .post(url)
            .basic_auth(account(), Some(TOKEN))
            .form(&[("Status", "completed")])
            .build()
            .unwrap();
        let answer = stage.emulator.transport().send(request).await;
        assert!(matches!(answer, Err(Broken::Lost(_))));
        let over = stage.emulator.call(call).unwrap().status == CallStatus::Completed;
        assert_eq!(over, acted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_waits_for_its_turn_and_an_unused_one_is_told() {
    let stage = Stage::new();
    let weather = stage.emulator.weather();
    weather.script(
        Fault::rest(RestTrouble::Answer(429, 20429))
            .path("/Calls")
            .nth(2),
    );
    weather.script(Fault::rest(RestTrouble::Hang).product("sync"));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(stage.rest("GET", "/Calls.json", &[]).await.0);
    }
    assert_eq!(statuses, [200, 429, 200]);
    assert_eq!(stage.emulator.finish().len(), 1);
    weather.clear();
    assert_eq!(stage.emulator.finish().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn random_weather_strikes_about_as_often_as_it_should() {
    let stage = Stage::new();
    stage.emulator.weather().random(Climate {
        busy: 0.2,
        ..Climate::default()
    });
    let mut busy = 0;
    for _ in 0..500 {
        busy += u32::from(stage.rest("GET", "/Calls.json", &[]).await.0 == 429);
    }
    assert!((70..130).contains(&busy), "{busy}");
}

#[tokio::test(start_paused = true)]
async fn a_killed_replica_stops_in_the_middle_and_refuses_what_comes_after() {
    let stage = Stage::new();
    stage.app.on("/voice", HOLD);
    stage.app.slow("/voice", Duration::from_secs(5));
    let router = stage.app.router(stage.clock);
    let replicas = Replicas::new(vec![router.clone()], Rng::seeded(1));
    stage.emulator.connect(Line::replicas(ORIGIN, &replicas));
    let call = stage.call();
    stage.wait(2).await;
    replicas.kill(0);
    stage.wait(1).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    let call = stage.call();
    stage.wait(1).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    replicas.start(0, router);
    let call = stage.call();
    stage.wait(6).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::InProgress
    );
}
