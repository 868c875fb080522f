//! Where TaskRouter itself sets up the meeting of worker and caller, by a `conference` instruction: while it does, its
//! time-out is paused; if it fails, it cancels the reservation and offers the caller again, to the same worker if she is
//! still there. Twilio Support: "TaskRouter Reservation Canceled Instead of Timing Out".

use std::time::Duration;

use switchboard::emulator::{Answer, CallStatus, Fault, HookTrouble, Pickup};

use super::remote::{ELSEWHERE, HOME, Remote, human};
use crate::stage::{Extra, Setting};

/// Whoever answers is joined: in a conference TaskRouter does that by itself.
fn at_once(setting: Setting) -> Setting {
    setting.variable("DISPATCH_SCREENING", "none")
}

fn rooms() -> Setting {
    at_once(Setting::default().conference())
}

/// A busy phone is called three times in two minutes, under the cool-down as it comes: half a minute, and until a
/// replica looks. Where two look, it may be called once more.
async fn is_called_three_times_in_two_minutes(setting: Setting) {
    let most = if setting.replicas > 1 { 4 } else { 3 };
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Busy);
    let customer = remote.customer();
    remote.seconds(5).await;
    assert_eq!(remote.activity(wendy), "Cooling down");
    remote.seconds(115).await;
    let legs = remote.legs(HOME);
    assert!(legs.iter().all(|leg| leg.status == CallStatus::Busy));
    let causes: Vec<_> = remote
        .reservations(wendy)
        .iter()
        .map(|it| remote.cause(it))
        .collect();
    let busy = causes.iter().filter(|cause| *cause == "busy").count();
    assert_eq!(busy, legs.len(), "{causes:?}");
    assert!(remote.waits(customer));
    remote.stage.emulator.hang_up(customer);
    let journal = remote.stage.emulator.journal();
    assert!((3..=most).contains(&legs.len()), "{causes:?}\n{journal}");
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_worker_is_left_in_peace_as_long_as_busy_deserves_whoever_placed_the_leg() {
    for setting in [at_once(Setting::default()), rooms(), rooms().thrice()] {
        is_called_three_times_in_two_minutes(setting).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_worker_is_left_in_peace_although_the_report_of_the_leg_is_late_or_lost() {
    for trouble in [
        HookTrouble::Dropped,
        HookTrouble::Delayed(Duration::from_secs(3)),
    ] {
        let remote = Remote::with(rooms());
        let wendy = remote.worker("wendy", HOME, Answer::Busy);
        let fault = Fault::webhook(trouble).path("/dispatch/status").nth(2);
        remote.stage.emulator.weather().script(fault);
        let customer = remote.customer();
        remote.seconds(6).await;
        assert_eq!(remote.activity(wendy), "Cooling down", "{trouble:?}");
        assert_eq!(remote.legs(HOME).len(), 1, "{trouble:?}");
        let reservations = remote.reservations(wendy);
        assert_eq!(remote.cause(&reservations[0]), "busy", "{trouble:?}");
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_not_answered_is_a_miss_although_taskrouter_cancels_the_reservation() {
    let setting = rooms()
        .extra(Extra::Missed)
        .variable("DISPATCH_MISSES", "2")
        .variable("DISPATCH_COOL_DOWN", "other=10");
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    let customer = remote.customer();
    let away = || remote.activity(wendy) == "On a break";
    remote.until(120, "Wendy is on a break", away).await;
    assert_eq!(remote.legs(HOME).len(), 2, "after two misses, and no more");
    let first = remote.reservations(wendy).remove(0);
    assert_eq!(
        (first.status, remote.cause(&first).as_str()),
        ("canceled", "no-answer")
    );
    assert!(remote.waits(customer));
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_while_taskrouter_sets_up_is_no_miss() {
    for moment in (0..5_000).step_by(250) {
        let remote = Remote::with(rooms());
        let wendy = remote.worker("wendy", HOME, Answer::Never);
        let customer = remote.customer();
        remote
            .until(5, "offered", || !remote.reservations(wendy).is_empty())
            .await;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        remote.stage.emulator.hang_up(customer);
        remote.leg_ends(5).await;
        remote.seconds(30).await;
        assert_eq!(remote.activity(wendy), "Available", "{moment} ms");
        remote.curtain().await;
    }
}

/// The reservation is on hold while the phone rings: it outlives its own time-out, and nobody takes the worker off line.
#[tokio::test(start_paused = true)]
async fn a_reservation_on_hold_outlives_its_time_out() {
    let remote = Remote::with(rooms().variable("DISPATCH_RING", "60"));
    let short = Duration::from_secs(10);
    let emulator = &remote.stage.emulator;
    emulator.set_reservation_timeout(remote.workflow, short);
    let slow = Answer::By(Pickup::human(Duration::from_secs(45)));
    let wendy = remote.worker("wendy", HOME, slow);
    let customer = remote.customer();
    remote.seconds(30).await;
    assert_eq!(remote.last(wendy).status, "pending");
    assert_eq!(remote.leg(HOME).status, CallStatus::Ringing);
    remote.they_talk(20, customer).await;
    assert_eq!(remote.reservations(wendy).len(), 1);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// The worker has answered in time, and TaskRouter is slow to bring them together: the phone's own deadline passes, and
/// nothing is given up.
#[tokio::test(start_paused = true)]
async fn a_worker_who_has_answered_is_joined_although_the_set_up_takes_minutes() {
    let remote = Remote::with(rooms());
    remote.stage.emulator.set_up_takes(Duration::from_mins(3));
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.seconds(120).await;
    assert_eq!(remote.last(wendy).status, "pending");
    assert_eq!(remote.leg(HOME).status, CallStatus::InProgress);
    remote.they_talk(120, customer).await;
    assert_eq!(remote.reservations(wendy).len(), 1);
    assert_eq!(remote.legs(HOME).len(), 1, "her phone rings once");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_set_up_that_fails_ends_as_canceled_and_the_next_worker_is_called() {
    let remote = Remote::with(rooms());
    let short = Duration::from_secs(10);
    let emulator = &remote.stage.emulator;
    emulator.set_reservation_timeout(remote.workflow, short);
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    let customer = remote.customer();
    remote.seconds(5).await;
    remote.worker("xaver", ELSEWHERE, human());
    let served = || remote.talks(customer, ELSEWHERE);
    remote.until(60, "the next worker is called", served).await;
    assert_eq!(remote.last(wendy).status, "canceled");
    assert_eq!(remote.activity(wendy), "Cooling down");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}
