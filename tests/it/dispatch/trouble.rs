//! Late by a second, twice at once, killed in the middle: what is left then.

use std::time::Duration;

use switchboard::emulator::{Answer, CallStatus, Fault, Heard, HookTrouble, Pickup, RestTrouble};

use super::remote::{ELSEWHERE, HOME, Remote, hears_somebody, human};
use crate::stage::{Setting, many::Part};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn told_gone(heard: &[Heard]) -> bool {
    let gone =
        |it: &Heard| matches!(it, Heard::Words(words) if words.contains("no longer waiting"));
    heard.iter().any(gone)
}

/// A worker answers `late` seconds after it has rung for as long as their reservation stands.
async fn answers_late(setting: Setting, late: i64) -> (usize, bool) {
    let setting = setting
        .variable("DISPATCH_RING", "60")
        .variable("DISPATCH_SCREENING", "none");
    let remote = Remote::with(setting);
    let stands: u64 = 20;
    let timeout = Duration::from_secs(stands);
    remote
        .stage
        .emulator
        .set_reservation_timeout(remote.workflow, timeout);
    let after = u64::try_from(i64::try_from(stands).expect("small") + late).expect("later");
    remote.worker(
        "wendy",
        HOME,
        Answer::By(Pickup::human(Duration::from_secs(after))),
    );
    let customer = remote.customer();
    remote.seconds(stands + 20).await;
    let leg = remote.leg(HOME);
    let joined = hears_somebody(&leg);
    // Where TaskRouter itself brings them together, it has no words for one who is late.
    if leg.status == CallStatus::Completed && !joined && !remote.confers() {
        assert!(told_gone(&leg.heard), "{:?}", leg.heard);
    }
    let talks = usize::from(remote.talks(customer, HOME));
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
    (talks, joined)
}

pub(super) async fn d4_02_a_second_too_late_is_told_and_nothing_loops(setting: Setting) {
    // Where TaskRouter itself brings them together, the time-out is paused while the phone rings: nobody is late.
    let waits = usize::from(setting.phones.conference);
    let (talks, joined) = answers_late(setting.clone(), 1).await;
    assert_eq!((talks, joined), (waits, waits == 1));
}

pub(super) async fn d4_03_answering_while_the_reservation_times_out_is_one_or_the_other(
    setting: Setting,
) {
    for late in [-2, -1, 0] {
        let (talks, joined) = answers_late(setting.clone(), late).await;
        assert_eq!(talks == 1, joined, "{late}: joined means that they talk");
    }
}

pub(super) async fn d4_31_the_customer_leaves_in_the_second_of_the_join(setting: Setting) {
    for millis in [0, 200, 400, 600, 800, 1_000] {
        let remote = Remote::with(setting.clone());
        let setting = Pickup::human(seconds(3));
        let wendy = remote.worker("wendy", HOME, Answer::By(setting));
        let customer = remote.customer();
        remote.first_leg_is(20, CallStatus::InProgress).await;
        // Twilio listens for some seconds; the join follows.
        tokio::time::sleep(Duration::from_millis(2_000 + millis)).await;
        remote.stage.emulator.hang_up(customer);
        remote.leg_ends(60).await;
        remote.seconds(60).await;
        assert_eq!(remote.activity(wendy), "Available", "{millis} ms");
        let status = remote.last(wendy).status;
        assert!(
            ["canceled", "completed", "rescinded"].contains(&status),
            "{millis} ms: {status}"
        );
        remote.curtain().await;
    }
}

/// Only the leg that was made for a reservation gets its caller, whoever else knows its SID.
pub(super) async fn d4_16_another_leg_or_another_nonce_gets_nobody(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::Ringing).await;
    remote.seconds(2).await;
    let (leg, reservation) = (remote.leg(HOME).sid.to_string(), remote.last(wendy));
    let record = remote.record(&reservation).expect("a record");
    let nonce = record["nonce"].as_str().expect("a nonce").to_owned();
    let other = "CA000000000000000000000000000000ff";
    for (nonce, call) in [("wrong", leg.as_str()), (nonce.as_str(), other)] {
        for path in ["leg", "key", "joined", "status", "amd"] {
            let sid = reservation.sid;
            let path = format!("/dispatch/{path}?reservation={sid}&nonce={nonce}&try=1");
            let fields = [
                ("CallSid", call),
                (
                    "AnsweredBy",
                    if path.contains("amd") { "fax" } else { "human" },
                ),
                ("Digits", "1"),
                ("CallStatus", "completed"),
            ];
            let (status, body) = remote.asked(&path, &fields).await;
            assert!([200, 204].contains(&status), "{path}: {body}");
            assert!(!body.contains("<Dial"), "{path}: {body}");
            let now = remote.record(&reservation).expect("a record");
            assert_eq!(now, record, "{path} changes nothing");
        }
    }
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// Requests of one dispatch, with some to spare.
const STEPS: u32 = 12;

pub(super) async fn d4_22_kill_9_at_each_step_resumes(setting: Setting) {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (1..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        if part.skips() {
            continue;
        }
        let remote = Remote::with(setting.clone().replicas(2));
        let wendy = remote.worker("wendy", HOME, human());
        let xaver = remote.worker("xaver", ELSEWHERE, human());
        remote.stage.kill_at(0, step, acted);
        remote.stage.kill_at(1, step, acted);
        let customer = remote.customer();
        remote.seconds(3).await;
        remote.stage.start(0);
        remote.stage.start(1);
        let what = format!("killed at request {step}, acted={acted}");
        remote
            .until(300, &what, || {
                remote.talks(customer, HOME) || remote.talks(customer, ELSEWHERE)
            })
            .await;
        remote.seconds(60).await;
        let both = remote.talks(customer, HOME) && remote.talks(customer, ELSEWHERE);
        assert!(!both, "{what}: one worker");
        remote.stage.emulator.hang_up(customer);
        remote.seconds(200).await;
        for worker in [wendy, xaver] {
            assert_ne!(remote.activity(worker), "Cooling down", "{what}");
        }
        remote.curtain().await;
    }
}

/// While the making of a leg is not confirmed, any call with its nonce may be it; until one of them turns out to be.
/// The task was once completed under the talk.
#[tokio::test(start_paused = true)]
async fn d4_16_the_end_of_another_call_does_not_end_a_talk_that_begins_meanwhile() {
    let remote = Remote::with(Setting::default());
    let weather = remote.stage.emulator.weather();
    weather.script(Fault::rest(RestTrouble::LostHanging).path("/Calls.json"));
    let unheard = Fault::webhook(HookTrouble::Dropped).path("/dispatch/status");
    weather.script(unheard);
    let quick = Answer::By(Pickup::human(seconds(1)));
    let wendy = remote.worker("wendy", HOME, quick);
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::InProgress).await;
    // Before the calls of the account have been asked for it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let reservation = remote.last(wendy);
    let record = remote.record(&reservation).expect("a record");
    assert_eq!(record.get("callSid"), None, "nobody knows yet");
    let nonce = record["nonce"].as_str().expect("a nonce").to_owned();
    // The other call's end was read and judged before the leg was answered, and is noted after.
    let slow = RestTrouble::Slow(Duration::from_millis(2_900));
    weather.script(Fault::rest(slow).method("POST").product("sync"));
    let path = format!(
        "/dispatch/status?reservation={}&nonce={nonce}",
        reservation.sid
    );
    let fields = [
        ("CallSid", "CA000000000000000000000000000000ff"),
        ("CallStatus", "busy"),
    ];
    let (status, _) = remote.asked(&path, &fields).await;
    assert_eq!(status, 204);
    assert!(remote.talks(customer, HOME), "they talk by now");
    remote.seconds(90).await;
    assert!(remote.talks(customer, HOME), "and still do");
    assert_eq!(remote.task(customer).status, "assigned", "Wendy is busy");
    assert_eq!(remote.rejects(&reservation), 0);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}
