//! Who answers, and what becomes of it.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Answer, CallStatus, Callee, GreetingEnd, Heard, Pickup};

use super::remote::{HOME, Remote, hears_somebody, human, mailbox};
use crate::stage::{Extra, Setting};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) async fn d4_01_human_in_time_is_joined_once(setting: Setting) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, human());
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    assert_eq!(remote.legs(HOME).len(), 1, "one leg");
    let reservations = remote.reservations(wendy);
    assert_eq!(reservations.len(), 1);
    assert_eq!(reservations[0].status, "accepted");
    // They talk for a while, longer than anything of ours is patient.
    remote.seconds(300).await;
    assert!(remote.talks(customer, HOME), "they still talk");
    remote.stage.emulator.hang_up(customer);
    remote.task_is_completed(40, customer).await;
    assert!(remote.leg(HOME).status.is_final());
    assert_eq!(remote.activity(wendy), "Available");
    remote.curtain().await;
}

/// Whatever answers is rejected, once, with its cause, and the customer never hears it.
async fn rejected(setting: Setting, answer: Answer, cause: &str) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, answer.clone());
    let customer = remote.customer();
    remote.first_offer_is(70, wendy, "rejected").await;
    remote.seconds(5).await;
    let reservation = remote.reservations(wendy)[0].clone();
    assert_eq!(remote.rejects(&reservation), 1, "{answer:?}: once");
    assert_eq!(remote.cause(&reservation), cause, "{answer:?}");
    assert!(remote.waits(customer), "{answer:?}: the customer waits on");
    assert_eq!(remote.activity(wendy), "Cooling down", "{answer:?}");
    assert_eq!(remote.legs(HOME).len(), 1, "{answer:?}: one leg");
    assert!(remote.leg(HOME).status.is_final(), "{answer:?}: it ended");
    assert!(!hears_somebody(&remote.call(customer)), "{answer:?}");
    remote.stage.emulator.hang_up(customer);
    remote
        .until(200, "Wendy comes back", || {
            remote.activity(wendy) == "Available"
        })
        .await;
    remote.curtain().await;
}

fn machines() -> [Answer; 4] {
    let after = |greeting: u64, end: GreetingEnd| {
        let greeting = seconds(greeting);
        Answer::By(Pickup::new(seconds(4), Callee::Machine { greeting, end }))
    };
    [
        mailbox(),
        after(15, GreetingEnd::Beep),
        after(15, GreetingEnd::Silence),
        after(15, GreetingEnd::Other),
    ]
}

pub(super) async fn d4_04_every_machine_is_rejected_once_and_hung_up(setting: Setting) {
    for machine in machines() {
        rejected(setting.clone(), machine, "machine").await;
    }
}

pub(super) async fn d4_05_a_fax_is_rejected(setting: Setting) {
    let fax = Answer::By(Pickup::new(seconds(3), Callee::Fax));
    rejected(setting.clone(), fax, "fax").await;
}

pub(super) async fn d4_05_unknown_is_asked_for_a_key(setting: Setting) {
    let remote = Remote::with(setting);
    let silent = Pickup::human(seconds(3)).taken_for(Callee::Silence);
    remote.worker("wendy", HOME, Answer::By(silent));
    let customer = remote.customer();
    let asked = |it: &Heard| matches!(it, Heard::Words(words) if words.contains("Press 1"));
    remote
        .until(40, "a key is asked for", || {
            remote
                .legs(HOME)
                .first()
                .is_some_and(|leg| leg.heard.iter().any(asked))
        })
        .await;
    assert!(!remote.talks(customer, HOME), "not yet");
    let leg = remote.leg(HOME).sid;
    remote.stage.emulator.press(leg, "1");
    remote.they_talk(10, customer).await;
    remote.stage.emulator.hang_up(leg);
    remote.curtain().await;
}

pub(super) async fn d4_05_unknown_is_joined_or_rejected_by_policy(setting: Setting) {
    let silent = Answer::By(Pickup::human(seconds(3)).taken_for(Callee::Silence));
    let policy = |policy: &str| setting.clone().variable("DISPATCH_DOUBT", policy);
    rejected(policy("reject"), silent.clone(), "machine").await;
    let remote = Remote::with(policy("join"));
    remote.worker("wendy", HOME, silent);
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// A mailbox that Twilio takes for a person is joined under `amd`: only a key is certain.
pub(super) async fn d4_06_a_mailbox_that_sounds_human_presses_no_key(setting: Setting) {
    for screening in ["press1", "both"] {
        let setting = setting.clone().variable("DISPATCH_SCREENING", screening);
        let mailbox = Pickup::mailbox(seconds(5), seconds(12)).taken_for(Callee::Human);
        rejected(setting, Answer::By(mailbox), "silent").await;
    }
}

pub(super) async fn d4_07_a_person_taken_for_a_machine_wins_with_a_key(setting: Setting) {
    let remote = Remote::with(setting.variable("DISPATCH_SCREENING", "both"));
    let person = Pickup::human(seconds(3)).taken_for(Callee::Machine {
        greeting: seconds(20),
        end: GreetingEnd::Beep,
    });
    // They press at once; Twilio's verdict comes later and counts for nothing.
    let person = person.presses(seconds(1), "1");
    let wendy = remote.worker("wendy", HOME, Answer::By(person));
    let customer = remote.customer();
    remote.they_talk(30, customer).await;
    remote.seconds(60).await;
    assert!(remote.talks(customer, HOME), "the verdict changed nothing");
    assert_eq!(remote.last(wendy).status, "accepted");
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_08_the_worker_hangs_up_before_they_are_joined(setting: Setting) {
    // While Twilio listens, and at the prompt.
    let silent = || Pickup::human(seconds(3)).taken_for(Callee::Silence);
    for pickup in [
        silent().hangs_up(seconds(2)),
        silent().hangs_up(seconds(12)),
    ] {
        rejected(setting.clone(), Answer::By(pickup), "hung-up").await;
    }
}

pub(super) async fn d4_09_busy_no_answer_and_failed_are_rejected_by_their_cause(setting: Setting) {
    for (answer, cause) in [
        (Answer::Busy, "busy"),
        (Answer::Never, "no-answer"),
        (Answer::Unreachable, "failed"),
    ] {
        let setting = setting.clone().variable("DISPATCH_COOL_DOWN", "other=60");
        rejected(setting, answer, cause).await;
    }
}

pub(super) async fn d4_09_the_cool_down_is_as_long_as_its_cause_deserves(setting: Setting) {
    for (answer, least, most) in [(Answer::Busy, 20, 60), (Answer::Never, 290, 330)] {
        let setting = setting
            .clone()
            .variable("DISPATCH_COOL_DOWN", "busy=20,no-answer=290");
        let remote = Remote::with(setting);
        let wendy = remote.worker("wendy", HOME, answer);
        let customer = remote.customer();
        remote
            .until(60, "Wendy cools down", || {
                remote.activity(wendy) == "Cooling down"
            })
            .await;
        let from = remote.stage.emulator.now();
        remote.stage.emulator.hang_up(customer);
        remote
            .until(400, "Wendy is back", || {
                remote.activity(wendy) == "Available"
            })
            .await;
        let took = remote.stage.emulator.now().duration_since(from).as_secs();
        assert!((least..=most).contains(&took), "{took} s");
        remote.curtain().await;
    }
}

pub(super) async fn d4_14_machine_and_hang_up_in_both_orders_reject_once(setting: Setting) {
    // The verdict comes with the prompt playing; the leg ends in the same moment, before or after.
    for late in [0, 3] {
        let setting = setting.clone().variable("DISPATCH_SCREENING", "both");
        let remote = Remote::with(setting);
        let mailbox = Pickup::mailbox(seconds(3), seconds(12));
        let wendy = remote.worker("wendy", HOME, Answer::By(mailbox));
        let path = if late == 0 {
            "/dispatch/amd"
        } else {
            "/dispatch/status"
        };
        let delayed = switchboard::emulator::HookTrouble::Delayed(seconds(4));
        let fault = switchboard::emulator::Fault::webhook(delayed).path(path);
        remote.stage.emulator.weather().script(fault);
        let customer = remote.customer();
        remote.first_offer_is(60, wendy, "rejected").await;
        remote.seconds(15).await;
        let reservation = remote.reservations(wendy)[0].clone();
        assert_eq!(remote.rejects(&reservation), 1);
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}

pub(super) async fn d4_25_pressing_2_passes_and_does_not_go_off_line(setting: Setting) {
    let remote = Remote::with(setting.variable("DISPATCH_SCREENING", "press1"));
    let busy = Pickup::human(seconds(3)).presses(seconds(4), "2");
    let wendy = remote.worker("wendy", HOME, Answer::By(busy));
    let customer = remote.customer();
    remote
        .until(40, "Wendy passes", || {
            remote.activity(wendy) == "Cooling down"
        })
        .await;
    remote.seconds(3).await;
    let reservation = remote.reservations(wendy)[0].clone();
    assert_eq!(remote.rejects(&reservation), 1);
    assert_eq!(remote.cause(&reservation), "declined");
    assert!(remote.waits(customer));
    remote.stage.emulator.hang_up(customer);
    remote
        .until(300, "Wendy is back", || {
            remote.activity(wendy) == "Available"
        })
        .await;
    remote.curtain().await;
}

pub(super) async fn a_wrong_key_is_told_and_asked_again_and_three_times_nothing_rejects(
    setting: Setting,
) {
    let setting = || setting.clone().variable("DISPATCH_SCREENING", "press1");
    let remote = Remote::with(setting());
    let clumsy = Pickup::human(seconds(3))
        .presses(seconds(2), "7")
        .presses(seconds(9), "1");
    remote.worker("wendy", HOME, Answer::By(clumsy));
    let customer = remote.customer();
    remote.they_talk(40, customer).await;
    let told = |it: &Heard| matches!(it, Heard::Words(words) if words.contains("does nothing"));
    assert!(remote.leg(HOME).heard.iter().any(told));
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;

    rejected(setting(), human(), "silent").await;
}

pub(super) async fn a_worker_may_choose_to_be_joined_at_once(setting: Setting) {
    let remote = Remote::with(setting.clone());
    let wendy = remote.worker_with("wendy", HOME, human(), &json!({ "screening": "none" }));
    let customer = remote.customer();
    remote.they_talk(20, customer).await;
    assert_eq!(remote.last(wendy).status, "accepted");
    let asked = remote.stage.emulator.exchanges();
    let created = asked
        .iter()
        .filter(|it| it.method == "POST" && it.path.ends_with("/Calls.json"));
    // In a conference TaskRouter does everything by itself.
    let ours = usize::from(!remote.confers());
    assert_eq!((created.count(), remote.legs(HOME).len()), (ours, 1));
    assert_eq!(remote.call(customer).status, CallStatus::InProgress);
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

pub(super) async fn d4_26_a_worker_who_was_there_begins_to_miss_anew(setting: Setting) {
    let setting = setting.clone().extra(Extra::Missed);
    let setting = setting
        .variable("DISPATCH_MISSES", "2")
        .variable("DISPATCH_COOL_DOWN", "other=5");
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    for _ in 0..3 {
        remote.stage.emulator.phone(HOME, Answer::Never);
        let customer = remote.customer();
        remote
            .until(60, "a miss", || remote.activity(wendy) == "Cooling down")
            .await;
        remote.stage.emulator.phone(HOME, human());
        remote.they_talk(90, customer).await;
        remote.stage.emulator.hang_up(customer);
        remote.seconds(10).await;
        assert_eq!(remote.activity(wendy), "Available", "one in a row");
    }
    assert!(remote.stage.emulator.inbox(HOME).is_empty());
    remote.curtain().await;
}
