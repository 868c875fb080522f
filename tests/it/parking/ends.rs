//! A caller hangs up just when they are parked: the worker has a wrap-up task if they were ever on hold, and else none.
//!
//! Where the caller was is told by Twilio itself: whether it had moved the call before its end, and whether the hold
//! document was asked for. A call that was moved and ended before it asked is either.

use std::time::Duration;

use switchboard::{
    emulator::{Fault, HookTrouble, RestTrouble},
    twilio::sid::CallSid,
};
use tokio::time::sleep;

use crate::stage::{Setting, Stage, live_task};

/// Where a caller was when they hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Was {
    WithTheAgent,
    OnTheWay,
    OnHold,
}

fn was(stage: &Stage, call: CallSid) -> Was {
    let to_hold = |url: &str| url.contains("/hold?");
    let asked = stage
        .call(call)
        .document_url
        .is_some_and(|url| to_hold(&url));
    let moved = stage.emulator.exchanges().iter().any(|it| {
        let this = it.path.ends_with(&format!("/Calls/{call}.json"));
        let to_hold = it
            .form
            .iter()
            .any(|(name, url)| name == "Url" && to_hold(url));
        this && to_hold && it.status == 200 && !it.weather
    });
    match (asked, moved) {
        (true, _) => Was::OnHold,
        (false, true) => Was::OnTheWay,
        (false, false) => Was::WithTheAgent,
    }
}

/// A caller hangs up so long after Park was pressed; gives where they were and how many wrap-up tasks came of it.
async fn hangs_up(stage: &Stage, after: Duration) -> (Was, usize) {
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let leaves = async {
        sleep(after).await;
        stage.emulator.hang_up(caller);
    };
    let (_, ()) = tokio::join!(ann.park(live_task(&ann)), leaves);
    let was = was(stage, caller);
    stage.seconds(40).await;
    stage.emulator.weather().clear();
    stage.seconds(60).await;
    assert!(
        stage.record(caller).is_none(),
        "nothing is left in the index"
    );
    let marked = stage.listed(ann.worker(), caller);
    assert!(marked.is_none_or(|entry| entry["callerHangup"] == true));
    (was, stage.wrap_ups(caller).len())
}

fn owed(was: Was, wrap_ups: usize) -> bool {
    match was {
        Was::WithTheAgent => wrap_ups == 0,
        Was::OnTheWay => wrap_ups <= 1,
        Was::OnHold => wrap_ups == 1,
    }
}

#[tokio::test(start_paused = true)]
async fn whenever_a_caller_hangs_up_during_a_park_a_wrap_up_comes_only_of_a_hold() {
    let mut seen = vec![];
    for (replicas, after) in [1, 3]
        .into_iter()
        .flat_map(|n| (0..40).map(move |t| (n, t * 40)))
    {
        let stage = Setting {
            replicas,
            seed: after,
            ..Setting::default()
        }
        .stage();
        let (was, wrap_ups) = hangs_up(&stage, Duration::from_millis(after)).await;
        assert!(
            owed(was, wrap_ups),
            "{replicas} replicas, after {after} ms: {was:?}, {wrap_ups} wrap-ups\n{}",
            stage.emulator.journal()
        );
        // Without a fault every request is answered, and the answer says it.
        assert!(was != Was::OnTheWay || wrap_ups == 1);
        seen.push(was);
        stage.curtain().await;
    }
    assert!(seen.contains(&Was::WithTheAgent) && seen.contains(&Was::OnHold));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_while_twilio_is_slow_to_move_them_was_with_the_agent() {
    let seconds = [1, 2, 5, 8, 12];
    for (slow, after) in seconds
        .into_iter()
        .flat_map(|slow| (0..6).map(move |n| (slow, n)))
    {
        let stage = Setting {
            replicas: 3,
            seed: slow * 10 + after,
            ..Setting::default()
        }
        .stage();
        let fault = Fault::rest(RestTrouble::Slow(Duration::from_secs(slow)));
        let fault = fault.method("POST").path("/Calls/").times(5);
        stage.emulator.weather().script(fault);
        let after = Duration::from_millis(300 + after * 130 * slow);
        let (was, wrap_ups) = hangs_up(&stage, after).await;
        assert!(
            owed(was, wrap_ups),
            "{slow} s slow, after {after:?}: {was:?}, {wrap_ups} wrap-ups\n{}",
            stage.emulator.journal()
        );
        assert_eq!(was, Was::WithTheAgent, "{after:?}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whether_a_caller_was_on_hold_is_known_though_twilios_answer_is_lost() {
    let mut seen = vec![];
    for trouble in [
        RestTrouble::Lost,
        RestTrouble::LostHanging,
        RestTrouble::Hang,
    ] {
        for after in [200, 700, 1_000, 1_500, 2_500, 4_000, 7_000, 20_000] {
            let stage = Setting {
                replicas: 3,
                seed: after,
                ..Setting::default()
            }
            .stage();
            let fault = Fault::rest(trouble).method("POST").path("/Calls/");
            stage.emulator.weather().script(fault.times(9));
            let (was, wrap_ups) = hangs_up(&stage, Duration::from_millis(after)).await;
            assert!(
                owed(was, wrap_ups),
                "{trouble:?}, after {after} ms: {was:?}, {wrap_ups} wrap-ups\n{}",
                stage.emulator.journal()
            );
            seen.push(was);
            stage.curtain().await;
        }
    }
    assert!(seen.contains(&Was::WithTheAgent) && seen.contains(&Was::OnHold));
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_park_was_cut_short_and_who_then_ends_the_talk_was_never_on_hold() {
    for step in 1..=5 {
        for after in [1, 3, 10, 30] {
            let stage = Stage::new();
            let ann = stage.agent("ann");
            let caller = stage.talks_to(&ann).await;
            stage.kill_at(0, step, false);
            let _ = ann.park(live_task(&ann)).await;
            stage.kill(0);
            let was_held = stage.on_hold(caller);
            stage.seconds(after).await;
            stage.emulator.hang_up(caller);
            stage.seconds(1).await;
            stage.start(0);
            stage.seconds(60).await;
            let wrap_ups = stage.wrap_ups(caller).len();
            // Twilio does not know a talk from hold if both end within its whole seconds.
            let told = !was_held || after > 3;
            assert!(
                !told || wrap_ups == usize::from(was_held),
                "killed at {step}, hung up after {after} s: held={was_held}, {wrap_ups}\n{}",
                stage.emulator.journal()
            );
            assert!(stage.record(caller).is_none());
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_report_of_an_end_that_overtakes_the_park_is_not_forgotten() {
    // The caller is moved to hold and hangs up at once; Twilio's answer to the park is slower than both reports.
    for replicas in [1, 3] {
        let stage = Setting {
            replicas,
            ..Setting::default()
        }
        .stage();
        let ann = stage.agent("ann");
        let caller = stage.talks_to(&ann).await;
        let fault = Fault::rest(RestTrouble::LostHanging).method("POST");
        stage.emulator.weather().script(fault.path("/Calls/"));
        let leaves = async {
            stage.until(5, "on hold", || stage.on_hold(caller)).await;
            stage.emulator.hang_up(caller);
        };
        let (_, ()) = tokio::join!(ann.park(live_task(&ann)), leaves);
        stage.seconds(12).await;
        assert_eq!(
            stage.wrap_ups(caller).len(),
            1,
            "without waiting for the reconciler\n{}",
            stage.emulator.journal()
        );
        stage.seconds(60).await;
        assert_eq!(stage.wrap_ups(caller).len(), 1);
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_talk_that_goes_on_while_a_park_is_looked_into_and_then_ends_leaves_no_wrap_up() {
    // Both reports are lost, and the reconciler is the first who hears of the end.
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let weather = stage.emulator.weather();
    let lost = Fault::rest(RestTrouble::Hang).method("POST");
    weather.script(lost.path("/Calls/").times(9));
    let reply = ann.park(live_task(&ann)).await.expect("an answer");
    assert!(!reply.is_success());
    weather.clear();
    weather.script(Fault::webhook(HookTrouble::Dropped).path("/call-status-handler"));
    stage.emulator.hang_up(caller);
    stage.seconds(60).await;
    assert!(stage.wrap_ups(caller).is_empty());
    assert!(stage.record(caller).is_none());
    stage.curtain().await;
}
