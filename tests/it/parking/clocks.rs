//! A replica whose own clock is wrong: nobody is timed out early or late, and the times that are shown are Twilio's.

use jiff::{SignedDuration, Timestamp};

use crate::stage::{Setting, Stage};

const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

/// Two replicas; the clock of the first is off.
fn off(ahead: SignedDuration) -> Stage {
    let setting = Setting::default().replicas(2).ahead(ahead);
    setting.variable("PARK_TIMEOUT", "120").stage()
}

fn time(shown: &serde_json::Value) -> Timestamp {
    shown.as_str().expect("a time").parse().expect("a time")
}

#[tokio::test(start_paused = true)]
async fn whichever_replica_parks_a_call_its_times_are_twilios() {
    for (seed, ahead) in (0..6).flat_map(|seed| [(seed, TEN_MINUTES), (seed, -TEN_MINUTES)]) {
        let stage = Setting {
            seed,
            ..Setting::default().replicas(2).ahead(ahead)
        }
        .variable("PARK_TIMEOUT", "120")
        .stage();
        let ann = stage.agent("ann");
        let caller = stage.talks_to(&ann).await;
        let pressed = stage.emulator.now();
        stage.parks(&ann).await;
        let shown = stage.listed(ann.worker(), caller).expect("listed");
        let since = time(&shown["dateCreated"]).duration_since(pressed);
        assert!(since.abs() < SignedDuration::from_secs(3), "{since}");
        // Music is asked for at either replica, and neither brings the caller back before their time.
        let mut waited = 2;
        while ann.offers().is_empty() {
            assert!(waited < 200, "{ahead}: they come back");
            stage.seconds(1).await;
            waited += 1;
        }
        assert!(waited >= 118, "{ahead}: back after {waited} s");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_is_noted_at_the_time_at_which_they_did() {
    // Where there is one replica, it is the one whose clock is off that hears of it.
    let ways = [1, 2]
        .into_iter()
        .flat_map(|replicas| [TEN_MINUTES, -TEN_MINUTES].map(|ahead| (replicas, ahead)));
    for (replicas, ahead) in ways {
        let setting = Setting::default().replicas(replicas).ahead(ahead);
        let stage = setting.variable("PARK_TIMEOUT", "120").stage();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        stage.seconds(40).await;
        let left = stage.emulator.now();
        stage.emulator.hang_up(caller);
        stage.moment().await;
        let shown = stage.listed(ann.worker(), caller).expect("listed");
        let noted = time(&shown["callerHangupTime"]).duration_since(left);
        assert!(
            noted.abs() < SignedDuration::from_secs(3),
            "{replicas}, {ahead}: {noted}"
        );
        let held = &stage.wrap_ups(caller)[0]["conversations"]["hold_time"];
        let held = held.as_u64().expect("seconds");
        assert!((40..46).contains(&held), "{held}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_is_a_figure_for_the_operator() {
    for (ahead, about) in [(TEN_MINUTES, 600), (SignedDuration::ZERO, 0)] {
        let stage = off(ahead);
        stage.seconds(60).await;
        let shown = stage.metrics();
        let mut lines = shown.lines();
        let gauge = lines.find_map(|it| it.strip_prefix("switchboard_clock_ahead_seconds "));
        let seconds: i64 = gauge.expect("a gauge").parse().expect("seconds");
        assert!((seconds - about).abs() <= 1, "{seconds}");
        stage.curtain().await;
    }
}
