//! The stories of the published sample's README, and what they cost.

use std::time::Duration;

use serde_json::json;
use switchboard::{
    emulator::{Browser, Heard},
    twilio::{deadline::Deadline, sid::CallSid},
};

use crate::stage::{DIRECT_LINE, EPOCH, PUBLIC_URL, Setting, Stage, live_task};

#[tokio::test(start_paused = true)]
async fn a_direct_call_arrives_while_the_agent_is_on_an_acd_call() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let first = stage.talks_to(&ann).await;
    let task = live_task(&ann);
    let second = stage.calls(DIRECT_LINE).await;
    stage.accepts(&ann).await;

    assert!(stage.on_hold(first), "the first caller is on hold");
    assert!(
        stage.call(second).conference.is_some(),
        "the second talks to Ann"
    );
    assert!(
        stage.listed(ann.worker(), first).is_some(),
        "the first is in Ann's list"
    );
    let parked = stage.emulator.task(task).expect("the first call's task");
    assert_eq!(parked.attributes["conversations"]["outcome"], "Parked Call");
    assert_eq!(parked.status, "completed", "it completes by itself");

    // Ann ends the second call and picks the first one up.
    assert!(ann.hang_up());
    stage.moment().await;
    assert!(ann.pick_up(first).await.expect("an answer").is_success());
    stage.moment().await;
    assert!(
        stage.call(first).conference.is_some(),
        "the first talks to Ann again"
    );
    assert!(
        stage.listed(ann.worker(), first).is_none(),
        "and has left her list"
    );
    let picked_up = stage
        .emulator
        .task(live_task(&ann))
        .expect("the pick-up's task");
    assert_eq!(picked_up.priority, 1_000);
    let attributes = &picked_up.attributes;
    assert_eq!(attributes["isParkPickup"], true);
    assert_eq!(attributes["targetWorker"], json!(ann.worker()));
    assert_eq!(attributes["conversations"]["queue_time"], 0);
    assert_eq!(attributes["conversations"]["conversation_id"], json!(task));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_81_parked_time_is_hold_time_and_no_time_in_queue() {
    let start = tokio::time::Instant::now();
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let parked_at = i64::try_from(start.elapsed().as_millis()).expect("a time");
    let parked_at = EPOCH.as_millisecond() + parked_at;
    stage.parks(&ann).await;
    stage.seconds(95).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    let told = |agent: &Browser| {
        let task = stage.emulator.task(live_task(agent)).expect("a task");
        let conversations = &task.attributes["conversations"];
        let number = |name: &str| conversations[name].as_i64().expect("a number");
        ["hold_time", "queue_time", "date"].map(number)
    };
    let [hold, queue, date] = told(&ann);
    assert!(
        (96..=98).contains(&hold),
        "97 seconds, give or take one: {hold}"
    );
    assert_eq!(queue, 0);
    assert!(
        (date - parked_at).abs() <= 1_000,
        "the time of the park: {date}"
    );

    // Each stay counts for itself: it is the stay that the task's report is about.
    stage.parks(&ann).await;
    stage.seconds(8).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    let [hold, queue, later] = told(&ann);
    assert!((9..=11).contains(&hold), "{hold}");
    assert_eq!(queue, 0);
    assert!(later > date);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_82_hold_time_that_is_added_to_a_picked_up_call_stays() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    stage.parks(&ann).await;
    stage.seconds(18).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    let task = live_task(&ann);
    let hold_time = || {
        let task = stage.emulator.task(task).expect("a task");
        task.attributes["conversations"]["hold_time"]
            .as_i64()
            .expect("a number")
    };
    let parked = hold_time();
    assert!((19..=21).contains(&parked), "{parked}");
    // Ann holds the caller for ten seconds; the plugin adds them when she comes back.
    stage.seconds(10).await;
    let by = Deadline::after(Duration::from_secs(5));
    let (twilio, added) = (stage.twilio(), parked + 10);
    let found = twilio.tasks(by).fetch(task).await.expect("an answer");
    let mut attributes = found.expect("a task").attributes;
    attributes["conversations"]["hold_time"] = json!(added);
    let written = twilio.tasks(by).set_attributes(task, &attributes, None);
    written.await.expect("written");
    // Whatever we do for the call from then on, it stays.
    stage.seconds(120).await;
    assert_eq!(hold_time(), added);
    assert!(ann.hang_up());
    stage.seconds(30).await;
    assert_eq!(hold_time(), added, "as it is written up");
    ann.complete(task).expect("completed");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_swaps_two_callers_a_hundred_times() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let one = stage.parked_by(&ann).await;
    let two = stage.talks_to(&ann).await;
    let (mut held, mut live) = (one, two);
    for _ in 0..100 {
        // The plugin parks the live call before it accepts the picked-up one.
        assert!(ann.pick_up(held).await.expect("an answer").is_success());
        stage.seconds(5).await;
        (held, live) = (live, held);
        assert!(stage.on_hold(held), "one is on hold");
        assert!(stage.call(live).conference.is_some(), "the other talks");
        assert!(stage.listed(ann.worker(), held).is_some());
        assert!(stage.listed(ann.worker(), live).is_none());
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_caller_hangs_up_while_parked() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(38).await;
    stage.emulator.hang_up(caller);
    stage.moment().await;

    let wrap_ups = stage.wrap_ups(caller);
    assert_eq!(
        wrap_ups.len(),
        1,
        "one wrap-up task, although number and call both report the end"
    );
    let conversations = &wrap_ups[0]["conversations"];
    assert_eq!(conversations["outcome"], "Hangup While Parked");
    assert_eq!(conversations["hold_time"], 40);
    assert_eq!(wrap_ups[0]["targetWorker"], json!(ann.worker()));
    let entry = stage
        .listed(ann.worker(), caller)
        .expect("still in the list");
    assert_eq!(entry["callerHangup"], true);
    assert!(entry["callerHangupTime"].is_string());
    assert_eq!(
        entry["isReservationPending"], false,
        "set by us; the plugin cleared it when the task arrived"
    );
    assert!(
        stage.record(caller).is_none(),
        "nothing is left in the index"
    );
    stage.seconds(121).await;
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "gone from the list after two minutes"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m12_a_caller_holds_for_ten_hours() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(36_000).await;

    assert!(stage.on_hold(caller), "still on hold");
    assert!(
        stage.listed(ann.worker(), caller).is_some(),
        "still in the list"
    );
    let heard = stage.call(caller).heard;
    let music = |it: &&Heard| matches!(it, Heard::Audio(url) if url.starts_with(PUBLIC_URL));
    assert!(
        heard.iter().filter(music).count() > 1_000,
        "music all the time"
    );
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    assert!(stage.call(caller).conference.is_some());
    stage.curtain().await;
}

/// Which of three tracks of the operator's a parked caller hears in ten minutes.
async fn tracks(order: &str) -> Vec<char> {
    let music = ["a", "b", "c"].map(|name| format!("https://example.com/{name}.mp3"));
    let stage = Setting::default()
        .variable("HOLD_MUSIC", &music.join(","))
        .variable("HOLD_ORDER", order)
        .stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(600).await;
    let heard = stage.call(caller).heard;
    stage.curtain().await;
    let track = |it: &Heard| match it {
        Heard::Audio(url) => url.strip_prefix("https://example.com/")?.chars().next(),
        _ => None,
    };
    heard.iter().filter_map(track).collect()
}

#[tokio::test(start_paused = true)]
async fn the_operators_tracks_play_in_turn_or_at_random() {
    let in_turn = tracks("in-turn").await;
    assert!(in_turn.len() >= 15, "{in_turn:?}");
    let expected = ['a', 'b', 'c'].into_iter().cycle();
    assert!(in_turn.iter().copied().eq(expected.take(in_turn.len())));
    let random = tracks("random").await;
    assert!(['a', 'b', 'c'].iter().all(|track| random.contains(track)));
    let differs = |(left, right): (&char, &char)| left != right;
    assert!(random.iter().zip(&in_turn).any(differs), "not in turn");
}

#[tokio::test(start_paused = true)]
async fn an_announcement_comes_round_again() {
    let words = "We have not forgotten you.";
    let stage = Setting::default()
        .variable("HOLD_ANNOUNCEMENT", words)
        .stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(300).await;
    let said = stage
        .call(caller)
        .heard
        .iter()
        .filter(|it| **it == Heard::Words(words.to_owned()))
        .count();
    assert!(
        (4..=5).contains(&said),
        "every second track, about every minute: {said}"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_parks_to_free_the_dial_pad() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    assert_eq!(ann.live(), None, "no live call: the dial pad is free");
    assert_eq!(ann.tasks(), [], "and no task either");
    assert!(stage.on_hold(caller));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_takes_an_agents_parked_call() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    stage.takes_over(&sue, caller).await;
    assert!(
        stage.call(caller).conference.is_some(),
        "the caller talks to the supervisor"
    );
    assert!(stage.listed(ann.worker(), caller).is_none());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_never_parked_costs_twilio_nothing_at_its_end() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    stage.seconds(60).await;
    let caller = stage.talks_to(&ann).await;
    let ended = cost(&stage, async {
        stage.emulator.hang_up(caller);
        stage.moment().await;
    })
    .await;
    assert_eq!(ended, [""; 0]);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_steady_state_costs_what_the_readme_says() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    // The first round proves the token and makes the maps; what comes after is the steady state.
    let caller = stage.parked_by(&ann).await;
    pick_up(&stage, &ann, caller).await;

    let park = cost(&stage, stage.parks(&ann)).await;
    assert_eq!(park.len(), 6, "{park:#?}");
    let picked_up = cost(&stage, pick_up(&stage, &ann, caller)).await;
    assert_eq!(picked_up.len(), 3, "{picked_up:#?}");
    stage.parks(&ann).await;
    let hung_up = cost(&stage, async {
        stage.emulator.hang_up(caller);
        stage.moment().await;
    });
    let hung_up = hung_up.await;
    // The number reports the end as well as the call; the report that loses has asked once or twice in vain.
    assert!((5..=6).contains(&hung_up.len()), "{hung_up:#?}");
    stage.curtain().await;
}

async fn pick_up(stage: &Stage, agent: &Browser, caller: CallSid) {
    assert!(agent.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
}

/// What an act asks of Twilio, without what the reconciler asks meanwhile.
async fn cost(stage: &Stage, act: impl Future<Output = ()>) -> Vec<String> {
    let before = stage.asked();
    act.await;
    let reconciler = |line: &String| {
        line.starts_with("GET") && (line.ends_with("/Items") || line.ends_with("/Calls.json"))
    };
    stage
        .asked_since(before)
        .into_iter()
        .filter(|line| !reconciler(line))
        .collect()
}
