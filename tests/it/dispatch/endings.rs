//! A caller leaves, a reservation ends, a worker goes off line: whose phone rings then, and for how long.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Answer, CallStatus, Callee, Pickup};

use super::remote::{ELSEWHERE, HOME, Remote, hears_somebody, human};
use crate::stage::{Extra, Setting};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Rings until it is given up.
fn never() -> Answer {
    Answer::Never
}

pub(super) async fn d4_10_the_customer_hangs_up_while_it_rings(setting: Setting) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, never());
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::Ringing).await;
    remote.stage.emulator.hang_up(customer);
    remote.leg_ends(30).await;
    assert_eq!(remote.leg(HOME).status, CallStatus::Canceled);
    assert_eq!(remote.activity(wendy), "Available");
    assert_eq!(remote.rejects(&remote.last(wendy)), 0);
    remote.curtain().await;
}

/// Of the events that tell of a caller who left any one suffices, and if none arrives, the reconciler sees it.
pub(super) async fn d4_10_any_one_event_suffices_and_none_does(setting: Setting) {
    for (filter, within) in [
        (Some("reservation.canceled"), 5),
        (Some("task.canceled"), 5),
        (Some("worker.created"), 60),
    ] {
        let remote = Remote::with(setting.clone().variable("DISPATCH_RING", "60"));
        remote.worker("wendy", HOME, never());
        let events = format!("{}/taskrouter-events", crate::stage::PUBLIC_URL);
        remote.stage.emulator.events_to(Some(&events), filter);
        let customer = remote.customer();
        remote.seconds(3).await;
        assert_eq!(remote.leg(HOME).status, CallStatus::Ringing);
        remote.stage.emulator.hang_up(customer);
        remote.leg_ends(within).await;
        assert_eq!(remote.leg(HOME).status, CallStatus::Canceled, "{filter:?}");
        remote.curtain().await;
    }
}

pub(super) async fn d4_11_the_customer_hangs_up_while_twilio_listens(setting: Setting) {
    let remote = Remote::with(setting);
    let silent = Pickup::human(seconds(3)).taken_for(Callee::Silence);
    let wendy = remote.worker("wendy", HOME, Answer::By(silent));
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::InProgress).await;
    // Twilio listens.
    remote.seconds(2).await;
    remote.stage.emulator.hang_up(customer);
    remote.leg_ends(30).await;
    assert_eq!(remote.leg(HOME).status, CallStatus::Completed);
    assert_eq!(remote.activity(wendy), "Available");
    remote.curtain().await;
}

pub(super) async fn d4_12_the_customer_hangs_up_after_the_join(setting: Setting) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote.leg_ends(40).await;
    remote.task_is_completed(40, customer).await;
    assert_eq!(remote.last(wendy).status, "completed");
    remote.curtain().await;
}

pub(super) async fn d4_12_the_worker_hangs_up_after_the_join(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(remote.leg(HOME).sid);
    remote.task_is_completed(40, customer).await;
    assert_eq!(remote.last(wendy).status, "completed");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_13_the_reservation_times_out_while_it_rings(setting: Setting) {
    // Nobody told TaskRouter how patient to be: its reservation ends while the phone still rings.
    let setting = setting.variable("DISPATCH_RING", "60");
    let remote = Remote::with(setting.variable("DISPATCH_RESERVATION", "120"));
    let short = seconds(10);
    remote
        .stage
        .emulator
        .set_reservation_timeout(remote.workflow, short);
    let wendy = remote.worker("wendy", HOME, never());
    let customer = remote.customer();
    remote.first_offer_is(40, wendy, "timeout").await;
    remote
        .until(30, "it stops", || remote.legs(HOME)[0].status.is_final())
        .await;
    assert_eq!(remote.legs(HOME)[0].status, CallStatus::Canceled);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_20_the_leg_of_a_rescinded_reservation_ends(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, never());
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::Ringing).await;
    let reservation = remote.last(wendy).sid.to_string();
    let fields = [
        ("EventType", "reservation.rescinded"),
        ("Sid", "EV00000000000000000000000000000001"),
        ("ReservationSid", &reservation),
    ];
    // Whoever was quicker has the task.
    assert_eq!(remote.told("/taskrouter-events", &fields).await, 204);
    remote.leg_ends(5).await;
    assert_eq!(remote.leg(HOME).status, CallStatus::Canceled);
    assert_eq!(remote.activity(wendy), "Available", "no fault of theirs");
    assert_eq!(remote.rejects(&remote.last(wendy)), 0);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// TaskRouter offers one caller to three; whoever is quickest has them, and the phones of the others fall silent.
pub(super) async fn d4_20_the_quickest_of_several_has_the_caller_and_the_others_are_let_go(
    setting: Setting,
) {
    const THIRD: &str = "+15125550163";
    let remote = Remote::with(setting);
    remote.offers_at_once(3);
    let quick = Answer::By(Pickup::human(seconds(2)));
    let slow = || Answer::By(Pickup::human(seconds(4)).taken_for(Callee::Silence));
    let wendy = remote.worker("wendy", HOME, quick);
    let xaver = remote.worker("xaver", ELSEWHERE, never());
    let yves = remote.worker("yves", THIRD, slow());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    for phone in [ELSEWHERE, THIRD] {
        assert_eq!(remote.legs(phone).len(), 1, "all of them rang");
        let over = || remote.legs(phone)[0].status.is_final();
        remote.until(30, "the others are let go", over).await;
        assert!(!hears_somebody(&remote.legs(phone)[0]));
    }
    assert_eq!(remote.last(wendy).status, "accepted");
    for loser in [xaver, yves] {
        assert_eq!(remote.last(loser).status, "rescinded");
        assert_eq!(remote.rejects(&remote.last(loser)), 0);
        assert_eq!(remote.activity(loser), "Available", "no fault of theirs");
    }
    remote.seconds(60).await;
    assert!(remote.talks(customer, HOME), "nobody else disturbs them");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// Two answer in the same moment, and both are people: one has the caller, the other is told.
pub(super) async fn d4_20_two_who_answer_at_once_do_not_both_have_the_caller(setting: Setting) {
    let remote = Remote::with(setting);
    remote.offers_at_once(2);
    remote.worker("wendy", HOME, human());
    remote.worker("xaver", ELSEWHERE, human());
    let customer = remote.customer();
    let served = || remote.talks(customer, HOME) || remote.talks(customer, ELSEWHERE);
    remote.until(40, "one of them talks", served).await;
    remote.seconds(30).await;
    let both = [HOME, ELSEWHERE].map(|phone| remote.legs(phone).len());
    assert_eq!(both, [1, 1], "one leg each");
    let talk = [HOME, ELSEWHERE].map(|phone| !remote.leg(phone).status.is_final());
    assert!(talk[0] != talk[1], "one of them talks: {talk:?}");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_16_a_late_callback_leaves_the_next_reservation_alone(setting: Setting) {
    let setting = setting.clone().variable("DISPATCH_COOL_DOWN", "other=5");
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Busy);
    // The first leg's end reaches us when the second has long been made.
    let late = switchboard::emulator::HookTrouble::Delayed(seconds(75));
    let fault = switchboard::emulator::Fault::webhook(late).path("/dispatch/status");
    remote.stage.emulator.weather().script(fault.nth(2));
    let customer = remote.customer();
    remote.first_offer_is(60, wendy, "rejected").await;
    remote.stage.emulator.phone(HOME, human());
    remote.they_talk(100, customer).await;
    remote.seconds(120).await;
    assert!(
        remote.talks(customer, HOME),
        "the late report is not theirs"
    );
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_21_going_off_line_while_it_rings_stays_off_line(setting: Setting) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, never());
    let customer = remote.customer();
    remote.first_leg_is(20, CallStatus::Ringing).await;
    remote.goes_off_line(wendy).await;
    remote.leg_ends(40).await;
    assert_eq!(remote.last(wendy).status, "rejected");
    remote.seconds(400).await;
    assert_eq!(
        remote.activity(wendy),
        "Offline",
        "for as long as they like"
    );
    assert!(remote.waits(customer), "and the customer waits on");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_21_going_off_line_while_cooling_down_stays_off_line(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, Answer::Busy);
    let customer = remote.customer();
    remote
        .until(40, "Wendy cools down", || {
            remote.activity(wendy) == "Cooling down"
        })
        .await;
    remote.goes_off_line(wendy).await;
    remote.seconds(400).await;
    assert_eq!(remote.activity(wendy), "Offline");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_30_taskrouter_moves_the_worker_after_the_call(setting: Setting) {
    let remote = Remote::with(setting.clone().extra(Extra::AfterWork));
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote
        .until(40, "Wendy writes it up", || {
            remote.activity(wendy) == "Writing up"
        })
        .await;
    remote.seconds(300).await;
    assert_eq!(remote.activity(wendy), "Writing up", "no timer of ours");
    remote.curtain().await;
}

pub(super) async fn the_next_worker_is_rung_when_the_first_does_not_answer(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, never());
    let customer = remote.customer();
    remote.seconds(5).await;
    let xaver = remote.worker_with("xaver", ELSEWHERE, human(), &json!({}));
    remote
        .until(90, "they talk", || remote.talks(customer, ELSEWHERE))
        .await;
    assert_eq!(remote.last(wendy).status, "rejected");
    assert_eq!(remote.last(xaver).status, "accepted");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}
