//! The defects of the published functions, each a story.

use std::time::Duration;

use switchboard::emulator::{Fault, RestTrouble};
use tokio::time::sleep;

use super::line::{BOTH, Line};
use crate::stage::{FollowUps, Setting};

/// The published function goes on with the text `undefined` for a task, offers the menu, and throws.
#[tokio::test(start_paused = true)]
async fn f1_a_task_that_cannot_be_looked_up_is_no_error_and_the_offer_comes_again() {
    for trouble in [
        RestTrouble::Hang,
        RestTrouble::Answer(503, 20_503),
        RestTrouble::Reset,
    ] {
        let line = Line::new();
        let call = line.caller().await;
        let weather = line.emulator.weather();
        weather.script(Fault::rest(trouble).method("GET").path("/Tasks").times(20));
        line.keys(call, &["*"]).await;
        line.seconds(10).await;
        let told = line.hears(call, "not available right now");
        assert!(told || line.hears(call, "sorry"), "{trouble:?}");
        assert!(line.waits(call), "{trouble:?}");
        let url = line.call(call).document_url.expect("a URL");
        assert!(!url.contains("undefined"), "{url}");
        weather.clear();
        line.seconds(30).await;
        line.keys(call, &["*", "1", "1"]).await;
        line.seconds(20).await;
        assert_eq!(Line::data(&line.follow_up(), "attempts"), 0, "{trouble:?}");
        line.close().await;
    }
}

/// A link that the published function made, followed by ours in the middle of a call.
#[tokio::test(start_paused = true)]
async fn f1_a_task_called_undefined_is_none() {
    let line = Line::new();
    let call = line.caller().await;
    let query = "mode=handle-initial-choice&enqueuedTaskSid=undefined";
    let said = super::studio::as_twilio(&line, query, call, &[("Digits", "*")]).await;
    assert!(said.contains("To request a callback when"), "{said}");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f3_a_number_that_is_none_or_dear_is_refused_with_a_word_and_asked_for_again() {
    let line = Line::new();
    for (keys, word) in [
        ("911#", "not a valid phone number"),
        ("555#", "not a valid phone number"),
        ("19005550123#", "can't call that number"),
        ("0119005550123#", "not a valid phone number"),
        ("8765550123#", "can't call that number"),
        ("01144207183875#", "not a valid phone number"),
        ("011442071838750#", "can't call that number"),
    ] {
        let call = line.caller().await;
        line.keys(call, &["*", "1", "2"]).await;
        line.emulator.press(call, keys);
        line.seconds(10).await;
        assert!(
            line.hears(call, word),
            "{keys}: {:?}",
            line.call(call).heard
        );
        assert_eq!(
            line.times(call, "Please enter the phone number"),
            2,
            "{keys}"
        );
        line.emulator.hang_up(call);
    }
    line.seconds(5).await;
    assert!(line.follow_ups().is_empty());
    line.close().await;
}

/// In the published function silence at the confirmation ends the call, and the request with it.
#[tokio::test(start_paused = true)]
async fn f4_silence_never_ends_the_call() {
    let line = Line::new();
    let silent = line.caller().await;
    line.keys(silent, &["*", "1", "2"]).await;
    let half = line.caller().await;
    line.keys(half, &["*", "1", "2"]).await;
    line.emulator.press(half, "3035550166#");
    line.seconds(150).await;
    for call in [silent, half] {
        assert!(line.waits(call), "{:?}", line.call(call));
        assert!(line.hears(call, "You have kept your place in line"));
    }
    assert_eq!(line.times(silent, "Please enter the phone number"), 3);
    assert_eq!(line.times(half, "You entered 1 3 0 3"), 3);
    assert!(line.follow_ups().is_empty());
    line.close().await;
}

/// In the published function an agent is connected, and the caller is called back as well.
#[tokio::test(start_paused = true)]
async fn f5_an_agent_who_accepts_and_a_caller_who_asks_at_the_same_moment_end_in_one_of_the_two() {
    let mut outcomes = [0, 0];
    for what_twilio_does in BOTH {
        for moment in (0..600).step_by(15) {
            let line = Line::set(Setting::default().follow_ups(what_twilio_does));
            let ann = line.agent("ann");
            ann.go_to("Offline").expect("an activity");
            let call = line.caller().await;
            line.keys(call, &["*", "1"]).await;
            ann.go_to("Available").expect("an activity");
            sleep(Duration::from_millis(300)).await;
            let offer = *ann.offers().first().expect("an offer");
            line.emulator.press(call, "1");
            sleep(Duration::from_millis(moment)).await;
            let accepted = ann.accept(offer).await;
            line.seconds(60).await;
            let task = line.task_of(call);
            let talks = line.call(call).conference.is_some();
            let called_back = line.follow_ups().len();
            let story = format!("{what_twilio_does:?} after {moment} ms: {accepted:?} {task:?}");
            assert_eq!(
                usize::from(talks) + called_back,
                1,
                "{story}\n{}",
                line.emulator.journal()
            );
            assert_eq!(talks, task.status == "assigned", "{story}");
            outcomes[called_back] += 1;
            line.close().await;
        }
    }
    assert!(
        outcomes.iter().all(|times| *times > 0),
        "{outcomes:?}: the moments were not the same"
    );
}

/// The published function looks for the caller's task among the 50 newest.
#[tokio::test(start_paused = true)]
async fn f6_whoever_has_waited_longest_among_very_many_is_found() {
    let line = Line::new();
    let first = line.caller().await;
    let mut others = vec![];
    for other in 0..150 {
        let from = format!("+1303556{other:04}");
        others.push(
            line.emulator
                .place_call(&from, &crate::stage::number(super::line::LINE)),
        );
    }
    line.seconds(20).await;
    line.keys(first, &["*", "1", "1"]).await;
    line.seconds(20).await;
    assert!(line.is_over(first) && line.follow_ups().len() == 1);
    // And when very many press at once, each of them is: questions by expression are three a second.
    for call in &others[..40] {
        line.emulator.press(*call, "*");
    }
    line.seconds(15).await;
    let offered = others[..40]
        .iter()
        .filter(|call| line.hears(**call, "To request a callback when"));
    assert_eq!(offered.count(), 40);
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f13_nobody_is_called_back_more_often_than_is_configured() {
    let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
    let line = Line::set(setting.variable("CALLBACK_ATTEMPTS", "3"));
    let ann = line.agent("ann");
    ann.go_to("Offline").expect("an activity");
    let call = line.caller().await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(20).await;
    let sue = line.supervisor("sue");
    let mut task = line.follow_up().sid;
    for attempt in 1..3 {
        let fields = [("taskSid", task.as_str().to_owned())];
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let reply = sue
            .post(super::agents::REQUEUE, &fields)
            .await
            .expect("an answer");
        assert_eq!(reply.status, 200, "{reply:?}");
        task = reply.body["taskSid"]
            .as_str()
            .expect("a task")
            .parse()
            .expect("a task");
        let made = line.emulator.task(task).expect("a task");
        assert_eq!(Line::data(&made, "attempts"), attempt);
    }
    let task = task.to_string();
    let reply = sue
        .post(super::agents::REQUEUE, &[("taskSid", &task)])
        .await;
    let reply = reply.expect("an answer");
    assert_eq!(reply.status, 409, "{reply:?}");
    assert_eq!(line.follow_ups().len(), 3);
    line.close().await;
}
