//! What becomes of parked calls is counted as it happened.

use switchboard::emulator::{Fault, HookTrouble};

use crate::stage::{Setting, Stage};

/// What is counted: parked, picked up, hung up, come back, overflowed.
fn counts(stage: &Stage) -> [u64; 5] {
    ["parked", "picked-up", "hung-up", "came-back", "overflowed"].map(|outcome| {
        stage.counted(&format!(
            "switchboard_parked_calls_total{{outcome=\"{outcome}\"}}"
        ))
    })
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_parked_calls_is_counted_once() {
    let stage = Stage::new();
    // Every report comes three times.
    let thrice = Fault::webhook(HookTrouble::Repeated(2)).times(u32::MAX);
    stage.emulator.weather().script(thrice);
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    assert_eq!(counts(&stage), [1, 0, 0, 0, 0]);
    let reply = ann.pick_up(call).await.expect("an answer");
    assert!(reply.is_success(), "{reply:?}");
    stage.moment().await;
    assert_eq!(counts(&stage), [1, 1, 0, 0, 0]);
    // One that is refused changes nothing.
    let (sid, worker) = (call.to_string(), ann.worker().to_string());
    let fields = [("callSid", sid.as_str()), ("workerSid", &worker)];
    let reply = ann.post("/pickup-parked-call", &fields).await;
    let reply = reply.expect("an answer");
    assert!(!reply.is_success(), "{reply:?}");
    assert_eq!(counts(&stage), [1, 1, 0, 0, 0]);
    stage.parks(&ann).await;
    stage.emulator.hang_up(call);
    stage.seconds(120).await;
    assert_eq!(stage.wrap_ups(call).len(), 1);
    assert_eq!(counts(&stage), [2, 1, 1, 0, 0]);
    stage.emulator.weather().clear();
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_back_is_counted_each_time_until_it_overflows() {
    let setting = Setting::default()
        .variable("PARK_TIMEOUT", "60")
        .variable("PARK_RETURN_TRIES", "1");
    let stage = setting.stage();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    let came_back = || counts(&stage)[3] == 1;
    stage.until(200, "it comes back", came_back).await;
    assert_eq!(counts(&stage), [1, 0, 0, 1, 0]);
    let overflowed = || counts(&stage)[4] == 1;
    stage.until(300, "it overflows", overflowed).await;
    assert_eq!(counts(&stage), [1, 0, 0, 1, 1]);
    stage.emulator.hang_up(call);
    stage.seconds(120).await;
    stage.curtain().await;
}
