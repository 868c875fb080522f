//! Words that Twilio writes down after the message: added to its task, waited for by nobody.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Fault, HookTrouble};

use super::{
    line::Line,
    messages::{ACTION, STATUS},
};
use crate::stage::{FollowUps, Setting, TROUBLES, many::Part};

const TRANSCRIPT: &str = "/callback/transcript";
const SAID: &str = "Please call me back.";

fn setting() -> Setting {
    let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
    setting.variable("CALLBACK_TRANSCRIBE", "on")
}

fn late(seconds: u64) -> Fault {
    Fault::webhook(HookTrouble::Delayed(Duration::from_secs(seconds)))
}

fn has_words(line: &Line, story: &str) {
    let said = Line::data(&line.follow_up(), "transcriptText");
    assert_eq!(said, json!(SAID), "{story}\n{}", line.emulator.journal());
    let transcript = Line::data(&line.follow_up(), "transcriptSid");
    let named = transcript.as_str().is_some_and(|it| it.starts_with("TR"));
    assert!(named, "{story}");
}

#[tokio::test(start_paused = true)]
async fn the_task_is_there_before_its_words_which_are_added_when_they_come() {
    let line = Line::set(setting());
    let call = line.leaves(9, SAID).await;
    line.seconds(3).await;
    line.is_kept_once(call, "at once");
    assert_eq!(Line::data(&line.follow_up(), "transcriptText"), json!(null));
    line.seconds(20).await;
    has_words(&line, "later");
    line.is_kept_once(call, "still");
    line.close().await;
}

/// The first are too short and too long for Twilio; the last nobody can make out.
#[tokio::test(start_paused = true)]
async fn f2_a_message_depends_on_no_words() {
    for (seconds, said) in [(2, "Hi"), (150, "A long story."), (20, "")] {
        let line = Line::set(setting());
        let call = line.leaves(seconds, said).await;
        line.seconds(120).await;
        line.is_kept_once(call, said);
        assert_eq!(Line::data(&line.follow_up(), "transcriptText"), json!(null));
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn words_that_come_first_or_alone_are_a_report_too() {
    for seconds in [40, 6_000] {
        let line = Line::set(setting().replicas(2));
        let weather = line.emulator.weather();
        for path in [ACTION, STATUS] {
            weather.script(late(seconds).path(path));
        }
        let call = line.leaves(9, SAID).await;
        line.seconds(20).await;
        has_words(&line, "at once");
        line.is_kept_once(call, "at once");
        line.seconds(300).await;
        line.is_kept_once(call, "and later");
        weather.clear();
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn words_find_a_task_whose_record_is_forgotten() {
    let line = Line::set(setting());
    let weather = line.emulator.weather();
    weather.script(late(3_000).path(TRANSCRIPT));
    let call = line.leaves(9, SAID).await;
    line.seconds(2_900).await;
    assert_eq!(Line::data(&line.follow_up(), "transcriptText"), json!(null));
    line.seconds(200).await;
    has_words(&line, "an hour later");
    line.is_kept_once(call, "an hour later");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn every_report_three_times_and_in_any_order_is_one_task_with_its_words() {
    let mut part = Part::of_a_matrix();
    for seed in 1..=20 {
        if part.skips() {
            continue;
        }
        let mut setting = setting().replicas(2);
        setting.seed = seed;
        let line = Line::set(setting);
        line.emulator.weather().always(HookTrouble::Repeated(2));
        let call = line.leaves(9, SAID).await;
        line.seconds(120).await;
        line.is_kept_once(call, &format!("seed {seed}"));
        has_words(&line, &format!("seed {seed}"));
        line.emulator.weather().clear();
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn any_fault_and_any_death_leaves_one_task_and_its_words() {
    let mut part = Part::of_a_matrix();
    for (place, trouble) in TROUBLES.into_iter().map(Some).chain([None]).enumerate() {
        for nth in 1..=14 {
            if part.skips() {
                continue;
            }
            let line = Line::set(setting().replicas(2));
            let call = line.at_the_recorder().await;
            line.emulator.speaks(call, Duration::from_secs(9), SAID);
            match trouble {
                Some(trouble) => line
                    .emulator
                    .weather()
                    .script(Fault::rest(trouble).nth(nth)),
                None => (0..2).for_each(|it| line.kill_at(it, nth, place % 2 == 0)),
            }
            line.seconds(10).await;
            line.emulator.hang_up(call);
            line.seconds(6).await;
            if trouble.is_none() {
                for place in 0..2 {
                    line.kill(place);
                    line.start(place);
                }
            }
            line.seconds(240).await;
            line.emulator.weather().clear();
            let story = format!("{trouble:?} at request {nth}");
            line.is_kept_once(call, &story);
            // To whom nobody answers, Twilio tells it only so often.
            if trouble.is_some() {
                has_words(&line, &story);
            }
            line.close().await;
        }
    }
}
