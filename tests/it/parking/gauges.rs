//! The gauges: how things stand now, for no request of ours and none of Twilio's.

use switchboard::emulator::{Fault, RestTrouble};

use crate::stage::Stage;

fn gauge(stage: &Stage, name: &str) -> f64 {
    let shown = stage.metrics();
    let mut lines = shown.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(it, _)| *it == name);
    let (_, value) = found.unwrap_or_else(|| panic!("{name} is missing in {shown}"));
    value.parse().expect("a number")
}

#[tokio::test(start_paused = true)]
async fn calls_on_hold_and_the_age_of_the_oldest_are_seen_by_the_reconcilers_pass() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    assert!(gauge(&stage, "switchboard_parked_now") < 0.5);
    let first = stage.parked_by(&ann).await;
    stage.seconds(100).await;
    let second = stage.parked_by(&ann).await;
    stage.seconds(30).await;
    assert!((1.5..2.5).contains(&gauge(&stage, "switchboard_parked_now")));
    let oldest = gauge(&stage, "switchboard_parked_oldest_seconds");
    assert!((130.0..140.0).contains(&oldest), "{oldest}");
    // It grows between two passes, and while Sync cannot be read.
    let away = Fault::rest(RestTrouble::Answer(500, 20_500)).product("sync");
    stage.emulator.weather().script(away.times(u32::MAX));
    stage.seconds(100).await;
    let older = gauge(&stage, "switchboard_parked_oldest_seconds");
    assert!((230.0..240.0).contains(&older), "{older}");
    let kept = gauge(&stage, "switchboard_parked_now");
    assert!(
        (1.5..2.5).contains(&kept),
        "what was seen last, not a guess"
    );
    stage.emulator.weather().clear();
    stage.emulator.hang_up(first);
    stage.emulator.hang_up(second);
    stage.seconds(60).await;
    assert!(gauge(&stage, "switchboard_parked_now") < 0.5);
    assert!(gauge(&stage, "switchboard_parked_oldest_seconds") < 0.001);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn showing_the_metrics_asks_twilio_nothing() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    let asked = stage.asked();
    for _ in 0..100 {
        let _ = stage.metrics();
    }
    assert_eq!(stage.asked_since(asked), [""; 0]);
    stage.emulator.hang_up(call);
    stage.seconds(60).await;
    stage.curtain().await;
}
