//! Whatever Twilio does to us, and wherever we die, a caller who asked ends with one call-back or in the line.

use std::time::Duration;

use switchboard::{
    emulator::{Fault, HookTrouble, RestTrouble},
    twilio::sid::CallSid,
};
use tokio::time::sleep;

use super::line::{BOTH, Line};
use crate::stage::{FollowUps, Setting, many::Part};

/// One of the two: out of line and called back, or in line and nothing else. Whoever is in line can ask again.
fn is_right(line: &Line, call: CallSid, story: &str) -> bool {
    let (made, here) = (line.follow_ups().len(), !line.is_over(call));
    let waits = here && matches!(line.task_of(call).status, "pending" | "reserved");
    let right = (made == 1 && !here) || (made == 0 && waits);
    assert!(
        right,
        "{story}: {made} call-backs, {:?}\n{}",
        line.call(call),
        line.emulator.journal()
    );
    made == 1
}

#[tokio::test(start_paused = true)]
async fn every_webhook_three_times_and_out_of_order_is_one_call_back() {
    for what_twilio_does in BOTH {
        for trouble in [
            HookTrouble::Repeated(2),
            HookTrouble::Delayed(Duration::from_millis(1_500)),
        ] {
            for seed in 1..6 {
                let mut setting = Setting::default().follow_ups(what_twilio_does).replicas(2);
                setting.seed = seed;
                let line = Line::set(setting);
                line.emulator.weather().always(trouble);
                let call = line.caller().await;
                line.keys(call, &["*", "1", "1"]).await;
                line.seconds(60).await;
                assert!(line.is_over(call), "{trouble:?}");
                assert!(line.hears(call, "A callback has been requested"));
                line.follow_up();
                line.close().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_call_back_may_fail() {
    let mut part = Part::of_a_matrix();
    let steps = [
        ("GET", "taskrouter", "/Tasks"),
        ("POST", "taskrouter", "/Tasks/WT"),
        ("POST", "taskrouter", "/Tasks"),
        ("POST", "api", "/Calls/"),
        ("GET", "sync", "FollowUps"),
        ("POST", "sync", "FollowUps"),
    ];
    let troubles = [
        RestTrouble::Answer(503, 20_503),
        RestTrouble::Hang,
        RestTrouble::Reset,
        RestTrouble::Lost,
        RestTrouble::LostHanging,
    ];
    for (method, product, path) in steps {
        for trouble in troubles {
            for nth in 1..3 {
                for times in [1, 8] {
                    if part.skips() {
                        continue;
                    }
                    let line = Line::new();
                    let call = line.caller().await;
                    line.keys(call, &["*", "1"]).await;
                    let fault = Fault::rest(trouble).method(method).product(product);
                    let weather = line.emulator.weather();
                    weather.script(fault.path(path).nth(nth).times(times));
                    line.keys(call, &["1"]).await;
                    line.seconds(150).await;
                    weather.clear();
                    line.seconds(100).await;
                    let story = format!("{trouble:?} of {method} {path}, {nth}, {times} times");
                    if !is_right(&line, call, &story) {
                        line.keys(call, &["*", "1", "1"]).await;
                        line.seconds(60).await;
                        assert!(is_right(&line, call, &story), "{story}: asked again");
                    }
                    line.close().await;
                }
            }
        }
    }
}

/// Whether it is noted that somebody is to leave a message, and not that they can.
fn is_on_the_way(line: &Line) -> bool {
    let maps = line.emulator.map_names().into_iter();
    let maps = maps.filter(|name| name.starts_with("Global.FollowUps."));
    let mut wishes = maps.flat_map(|name| line.emulator.map_items(&name));
    wishes.any(|(_, wish)| wish["phase"] == "leaving")
}

/// They have come to the recorder, and that cannot be noted: to us, they are still on the way there.
///
/// After 20 seconds the caller was once led to the recorder again, in the middle of their message.
#[tokio::test(start_paused = true)]
async fn whoever_speaks_is_not_led_to_the_recorder_once_more() {
    for what_twilio_does in BOTH {
        let line = Line::set(Setting::default().follow_ups(what_twilio_does));
        let call = line.caller().await;
        let minute = Duration::from_mins(1);
        line.emulator.speaks(call, minute, "It began in spring.");
        let down = Fault::rest(RestTrouble::Answer(503, 20_503)).method("POST");
        let down = down.product("sync").path("FollowUps");
        line.keys(call, &["*"]).await;
        line.emulator.press(call, "2");
        while !is_on_the_way(&line) {
            sleep(Duration::from_millis(5)).await;
        }
        line.emulator.weather().script(down.times(1_000));
        line.seconds(50).await;
        line.emulator.weather().clear();
        line.seconds(120).await;
        let recorded = line.emulator.recorded(call);
        let journal = || line.emulator.journal();
        assert_eq!(recorded.len(), 1, "{what_twilio_does:?}\n{}", journal());
        assert_eq!(recorded[0].1, 60, "the whole of it: {what_twilio_does:?}");
        assert_eq!(line.follow_up().attributes["taskType"], "voicemail");
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn wherever_a_process_dies_the_caller_ends_in_one_of_the_two() {
    let mut part = Part::of_a_matrix();
    for acted in [false, true] {
        for nth in 1..12 {
            if part.skips() {
                continue;
            }
            let line = Line::set(
                Setting::default()
                    .follow_ups(FollowUps::StayInQueue)
                    .replicas(2),
            );
            let call = line.caller().await;
            line.keys(call, &["*", "1"]).await;
            for place in 0..2 {
                line.kill_at(place, nth, acted);
            }
            line.keys(call, &["1"]).await;
            line.seconds(5).await;
            for place in 0..2 {
                line.kill(place);
                line.start(place);
            }
            line.seconds(200).await;
            let story = format!("dead at request {nth}, acted: {acted}");
            let (made, here) = (line.follow_ups().len(), !line.is_over(call));
            assert!(made <= 1, "{story}: {made}");
            // A caller whose webhook nobody answered is hung up on by Twilio; if they had asked, they are called.
            let aside = line.is_set_aside(call);
            assert!(
                made == 1 || !aside,
                "{story}: out of line and forgotten\n{}",
                line.emulator.journal()
            );
            assert!(made == 0 || !here, "{story}: both");
            line.close().await;
        }
    }
}
