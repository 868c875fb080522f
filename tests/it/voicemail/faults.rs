//! Every fault at every step: whatever is lost, late, doubled or cut short, a message becomes one task and stands once in
//! its box.

use std::time::Duration;

use switchboard::{
    emulator::{Climate, Fault, HookTrouble, RestTrouble},
    twilio::sid::CallSid,
};

use super::{Office, setting};
use crate::stage::{Setting, TROUBLES, many::Part};

/// How many requests a message makes at most, with its transcript.
const STEPS: u32 = 14;

fn written() -> Setting {
    setting().variable("VOICEMAIL_TRANSCRIBE", "on")
}

/// Somebody calls, and speaks for ten seconds after the beep.
fn speaks(office: &Office) -> CallSid {
    let call = office.rings();
    let long = Duration::from_secs(10);
    office.stage.emulator.speaks(call, long, "Please call.");
    call
}

/// The message became one task and stands once in its box, with its transcript if Twilio told of one.
fn is_kept_once(office: &Office, what: &str, transcript: bool) {
    let journal = || office.stage.emulator.journal();
    assert_eq!(office.made().len(), 1, "{what}\n{}", journal());
    let kept = office.kept(office.ann.worker());
    assert_eq!(kept.len(), 1, "{what}");
    let task = office.task();
    assert_eq!(
        task.attributes["callBackData"]["recordingSid"],
        kept[0]["recordingSid"]
    );
    if transcript {
        let said = &task.attributes["callBackData"]["transcriptText"];
        assert_eq!(said, "Please call.", "{what}\n{}", journal());
        assert_eq!(kept[0]["transcript"], "Please call.", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_report_three_times_and_in_any_order_is_one_task() {
    for seed in 1..=25 {
        let mut setting = written().replicas(2);
        setting.seed = seed;
        let office = Office::with(setting);
        office
            .stage
            .emulator
            .weather()
            .always(HookTrouble::Repeated(2));
        let call = speaks(&office);
        office.beep(call).await;
        office.stage.seconds(12).await;
        if seed % 2 == 0 {
            office.stage.emulator.hang_up(call);
        }
        office.stage.seconds(120).await;
        is_kept_once(&office, &format!("seed {seed}"), true);
        office.stage.emulator.weather().clear();
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn any_one_report_suffices_and_none_does() {
    let (action, status) = ("/voicemail/recorded", "/voicemail/status");
    for lost in [&[action][..], &[status], &[action, status]] {
        let office = Office::with(setting());
        let weather = office.stage.emulator.weather();
        for path in lost {
            weather.script(Fault::webhook(HookTrouble::Dropped).path(path).times(9));
        }
        let call = speaks(&office);
        office.beep(call).await;
        office.stage.seconds(8).await;
        // Nobody waits for the answer to the action of a call that is over.
        office.stage.emulator.hang_up(call);
        office.stage.seconds(150).await;
        is_kept_once(&office, &format!("without {lost:?}"), false);
        weather.clear();
        office.curtain().await;
    }
}

/// Sync answers nobody when the caller comes; what keeps us from noting that keeps us from noting the reports.
///
/// The session was once not recorded at all within the two seconds for which a caller waits. Both reports failed for
/// the same reason, and the message was lost.
#[tokio::test(start_paused = true)]
async fn a_visit_that_could_not_be_noted_in_time_is_noted_while_the_caller_speaks() {
    for trouble in TROUBLES {
        let office = Office::with(setting());
        let weather = office.stage.emulator.weather();
        let down = Fault::rest(trouble).method("POST").path("Visits");
        weather.script(down.times(6));
        let down = Fault::rest(RestTrouble::Answer(503, 20_503)).method("POST");
        weather.script(down.path("Global.Voicemails").times(1_000));
        let call = speaks(&office);
        office.beep(call).await;
        office.stage.seconds(30).await;
        office.stage.emulator.hang_up(call);
        office.stage.seconds(30).await;
        weather.clear();
        office.stage.seconds(150).await;
        is_kept_once(&office, &format!("{trouble:?}"), false);
        office.curtain().await;
    }
}

/// Sync is down while the caller speaks, and Twilio's report of the recording is lost: only the action knows of the message,
/// and its caller has already been told that it was recorded.
///
/// The message was once tried a single time, and lost with that one attempt.
#[tokio::test(start_paused = true)]
async fn a_message_is_kept_although_sync_comes_back_only_after_the_caller_was_thanked() {
    let office = Office::with(setting());
    let weather = office.stage.emulator.weather();
    let down = || Fault::rest(RestTrouble::Answer(503, 20_503));
    let lost = || {
        let report = Fault::webhook(HookTrouble::Dropped).path("/voicemail/status");
        weather.script(report.times(9));
    };
    lost();
    weather.script(down().path("Global.Voicemail").times(1_000));
    let call = speaks(&office);
    office.beep(call).await;
    while !office
        .stage
        .emulator
        .journal()
        .to_string()
        .contains("was recorded")
    {
        office.stage.moment().await;
    }
    office.stage.seconds(5).await;
    weather.clear();
    lost();
    office.stage.seconds(120).await;
    is_kept_once(&office, "thanked", false);
    weather.clear();
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_recording_of_the_whole_call_is_no_message() {
    let office = Office::new();
    // Somebody comes to the box, says nothing, and hangs up; the account records all its calls.
    let call = office.rings();
    office.beep(call).await;
    office.stage.emulator.hang_up(call);
    let long = Duration::from_mins(1);
    office.stage.emulator.was_recorded(call, long);
    office.stage.seconds(200).await;
    assert!(office.made().is_empty(), "nobody has left a message");
    assert!(office.kept(office.ann.worker()).is_empty());
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn f2_a_transcript_alone_is_a_report_too() {
    let office = Office::with(written());
    let weather = office.stage.emulator.weather();
    for path in ["/voicemail/recorded", "/voicemail/status"] {
        weather.script(Fault::webhook(HookTrouble::Dropped).path(path).times(9));
    }
    let call = speaks(&office);
    office.beep(call).await;
    office.stage.seconds(8).await;
    office.stage.emulator.hang_up(call);
    office.stage.seconds(13).await;
    is_kept_once(&office, "at once", true);
    weather.clear();
    office.stage.seconds(150).await;
    is_kept_once(&office, "and later", true);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_transcript_costs_the_words_and_no_more() {
    let office = Office::with(written());
    let lost = Fault::webhook(HookTrouble::Dropped).path("/voicemail/transcript");
    office.stage.emulator.weather().script(lost);
    office.leaves(10, "Please call.").await;
    is_kept_once(&office, "without a transcript", false);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn any_fault_of_twilios_leaves_one_task() {
    let mut part = Part::of_a_matrix();
    for trouble in TROUBLES {
        for (step, times) in (1..=STEPS).flat_map(|step| [(step, 1), (step, 9)]) {
            if part.skips() {
                continue;
            }
            let office = Office::with(written());
            let fault = Fault::rest(trouble).nth(step).times(times);
            office.stage.emulator.weather().script(fault);
            let call = speaks(&office);
            office.beep(call).await;
            office.stage.seconds(12).await;
            office.stage.emulator.hang_up(call);
            office.stage.seconds(60).await;
            office.stage.emulator.weather().clear();
            office.stage.seconds(200).await;
            let what = format!("{trouble:?} × {times} at request {step}");
            // Twilio sends a transcript again only as often as it was asked to.
            is_kept_once(&office, &what, times == 1);
            office.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn kill_9_between_any_two_requests_of_a_message() {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (1..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        if part.skips() {
            continue;
        }
        let office = Office::with(written().replicas(2));
        let call = speaks(&office);
        office.beep(call).await;
        office.stage.kill_at(0, step, acted);
        office.stage.kill_at(1, step, acted);
        office.stage.seconds(8).await;
        office.stage.emulator.hang_up(call);
        office.stage.seconds(30).await;
        office.stage.start(0);
        office.stage.start(1);
        office.stage.seconds(200).await;
        let what = format!("killed at request {step}, acted={acted}");
        is_kept_once(&office, &what, false);
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn kill_9_while_somebody_comes_to_a_box_keeps_what_they_say() {
    for (step, acted) in (1..=3).flat_map(|step| [(step, false), (step, true)]) {
        let office = Office::with(setting().replicas(2));
        office.stage.kill_at(0, step, acted);
        let call = speaks(&office);
        office.stage.seconds(120).await;
        office.stage.start(0);
        office.stage.seconds(200).await;
        let what = format!("killed at request {step}, acted={acted}");
        let recorded = office.stage.emulator.recordings(call).len();
        assert_eq!(office.made().len(), recorded, "{what}");
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn in_any_weather_each_message_is_one_task() {
    let mut part = Part::of_a_matrix();
    for seed in 1..=20 {
        if part.skips() {
            continue;
        }
        let mut setting = written().replicas(2);
        setting.seed = seed;
        let office = Office::with(setting);
        office.stage.emulator.weather().random(Climate::even(0.05));
        let mut calls = vec![];
        for _ in 0..4 {
            calls.push(speaks(&office));
            office.stage.seconds(7).await;
        }
        office.stage.seconds(40).await;
        for call in &calls {
            office.stage.emulator.hang_up(*call);
        }
        office.stage.seconds(60).await;
        office.stage.emulator.weather().clear();
        office.stage.seconds(300).await;
        let emulator = &office.stage.emulator;
        let recorded: usize = calls
            .iter()
            .map(|call| emulator.recordings(*call).len())
            .sum();
        assert_eq!(
            office.made().len(),
            recorded,
            "seed {seed}\n{}",
            emulator.journal()
        );
        assert_eq!(
            office.kept(office.ann.worker()).len(),
            recorded,
            "seed {seed}"
        );
        office.curtain().await;
    }
}
