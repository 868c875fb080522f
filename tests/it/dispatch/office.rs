//! Whom we call and whom never, what is told to whom, and what Twilio refuses.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Answer, Fault, HookTrouble, Pickup, RestTrouble};

use super::remote::{ELSEWHERE, HOME, LINE, Remote, human};
use crate::stage::{Extra, MAIN_LINE, Setting};

const SUE: &str = "+15125550199";

/// Whether the only leg that may not ring has never been made, and the caller waits on.
async fn is_refused(setting: Setting, phone: &str) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", phone, human());
    let customer = remote.customer();
    remote.first_offer_is(40, wendy, "rejected").await;
    remote.seconds(3).await;
    assert!(remote.legs(phone).is_empty(), "nobody is called");
    assert_eq!(remote.cause(&remote.reservations(wendy)[0]), "refused");
    assert_eq!(remote.activity(wendy), "Cooling down");
    assert!(remote.waits(customer));
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_23_a_number_of_our_own_is_never_called(setting: Setting) {
    // The line itself, and another number of the account, which only Twilio knows to be ours.
    is_refused(setting.clone(), LINE).await;
    is_refused(setting, MAIN_LINE).await;
}

pub(super) async fn d4_23_a_phone_that_has_become_a_number_of_ours_is_called_no_more(
    setting: Setting,
) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, human());
    let first = remote.customer();
    remote.they_talk(40, first).await;
    remote.stage.emulator.hang_up(first);
    // Ported into the account; what was found out about it is believed for an hour.
    remote.stage.emulator.number(&crate::stage::number(HOME));
    remote.seconds(3_700).await;
    let second = remote.customer();
    // The offer before is forgotten with its task.
    remote.first_offer_is(40, wendy, "rejected").await;
    remote.seconds(3).await;
    assert_eq!(remote.legs(HOME).len(), 1, "nobody is called again");
    assert_eq!(remote.cause(&remote.last(wendy)), "refused");
    assert!(remote.waits(second));
    remote.stage.emulator.hang_up(second);
    remote.curtain().await;
}

pub(super) async fn d4_24_the_customers_own_number_is_never_called(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let phone = "+13035550177";
    let wendy = remote.worker("wendy", phone, human());
    let line = crate::stage::number(LINE);
    let customer = remote.stage.emulator.place_call(phone, &line);
    remote.first_offer_is(40, wendy, "rejected").await;
    assert!(remote.legs(phone).is_empty());
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_17_a_phone_that_cannot_be_called_is_rejected_and_the_supervisor_told(
    setting: Setting,
) {
    for code in [21_211, 21_215] {
        let setting = setting.clone().variable("DISPATCH_SUPERVISOR", SUE);
        let remote = Remote::with(setting);
        let wendy = remote.worker("wendy", HOME, Answer::Refused(code));
        let customer = remote.customer();
        remote.first_offer_is(20, wendy, "rejected").await;
        remote.seconds(3).await;
        assert_eq!(remote.cause(&remote.reservations(wendy)[0]), "failed");
        assert_eq!(remote.stage.emulator.inbox(SUE).len(), 1, "told once");
        assert!(remote.waits(customer));
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn d4_17_a_busy_twilio_is_asked_again_within_the_budget(setting: Setting) {
    for trouble in [
        RestTrouble::Answer(429, 20_429),
        RestTrouble::Answer(503, 20_503),
        RestTrouble::Refused,
    ] {
        let remote = Remote::with(setting.clone());
        let wendy = remote.worker("wendy", HOME, human());
        let fault = Fault::rest(trouble).method("POST").path("/Calls.json");
        remote.stage.emulator.weather().script(fault);
        let customer = remote.customer();
        remote.they_talk(60, customer).await;
        assert_eq!(remote.legs(HOME).len(), 1, "{trouble:?}");
        assert_eq!(remote.reservations(wendy).len(), 1, "{trouble:?}");
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn d4_18_a_leg_whose_making_was_not_confirmed_is_found_and_not_made_twice(
    setting: Setting,
) {
    for trouble in [RestTrouble::Lost, RestTrouble::LostHanging] {
        let remote = Remote::with(setting.clone());
        remote.worker("wendy", HOME, human());
        let fault = Fault::rest(trouble).method("POST").path("/Calls.json");
        remote.stage.emulator.weather().script(fault);
        let customer = remote.customer();
        remote.they_talk(60, customer).await;
        assert_eq!(remote.legs(HOME).len(), 1, "{trouble:?}: one leg");
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn d4_18_a_leg_that_was_not_made_is_made(setting: Setting) {
    let remote = Remote::with(setting.clone());
    remote.worker("wendy", HOME, human());
    let fault = Fault::rest(RestTrouble::Reset);
    let fault = fault.method("POST").path("/Calls.json");
    remote.stage.emulator.weather().script(fault);
    let customer = remote.customer();
    remote.they_talk(60, customer).await;
    assert_eq!(remote.legs(HOME).len(), 1);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_19_one_phone_rings_for_one_reservation_at_a_time(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker("wendy", HOME, human());
    let capacity = remote.stage.emulator.set_worker_capacity(wendy, "voice", 2);
    capacity.expect("a capacity");
    let (one, two) = (remote.customer(), remote.customer());
    remote
        .until(60, "one of them talks", || {
            remote.talks(one, HOME) || remote.talks(two, HOME)
        })
        .await;
    remote.seconds(60).await;
    let ringing = remote.legs(HOME).len();
    assert_eq!(ringing, 1, "the phone rang once");
    let waiting = [one, two].into_iter().filter(|it| remote.waits(*it));
    assert_eq!(waiting.count(), 1, "the other waits");
    let occupied = remote.reservations(wendy).into_iter();
    let occupied = occupied.filter(|it| it.status == "rejected");
    assert!(occupied.count() < 20, "and is not offered in circles");
    remote.stage.emulator.hang_up(one);
    remote.stage.emulator.hang_up(two);
    remote.curtain().await;
}

pub(super) async fn d4_26_misses_in_a_row_take_a_worker_off_the_line_and_tell_them(
    setting: Setting,
) {
    let setting = setting.clone().extra(Extra::Missed);
    let setting = setting
        .variable("DISPATCH_MISSES", "2")
        .variable("DISPATCH_COOL_DOWN", "other=10")
        .variable("DISPATCH_SUPERVISOR", SUE)
        .variable("DISPATCH_MISSED_TEXT", "Are you there?");
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    let customer = remote.customer();
    remote
        .until(200, "Wendy is on a break", || {
            remote.activity(wendy) == "On a break"
        })
        .await;
    remote.seconds(300).await;
    assert_eq!(remote.activity(wendy), "On a break", "until they say so");
    assert_eq!(remote.legs(HOME).len(), 2);
    let told = remote.stage.emulator.inbox(HOME);
    assert_eq!(told.len(), 1, "told once: {told:?}");
    assert_eq!(remote.stage.emulator.inbox(SUE).len(), 1);
    assert!(remote.waits(customer));
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_28_a_withheld_number_is_not_shown(setting: Setting) {
    for from in ["anonymous", "+17378742833", "+12562533"] {
        let remote = Remote::with(setting.clone().variable("DISPATCH_SHOW", "caller"));
        remote.worker("wendy", HOME, human());
        let line = crate::stage::number(LINE);
        let customer = remote.stage.emulator.place_call(from, &line);
        remote.they_talk(40, customer).await;
        assert_eq!(remote.leg(HOME).from, LINE, "{from}");
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn the_callers_number_is_shown_by_its_token(setting: Setting) {
    let remote = Remote::with(setting.clone().variable("DISPATCH_SHOW", "caller"));
    remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    assert_eq!(remote.leg(HOME).from, remote.call(customer).from);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

async fn d4_29(setting: Setting, screening: &str) {
    // The first answer does not arrive: Twilio asks the fallback address, which is ours, too.
    for trouble in [
        HookTrouble::Lost,
        HookTrouble::Refused,
        HookTrouble::Repeated(2),
    ] {
        let setting = setting.clone().variable("DISPATCH_SCREENING", screening);
        let remote = Remote::with(setting.replicas(2));
        let person = Pickup::human(Duration::from_secs(3)).presses(Duration::from_secs(4), "1");
        remote.worker("wendy", HOME, Answer::By(person));
        let fault = Fault::webhook(trouble).path("/assignment-callback");
        remote.stage.emulator.weather().script(fault);
        let customer = remote.customer();
        remote.they_talk(60, customer).await;
        remote.seconds(20).await;
        assert_eq!(remote.legs(HOME).len(), 1, "{screening} {trouble:?}");
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn d4_29_asked_again_through_the_fallback_makes_one_leg(setting: Setting) {
    for screening in ["amd", "both", "press1", "none"] {
        d4_29(setting.clone(), screening).await;
    }
}

pub(super) async fn a_worker_in_flex_is_left_to_flex(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let attributes = json!({ "contact_uri": "client:ann" });
    let ann = remote.stage.emulator.add_worker("ann", &attributes);
    let ann = ann.expect("a worker");
    let customer = remote.customer();
    remote.seconds(20).await;
    assert_eq!(remote.last(ann).status, "pending");
    assert!(
        remote.record(&remote.last(ann)).is_none(),
        "nothing is written"
    );
    assert!(remote.legs(ELSEWHERE).is_empty());
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn an_assignment_is_answered_in_time_whatever_twilio_does(setting: Setting) {
    for screening in ["amd", "press1"] {
        for trouble in [
            RestTrouble::Hang,
            RestTrouble::LostHanging,
            RestTrouble::Lost,
            RestTrouble::Answer(500, 20_500),
            RestTrouble::Answer(429, 54_009),
            RestTrouble::Slow(Duration::from_secs(4)),
        ] {
            let setting = setting.clone().variable("DISPATCH_SCREENING", screening);
            let remote = Remote::with(setting);
            remote
                .stage
                .emulator
                .workflow_callback(remote.workflow, None, None);
            let wendy = remote.worker("wendy", HOME, Answer::Never);
            let customer = remote.customer();
            remote.seconds(2).await;
            let (reservation, task) = (remote.last(wendy), remote.task(customer));
            let worker = json!({ "contact_uri": HOME }).to_string();
            let fields = [
                ("ReservationSid", reservation.sid.as_str()),
                ("TaskSid", task.sid.as_str()),
                ("WorkerSid", wendy.as_str()),
                ("WorkerAttributes", worker.as_str()),
                ("TaskAttributes", &task.attributes.to_string()),
            ];
            let weather = remote.stage.emulator.weather();
            weather.script(Fault::rest(trouble).times(100));
            let begun = tokio::time::Instant::now();
            let (status, body) = remote.asked("/assignment-callback", &fields).await;
            let took = begun.elapsed();
            assert_eq!(
                (status, body.as_str()),
                (200, "{}"),
                "{screening} {trouble:?}"
            );
            assert!(took < Duration::from_secs(4), "{trouble:?} took {took:?}");
            remote.seconds(5).await;
            remote.calm();
            // What remains is done, or given back.
            remote.seconds(60).await;
            let seen_to = !remote.legs(HOME).is_empty() || remote.last(wendy).status == "rejected";
            assert!(seen_to, "{screening} {trouble:?}");
            remote.stage.emulator.hang_up(customer);
            remote.curtain().await;
        }
    }
}
