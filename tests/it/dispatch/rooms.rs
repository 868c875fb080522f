//! Worker and caller in a conference: what it is good for, and who is left in it when the other goes. Case 32, beside the
//! whole list in `matrix.rs`.

use std::time::Duration;

use switchboard::{
    emulator::{Answer, CallStatus, Climate, Fault, Heard, HookTrouble, Pickup},
    twilio::sid::CallSid,
};

use super::remote::{ELSEWHERE, HOME, Remote, human, mailbox};
use crate::stage::{Setting, many::Part};

fn rooms() -> Setting {
    Setting::default().conference()
}

/// Where a conference's participant is, for REST.
fn participant(remote: &Remote, call: CallSid) -> String {
    let conference = remote.call(call).conference.expect("a conference");
    format!("Conferences/{conference}/Participants/{call}.json")
}

#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_caller_is_put_on_hold_and_taken_back() {
    let remote = Remote::with(rooms());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    let path = participant(&remote, customer);
    let room = remote.last(wendy).sid.to_string();
    let conferences = remote.stage.emulator.conferences();
    assert_eq!(conferences.last().expect("a conference").name, room);
    for hold in ["true", "false"] {
        let (status, body) = remote.rest("POST", &path, &[("Hold", hold)]);
        assert_eq!((status, body["hold"].to_string().as_str()), (200, hold));
        remote.seconds(60).await;
        assert!(remote.talks(customer, HOME), "both are still there");
        assert_eq!(remote.last(wendy).status, "accepted");
    }
    remote.stage.emulator.hang_up(customer);
    remote.task_is_completed(40, customer).await;
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_caller_is_handed_over_and_the_worker_is_free() {
    let remote = Remote::with(rooms());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    // Somebody else is called in, and the worker leaves without ending it.
    let conference = remote.call(customer).conference.expect("a conference");
    let emulator = &remote.stage.emulator;
    let other = "+15125550177".parse().expect("a number");
    let guest = emulator.add_party(conference, &other).expect("a guest");
    emulator.hang_up(remote.leg(HOME).sid);
    remote.task_is_completed(40, customer).await;
    remote.seconds(120).await;
    assert_eq!(remote.call(customer).conference, Some(conference));
    assert_eq!(remote.call(guest).conference, Some(conference));
    assert_eq!(remote.activity(wendy), "Available");
    emulator.hang_up(guest);
    emulator.hang_up(customer);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn d4_32_conference_the_worker_hangs_up_and_the_call_ends() {
    let remote = Remote::with(rooms());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(remote.leg(HOME).sid);
    remote.task_is_completed(10, customer).await;
    let over = || remote.call(customer).status == CallStatus::Completed;
    remote.until(5, "the call ends", over).await;
    assert_eq!(remote.last(wendy).status, "completed");
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn d4_32_conference_the_worker_hangs_up_and_the_caller_goes_on_as_configured() {
    let survey = "https://survey.example.com/next";
    let remote = Remote::with(rooms().variable("DISPATCH_CALLER_NEXT", survey));
    let words = "<Response><Say>How was it?</Say><Hangup/></Response>";
    remote.stage.emulator.bin(survey, "text/xml", words);
    remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(remote.leg(HOME).sid);
    let asked = || {
        let heard = remote.call(customer).heard;
        heard.contains(&Heard::Words("How was it?".to_owned()))
    };
    remote.until(10, "the caller is asked", asked).await;
    remote.task_is_completed(40, customer).await;
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn d4_32_conference_the_caller_hangs_up_and_the_leg_ends() {
    let remote = Remote::with(rooms());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote.leg_ends(5).await;
    remote.task_is_completed(10, customer).await;
    assert_eq!(remote.last(wendy).status, "completed");
    assert_eq!(remote.activity(wendy), "Available");
    remote.curtain().await;
}

/// A worker says hello and hangs up, at any moment from the verdict to well after the join: the caller is with somebody,
/// in the queue, or has been talked to; never alone in a room.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_worker_who_leaves_in_the_moment_of_the_join_leaves_nobody_alone() {
    for millis in (0..6_000).step_by(150) {
        let setting = rooms().variable("DISPATCH_COOL_DOWN", "other=600");
        let remote = Remote::with(setting);
        remote.worker("wendy", HOME, human());
        let customer = remote.customer();
        remote.first_leg_is(20, CallStatus::InProgress).await;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let met = remote.talks(customer, HOME);
        remote.stage.emulator.hang_up(remote.leg(HOME).sid);
        remote.seconds(30).await;
        let over = remote.call(customer).status == CallStatus::Completed;
        assert_eq!(over, met, "{millis} ms: only after a talk the call ends");
        if !over {
            assert!(remote.waits(customer), "{millis} ms: back in the queue");
            remote.worker("xaver", ELSEWHERE, human());
            let served = || remote.talks(customer, ELSEWHERE);
            remote.until(60, "somebody else has them", served).await;
        }
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

/// The caller leaves at any moment: the worker is told or finds the conference over, and is free.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_caller_who_leaves_in_the_moment_of_the_join_leaves_nobody_alone() {
    for millis in (0..6_000).step_by(150) {
        let remote = Remote::with(rooms());
        let wendy = remote.worker("wendy", HOME, human());
        let customer = remote.customer();
        remote.first_leg_is(20, CallStatus::InProgress).await;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        remote.stage.emulator.hang_up(customer);
        remote.leg_ends(15).await;
        remote.seconds(40).await;
        let status = remote.last(wendy).status;
        let closed = ["canceled", "completed", "rescinded"].contains(&status);
        assert!(closed, "{millis} ms: {status}");
        assert_eq!(remote.activity(wendy), "Available", "{millis} ms");
        remote.curtain().await;
    }
}

/// Twilio never has what one who is alone hears, so it never tells us that they are: the reconciler looks.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_worker_of_whom_nobody_hears_gets_the_caller_all_the_same() {
    let remote = Remote::with(rooms());
    remote.worker("wendy", HOME, human());
    let deaf = Fault::webhook(HookTrouble::Delayed(Duration::from_mins(1)));
    let deaf = deaf.path("/dispatch/alone").times(1);
    remote.stage.emulator.weather().script(deaf);
    let customer = remote.customer();
    remote.they_talk(50, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// The caller was brought late, and their call broke off on the way because nobody of ours could be reached; neither do
/// we hear that the worker is alone. They do not sit there until they lose patience.
///
/// The worker was once believed to be talking.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_worker_whose_caller_is_lost_on_the_way_is_told() {
    let remote = Remote::with(rooms());
    let slow = Pickup::human(Duration::from_secs(17));
    let wendy = remote.worker("wendy", HOME, Answer::By(slow));
    let weather = remote.stage.emulator.weather();
    for path in ["/dispatch/alone", "/dispatch/meet"] {
        let unheard = Fault::webhook(HookTrouble::Dropped);
        weather.script(unheard.path(path).times(1));
    }
    let customer = remote.customer();
    let lost = || remote.call(customer).status.is_final();
    remote
        .until(90, "the caller is lost on the way", lost)
        .await;
    let over = || remote.leg(HOME).status.is_final();
    remote.until(60, "the worker is told, and free", over).await;
    remote.task_is_completed(30, customer).await;
    assert_eq!(remote.activity(wendy), "Available");
    remote.curtain().await;
}

/// The end of a talk reaches none of us, and neither does it that the worker is back in the room: they are not left there.
///
/// The fallback of the undelivered request once sent the worker back into the empty conference.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_a_worker_whose_talk_ended_unheard_is_not_sent_back_to_the_room() {
    let remote = Remote::with(rooms());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.seconds(90).await;
    let weather = remote.stage.emulator.weather();
    for (path, times) in [("/dispatch/joined", 1), ("/dispatch/alone", 2)] {
        let unheard = Fault::webhook(HookTrouble::Dropped);
        weather.script(unheard.path(path).times(times));
    }
    remote.stage.emulator.hang_up(customer);
    remote.leg_ends(15).await;
    remote.task_is_completed(30, customer).await;
    weather.clear();
    assert_eq!(remote.activity(wendy), "Available");
    remote.curtain().await;
}

/// Requests of one join in a conference, with some to spare.
const STEPS: u32 = 24;

/// Both replicas die at the same request and come back after half a minute, while the worker hangs up or the caller does.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_kill_9_at_each_step_and_whoever_leaves_leaves_nobody_alone() {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (6..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        for worker_leaves in [true, false] {
            if part.skips() {
                continue;
            }
            let what = format!("request {step}, acted {acted}, worker leaves {worker_leaves}");
            let remote = Remote::with(rooms().replicas(2));
            let wendy = remote.worker("wendy", HOME, human());
            remote.stage.kill_at(0, step, acted);
            remote.stage.kill_at(1, step, acted);
            let customer = remote.customer();
            remote.seconds(16).await;
            if let Some(leg) = remote.legs(HOME).pop().filter(|_| worker_leaves) {
                remote.stage.emulator.hang_up(leg.sid);
            } else {
                remote.stage.emulator.hang_up(customer);
            }
            remote.seconds(5).await;
            remote.stage.start(0);
            remote.stage.start(1);
            remote.seconds(120).await;
            let view = remote.call(customer);
            let fine =
                view.status.is_final() || remote.waits(customer) || remote.talks(customer, HOME);
            assert!(
                fine,
                "{what}: {view:?}\n{}",
                remote.stage.emulator.journal()
            );
            remote.stage.emulator.hang_up(customer);
            remote.seconds(200).await;
            if remote.activity(wendy) != "Available" {
                // A reservation that nobody of ours could be asked about timed out, as it does.
                remote.comes_on_line(wendy).await;
            }
            remote.curtain().await;
        }
    }
}

/// Bad weather over whole days, as in `storms.rs`, in rooms.
#[tokio::test(start_paused = true)]
async fn d4_32_conference_whatever_the_weather_nobody_is_left_alone() {
    let mut part = Part::of_a_matrix();
    for seed in 1..=12 {
        if part.skips() {
            continue;
        }
        let screening = ["amd", "press1", "none"][usize::try_from(seed % 3).expect("small")];
        let setting = rooms()
            .replicas(2)
            .variable("DISPATCH_SCREENING", screening);
        let remote = Remote::with(Setting { seed, ..setting });
        let person = Pickup::human(Duration::from_secs(2 + seed % 5));
        let person = person.presses(Duration::from_secs(6), "1");
        let wendy = remote.worker("wendy", HOME, Answer::By(person));
        if screening != "none" {
            remote.worker("xaver", ELSEWHERE, mailbox());
        }
        let weather = remote.stage.emulator.weather();
        weather.random(Climate::even(0.04));
        for round in 0..4 {
            let victim = usize::try_from((seed + round) % 2).expect("small");
            let step = u32::try_from(1 + (seed * 7 + round * 5) % 20).expect("small");
            remote.stage.kill_at(victim, step, round % 2 == 0);
            let customer = remote.customer();
            remote.seconds(25 + seed + 9 * round).await;
            remote.stage.start(victim);
            remote.seconds(30).await;
            remote.stage.emulator.hang_up(customer);
            remote.seconds(20).await;
        }
        weather.clear();
        remote.seconds(240).await;
        remote.evening(wendy).await;
    }
}
