//! What the weather found, told again as plain stories: each of these lost a caller, forgot one or told an agent
//! something untrue, under two or three faults at once.

use std::time::Duration;

use switchboard::emulator::{Fault, HookTrouble, RestTrouble};

use crate::stage::{Setting, Stage, live_task};

const BUSY: RestTrouble = RestTrouble::Answer(503, 20_503);

fn three() -> Stage {
    Setting {
        replicas: 3,
        ..Setting::default()
    }
    .stage()
}

/// Twilio carried out the park, its answer was lost, and the repeated request was refused with 429. The server once
/// took that for "nothing happened" and deleted the record of a caller on hold.
#[tokio::test(start_paused = true)]
async fn a_park_that_was_carried_out_and_refused_when_repeated_keeps_its_record() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let weather = stage.emulator.weather();
    let to_the_call = |trouble| Fault::rest(trouble).method("POST").path("/Calls/");
    weather.script(to_the_call(RestTrouble::Lost));
    weather.script(to_the_call(RestTrouble::Answer(429, 20_429)).times(9));
    let reply = ann.park(live_task(&ann)).await.expect("an answer");
    assert!(!reply.is_success(), "we do not know");
    assert!(stage.on_hold(caller), "but they are on hold");
    assert!(stage.record(caller).is_some(), "and we know who they are");
    weather.clear();
    stage.emulator.hang_up(caller);
    stage.seconds(60).await;
    assert_eq!(stage.wrap_ups(caller).len(), 1, "they are not forgotten");
    stage.curtain().await;
}

/// A call whose park was cut short was once judged by the age of its record when it ended. Callers on hold were
/// forgotten, and callers who had never been on hold got a wrap-up task.
#[tokio::test(start_paused = true)]
async fn whether_an_unfinished_park_held_the_caller_is_told_by_when_the_conference_ended() {
    for (trouble, held) in [(RestTrouble::LostHanging, true), (RestTrouble::Hang, false)] {
        let stage = Stage::new();
        let ann = stage.agent("ann");
        let caller = stage.talks_to(&ann).await;
        let weather = stage.emulator.weather();
        weather.script(Fault::rest(trouble).method("POST").path("/Calls/").times(9));
        let reply = ann.park(live_task(&ann)).await.expect("an answer");
        assert!(!reply.is_success(), "we do not know");
        assert_eq!(stage.on_hold(caller), held);
        // Neither the rounds of music nor the reconciler can put it right before the caller hangs up.
        weather.clear();
        weather.script(Fault::rest(BUSY).path("Global.ParkedCalls").times(10_000));
        stage.seconds(40).await;
        stage.emulator.hang_up(caller);
        stage.seconds(20).await;
        weather.clear();
        stage.seconds(60).await;
        let wrap_ups = stage.wrap_ups(caller).len();
        assert_eq!(wrap_ups, usize::from(held), "if and only if on hold");
        assert!(stage.listed(ann.worker(), caller).is_none() || held);
        stage.curtain().await;
    }
}

/// The call ended between two questions of the reconciler about its unfinished park. It was taken to be on hold and
/// got a wrap-up task that was not due.
#[tokio::test(start_paused = true)]
async fn a_talk_that_ends_while_an_unfinished_park_is_looked_into_was_no_hold() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let weather = stage.emulator.weather();
    let lost = Fault::rest(RestTrouble::Hang).method("POST");
    weather.script(lost.path("/Calls/").times(9));
    let reply = ann.park(live_task(&ann)).await.expect("an answer");
    assert!(!reply.is_success(), "we do not know");
    weather.clear();
    // The reconciler sees the call among the live ones, and is slow to see that the conference is over.
    let slow = RestTrouble::Slow(Duration::from_secs(3));
    weather.script(Fault::rest(slow).path("/Conferences.json"));
    // Neither report of the end reaches us.
    weather.script(Fault::webhook(HookTrouble::Dropped).path("/call-status-handler"));
    let looks = || stage.emulator.journal().to_string().contains("Slow(3s)");
    stage.until(60, "the reconciler looks", looks).await;
    stage.emulator.hang_up(caller);
    stage.seconds(60).await;
    assert!(stage.wrap_ups(caller).is_empty(), "they were never on hold");
    assert!(stage.listed(ann.worker(), caller).is_none());
    stage.curtain().await;
}

/// The queue's action could not be delivered after a conversation, and its fallback put the caller on hold, unlisted.
#[tokio::test(start_paused = true)]
async fn a_conversation_is_over_even_if_the_queues_action_cannot_be_delivered() {
    for seconds in [3, 30] {
        let stage = Stage::new();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        assert!(ann.pick_up(caller).await.expect("an answer").is_success());
        stage.seconds(seconds).await;
        assert!(stage.call(caller).conference.is_some(), "they talk");
        let lost = Fault::webhook(HookTrouble::Dropped).path("/hold/left");
        stage.emulator.weather().script(lost.times(9));
        assert!(ann.hang_up(), "Ann says good-bye");
        stage.seconds(10).await;
        assert!(!stage.on_hold(caller), "nobody is left on hold unlisted");
        stage.emulator.weather().clear();
        stage.seconds(50).await;
        assert!(stage.wrap_ups(caller).is_empty(), "and nothing is owed");
        stage.curtain().await;
    }
}

/// A pick-up could not clear the list of the worker who had parked the call. Another worker parked it next, and the
/// call stood in two lists.
#[tokio::test(start_paused = true)]
async fn a_list_that_could_not_be_cleared_is_cleared_when_somebody_else_parks_the_call() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    let weather = stage.emulator.weather();
    weather.script(Fault::rest(BUSY).method("DELETE").times(10_000));
    stage.takes_over(&sue, caller).await;
    stage.seconds(16).await;
    stage.parks(&sue).await;
    assert!(
        stage.listed(ann.worker(), caller).is_some(),
        "in both lists"
    );
    weather.clear();
    stage.seconds(60).await;
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "only in Sue's"
    );
    assert!(stage.listed(sue.worker(), caller).is_some());
    stage.curtain().await;
}

/// The same, when the second park was followed by another pick-up.
#[tokio::test(start_paused = true)]
async fn a_list_that_could_not_be_cleared_is_cleared_though_the_call_is_picked_up_again() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    let weather = stage.emulator.weather();
    let anns = format!("{}.ParkedCalls/", ann.worker());
    weather.script(Fault::rest(BUSY).method("DELETE").path(&anns).times(10_000));
    stage.takes_over(&sue, caller).await;
    stage.seconds(16).await;
    stage.parks(&sue).await;
    assert!(sue.pick_up(caller).await.expect("an answer").is_success());
    weather.clear();
    stage.seconds(60).await;
    assert!(stage.call(caller).conference.is_some(), "they talk");
    assert!(stage.listed(ann.worker(), caller).is_none(), "not parked");
    stage.curtain().await;
}

/// The same, when the second park came to nothing.
#[tokio::test(start_paused = true)]
async fn a_park_that_came_to_nothing_still_clears_the_list_of_whoever_parked_the_call_before() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    let weather = stage.emulator.weather();
    weather.script(Fault::rest(BUSY).method("DELETE").times(10_000));
    stage.takes_over(&sue, caller).await;
    stage.seconds(16).await;
    weather.clear();
    weather.script(
        Fault::rest(RestTrouble::Answer(400, 20_001))
            .method("POST")
            .path("/Calls/"),
    );
    let reply = sue.park(live_task(&sue)).await.expect("an answer");
    assert!(!reply.is_success());
    stage.seconds(60).await;
    assert!(stage.call(caller).conference.is_some(), "they talk");
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "and nobody's list says otherwise"
    );
    stage.curtain().await;
}

/// A request for the hold document arrived after the caller had hung up. It once restored the record, and there were
/// two wrap-up tasks.
#[tokio::test(start_paused = true)]
async fn a_request_for_hold_that_comes_after_the_end_brings_nobody_back() {
    let stage = three();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let late = HookTrouble::Delayed(Duration::from_secs(8));
    stage
        .emulator
        .weather()
        .script(Fault::webhook(late).path("/hold"));
    stage.seconds(30).await;
    stage.emulator.hang_up(caller);
    stage.seconds(90).await;
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    assert!(stage.record(caller).is_none());
    stage.curtain().await;
}

/// The document that replaces the queue's failing music was mistaken for hold: a call that was about to be answered
/// was listed as parked.
#[tokio::test(start_paused = true)]
async fn a_call_that_comes_back_is_not_taken_for_one_on_hold_when_its_waiting_music_fails() {
    let stage = Setting::default().variable("PARK_TIMEOUT", "120").stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.emulator.weather().script(
        Fault::webhook(HookTrouble::Refused)
            .path("/hold/queue")
            .times(9),
    );
    stage
        .until(185, "it rings at Ann's", || !ann.offers().is_empty())
        .await;
    stage.seconds(20).await;
    stage.accepts(&ann).await;
    assert!(stage.call(caller).conference.is_some(), "they talk");
    stage.seconds(60).await;
    stage.emulator.weather().clear();
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "no longer parked"
    );
    stage.curtain().await;
}

/// An old claim was once believed to have succeeded, although no round of music had been reported: the caller was on
/// hold and in no list.
#[tokio::test(start_paused = true)]
async fn a_pick_up_cut_short_is_taken_back_however_long_no_round_of_music_was_heard_of() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let weather = stage.emulator.weather();
    let to_the_call = Fault::rest(RestTrouble::Hang)
        .method("POST")
        .path("/Calls/");
    weather.script(to_the_call.times(9));
    let reply = ann.pick_up(caller).await.expect("an answer");
    assert!(!reply.is_success());
    weather.clear();
    weather.script(Fault::rest(BUSY).path("Global.ParkedCalls").times(10_000));
    stage.seconds(300).await;
    assert!(stage.on_hold(caller), "music all the time");
    weather.clear();
    stage.seconds(60).await;
    assert!(stage.listed(ann.worker(), caller).is_some(), "and listed");
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    assert!(stage.call(caller).conference.is_some());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_parked_elsewhere_a_moment_ago_is_not_forgotten_when_one_report_is_lost() {
    for (seed, lost) in (0..8).flat_map(|seed| [(seed, 1), (seed, 2)]) {
        let stage = Setting {
            replicas: 3,
            seed,
            ..Setting::default()
        }
        .stage();
        let ann = stage.agent("ann");
        // Every replica has read that the index is empty.
        stage.seconds(60).await;
        let caller = stage.parked_by(&ann).await;
        stage.emulator.weather().script(
            Fault::webhook(HookTrouble::Dropped)
                .path("/call-status-handler")
                .nth(lost),
        );
        stage.emulator.hang_up(caller);
        stage.seconds(60).await;
        assert_eq!(stage.wrap_ups(caller).len(), 1, "seed {seed}, lost {lost}");
        stage.curtain().await;
    }
}
