//! Nobody is called at night: what is asked for outside the hours waits for them to begin, and what still waits when they
//! end leaves its line. Stories begin at eight on a Friday morning, UTC.

use serde_json::{Value, json};
use switchboard::emulator::{Browser, Fault};

use super::{
    agents::REQUEUE,
    line::{BOTH, Line},
    studio::{ASKED, create},
};
use crate::stage::{FollowUps, Setting, TROUBLES, many::Part};

const LATER: &str = "after our callback hours begin";

fn setting(hours: &str) -> Setting {
    let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
    setting.variable("CALLBACK_HOURS", hours)
}

/// It is night until nine.
fn early() -> Setting {
    setting("mon-fri 09:00-17:00")
}

/// The hours end at half past eight, and begin again at ten.
fn ending() -> Setting {
    setting("fri 08:00-08:30, fri 10:00-12:00")
}

/// A night of a few minutes.
fn brief() -> Setting {
    setting("fri 08:00-08:05, fri 08:12-12:00")
}

impl Line {
    /// Time passes until this time of the story's day, `08:30:00`.
    async fn wait_until(&self, time: &str) {
        let now = self.emulator.now();
        let day = now.to_string();
        let then = format!("{}T{time}Z", day.split('T').next().expect("a day"));
        let then: jiff::Timestamp = then.parse().expect("a time");
        let seconds = then.duration_since(now).as_secs();
        self.seconds(u64::try_from(seconds).expect("a time to come"))
            .await;
    }

    /// What the tasks of call-backs were asked to be reckoned from.
    fn starts(&self) -> Vec<String> {
        let made = self.made().into_iter();
        made.filter_map(|it| it["VirtualStartTime"].as_str().map(str::to_owned))
            .collect()
    }

    fn counted_callbacks(&self, outcome: &str) -> u64 {
        let labels = format!("{{kind=\"callback\",outcome=\"{outcome}\"}}");
        self.counted(&format!("switchboard_follow_ups_total{labels}"))
    }
}

/// Somebody has asked to be called back, and nobody is there.
async fn somebody_asks(line: &Line) -> Browser {
    let ann = line.agent("ann");
    ann.go_to("Offline").expect("off line");
    let call = line.caller().await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(30).await;
    assert!(line.is_over(call) && line.is_set_aside(call));
    ann
}

#[tokio::test(start_paused = true)]
async fn f13_who_asks_at_night_is_told_and_called_when_the_hours_begin() {
    for what_twilio_does in BOTH {
        let line = Line::set(early().follow_ups(what_twilio_does).replicas(2));
        let call = line.caller_from("+13035550177").await;
        line.keys(call, &["*", "1", "1"]).await;
        line.seconds(30).await;
        assert!(line.hears(call, LATER) && line.is_over(call));
        assert!(line.is_set_aside(call));
        line.wait_until("08:59:58").await;
        assert!(line.made().is_empty(), "{}", line.emulator.journal());
        line.wait_until("09:00:40").await;
        let task = line.follow_up();
        assert_eq!(Line::data(&task, "numberToCall"), "+13035550177");
        // When they came into the line, and not an hour later.
        assert!(line.starts()[0].starts_with("2027-01-15T08:00:0"));
        line.seconds(1_800).await;
        assert_eq!(line.made().len(), 1);
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f13_in_the_hours_nobody_has_to_wait_for_them() {
    // A window over midnight, too.
    for hours in ["fri 08:00-20:00", "thu 22:00-09:00"] {
        let line = Line::set(setting(hours));
        let call = line.caller().await;
        line.keys(call, &["*", "1", "1"]).await;
        line.seconds(20).await;
        assert!(line.hears(call, "as soon as a representative") && !line.hears(call, LATER));
        line.follow_up();
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f13_what_still_waits_when_the_hours_end_is_made_again_when_they_begin() {
    let line = Line::set(ending().replicas(2));
    let ann = somebody_asks(&line).await;
    let first = line.follow_up().sid;
    line.wait_until("08:29:59").await;
    assert_eq!(line.open().len(), 1);
    line.wait_until("08:30:40").await;
    assert!(line.open().is_empty(), "{}", line.emulator.journal());
    // Whoever works late is offered nobody.
    ann.go_to("Available").expect("on line");
    line.wait_until("09:59:58").await;
    assert!(ann.offers().is_empty() && line.open().is_empty());
    line.wait_until("10:00:40").await;
    let again = line.open();
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].sid, first);
    let starts = line.starts();
    assert_eq!((starts.len(), &starts[0]), (2, &starts[1]));
    assert_eq!(ann.offers().len(), 1);
    line.seconds(600).await;
    assert_eq!(line.made().len(), 2);
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f13_a_worker_who_has_accepted_keeps_it_and_one_who_has_not_does_not() {
    for accepts in [true, false] {
        let line = Line::set(ending());
        let ann = somebody_asks(&line).await;
        let task = line.follow_up().sid;
        line.wait_until("08:29:50").await;
        ann.go_to("Available").expect("on line");
        line.moment().await;
        assert_eq!(ann.offers().len(), 1);
        if accepts {
            line.accepts(&ann).await;
        }
        line.wait_until("08:30:40").await;
        let status = line.emulator.task(task).expect("the task").status;
        assert_eq!(status, if accepts { "assigned" } else { "canceled" });
        assert!(ann.offers().is_empty());
        ann.go_to("Offline").expect("off line");
        line.wait_until("10:01:00").await;
        assert_eq!(line.made().len(), if accepts { 1 } else { 2 });
        assert_eq!(line.counted_callbacks("recalled"), u64::from(!accepts));
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f13_a_task_that_was_done_or_canceled_in_the_hours_is_not_made_again() {
    for done in [true, false] {
        let line = Line::set(ending());
        let ann = somebody_asks(&line).await;
        let task = line.follow_up().sid;
        if done {
            ann.go_to("Available").expect("on line");
            line.moment().await;
            line.accepts(&ann).await;
            ann.complete(task).expect("completed");
        } else {
            let twilio = line.twilio();
            let by =
                switchboard::twilio::deadline::Deadline::after(std::time::Duration::from_secs(9));
            let nothing = serde_json::Map::new();
            let canceled = twilio
                .tasks(by)
                .cancel(task, "A supervisor", &nothing, None);
            canceled.await.expect("canceled");
        }
        line.wait_until("10:01:00").await;
        assert_eq!(line.made().len(), 1, "done: {done}");
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f13_a_flow_that_asks_at_night_is_told_until_when_its_call_back_is_held() {
    let line = Line::set(early().replicas(2));
    for _ in 0..2 {
        let (status, answer) = create(&line, &[]).await;
        assert_eq!(status, 200, "{answer}");
        let held = json!({ "success": true, "taskSid": null, "heldUntil": "2027-01-15T09:00:00Z" });
        assert_eq!(answer, held);
    }
    let recording = ("recordingSid", "RE00000000000000000000000000000001");
    let (_, message) = create(&line, &[recording]).await;
    assert!(
        message["taskSid"].is_string(),
        "messages are heard at night: {message}"
    );
    line.wait_until("08:59:58").await;
    assert_eq!(line.made().len(), 1);
    line.wait_until("09:00:40").await;
    assert_eq!(line.made().len(), 2);
    assert!(line.starts()[0].starts_with("2027-01-15T08:00:0"));
    let callback = line.follow_ups().into_iter();
    let callback: Vec<_> = callback
        .filter(|task| task.attributes["taskType"] == "callback")
        .collect();
    assert_eq!(Line::data(&callback[0], "numberToCall"), ASKED[0].1);
    let (_, answer) = create(&line, &[]).await;
    assert_eq!(
        answer,
        json!({ "success": true, "taskSid": callback[0].sid })
    );
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f13_what_an_agent_puts_back_at_night_is_held_too() {
    let line = Line::set(ending().replicas(2));
    let ann = somebody_asks(&line).await;
    let task = line.follow_up().sid;
    ann.go_to("Available").expect("on line");
    line.moment().await;
    line.accepts(&ann).await;
    line.wait_until("08:31:00").await;
    for _ in 0..2 {
        let reply = ann.post(REQUEUE, &[("taskSid", task.as_str())]).await;
        let reply = reply.expect("an answer");
        assert_eq!((reply.status, &reply.body["success"]), (200, &json!(true)));
        assert_eq!(reply.body["taskSid"], Value::Null);
        assert_eq!(reply.body["heldUntil"], "2027-01-15T10:00:00Z");
    }
    ann.complete(task).expect("completed");
    ann.go_to("Offline").expect("off line");
    line.wait_until("10:00:40").await;
    let again = line.open();
    assert_eq!(again.len(), 1, "{again:#?}");
    assert_eq!(Line::data(&again[0], "attempts"), 1);
    assert!(line.starts()[1].starts_with("2027-01-15T08:31:0"));
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f13_the_hours_begin_by_the_clock_on_the_wall_when_it_is_put_forward() {
    // At two in the morning, which is eight UTC, it becomes three; without that, three would be an hour later.
    let hours = setting("sun 03:00-09:00").variable("CALLBACK_TIME_ZONE", "America/Chicago");
    let line = Line::set(hours.at("2027-03-14T07:00:00Z"));
    let call = line.caller().await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(20).await;
    assert!(line.hears(call, LATER));
    line.wait_until("07:59:58").await;
    assert!(line.made().is_empty());
    line.wait_until("08:00:40").await;
    assert_eq!(
        line.follow_up().attributes["callBackData"]["mainTimeZone"],
        "America/Chicago"
    );
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn f13_a_long_weekend_and_a_broken_machine_forget_nobody() {
    let line = Line::set(setting("tue 08:05-20:00").replicas(2));
    somebody_asks(&line).await;
    for place in 0..2 {
        line.kill(place);
    }
    // Four days and five minutes.
    line.seconds(4 * 86_400).await;
    for place in 0..2 {
        line.start(place);
    }
    line.seconds(400).await;
    line.follow_up();
    assert!(line.starts()[0].starts_with("2027-01-15T08:00:0"));
    line.close().await;
}

/// A day with a night in it; every request of either replica may be its last.
#[tokio::test(start_paused = true)]
async fn f13_wherever_a_process_dies_it_is_one_task() {
    let mut part = Part::of_a_matrix();
    for acted in [false, true] {
        for nth in 1..=8 {
            for moment in ["08:00:40", "08:04:59", "08:11:59"] {
                if part.skips() {
                    continue;
                }
                let line = Line::set(brief().replicas(2));
                if moment != "08:00:40" {
                    somebody_asks(&line).await;
                    line.wait_until(moment).await;
                }
                // Passes read eight maps before they do anything; a caller's requests begin at once.
                let nth = if moment == "08:00:40" { nth } else { nth + 7 };
                for place in 0..2 {
                    line.kill_at(place, nth, acted);
                }
                if moment == "08:00:40" {
                    let (_, answer) = create(&line, &[]).await;
                    assert!(answer.is_object());
                }
                line.seconds(40).await;
                for place in 0..2 {
                    line.kill(place);
                    line.start(place);
                }
                let story = format!("dead at {moment}, request {nth}, acted: {acted}");
                if moment != "08:11:59" {
                    line.wait_until("08:08:00").await;
                    assert!(
                        line.open().is_empty(),
                        "{story}\n{}",
                        line.emulator.journal()
                    );
                }
                line.wait_until("08:15:00").await;
                let open = line.open().len();
                assert!(
                    open == 1 || (moment == "08:00:40" && line.made().is_empty()),
                    "{story}: {open}\n{}",
                    line.emulator.journal()
                );
                line.close().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f13_whatever_fails_when_the_hours_end_or_begin_it_is_one_task() {
    let mut part = Part::of_a_matrix();
    for trouble in TROUBLES {
        for (moment, path) in [
            ("08:04:55", "/Tasks/"),
            ("08:04:55", "FollowUps"),
            ("08:11:55", "/Tasks"),
            ("08:11:55", "FollowUps"),
        ] {
            for nth in [1, 2] {
                if part.skips() {
                    continue;
                }
                let line = Line::set(brief().replicas(2));
                somebody_asks(&line).await;
                line.wait_until(moment).await;
                let fault = Fault::rest(trouble).method("POST").path(path);
                line.emulator.weather().script(fault.nth(nth).times(2));
                line.seconds(150).await;
                line.emulator.weather().clear();
                let story = format!("{trouble:?} of {path} at {moment}, {nth}");
                if moment < "08:10" {
                    assert!(
                        line.open().is_empty(),
                        "{story}\n{}",
                        line.emulator.journal()
                    );
                    line.wait_until("08:11:59").await;
                    assert!(line.open().is_empty(), "{story}");
                }
                line.wait_until("08:16:00").await;
                assert_eq!(line.open().len(), 1, "{story}\n{}", line.emulator.journal());
                line.close().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_call_backs_is_counted_once() {
    let line = Line::set(ending());
    somebody_asks(&line).await;
    line.wait_until("10:01:00").await;
    for (outcome, times) in [("asked", 1), ("made", 2), ("recalled", 1), ("held", 0)] {
        assert_eq!(line.counted_callbacks(outcome), times, "{outcome}");
    }
    line.close().await;
}
