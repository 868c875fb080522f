//! The same stories again, with every webhook delivered three times, the copies late and out of order.

use switchboard::emulator::{Answer, Climate};

use super::{answers, endings, remote::Remote};
use crate::stage::{Phones, Setting};

/// Every webhook comes three times, its copies up to two seconds later: they overtake each other.
pub(super) fn thrice() -> Setting {
    Setting {
        phones: Phones {
            thrice: true,
            ..Phones::default()
        },
        replicas: 2,
        ..Setting::default()
    }
}

#[tokio::test(start_paused = true)]
async fn d4_15_thrice_a_human_is_joined_once() {
    answers::d4_01(thrice()).await;
}

#[tokio::test(start_paused = true)]
async fn d4_15_thrice_machines_busy_and_failed_are_rejected_once() {
    for machine in answers::machines() {
        answers::rejected(thrice(), machine, "machine").await;
    }
    for (answer, cause) in [
        (Answer::Busy, "busy"),
        (Answer::Never, "no-answer"),
        (Answer::Unreachable, "failed"),
    ] {
        let setting = thrice().variable("DISPATCH_COOL_DOWN", "other=60");
        answers::rejected(setting, answer, cause).await;
    }
}

#[tokio::test(start_paused = true)]
async fn d4_15_thrice_screening_ends_as_once() {
    answers::d4_05_unknown(thrice()).await;
    answers::d4_07(thrice()).await;
    answers::d4_25(thrice()).await;
}

#[tokio::test(start_paused = true)]
async fn d4_15_thrice_whoever_leaves_ends_the_leg() {
    endings::d4_10(thrice()).await;
    endings::d4_11(thrice()).await;
    endings::d4_12(thrice()).await;
    endings::d4_13(thrice()).await;
    endings::d4_21(thrice()).await;
}

#[tokio::test(start_paused = true)]
async fn any_weather_joins_one_or_none_and_leaves_nothing() {
    for seed in 1..=40 {
        let setting = Setting {
            seed,
            replicas: 2,
            ..Setting::default()
        };
        let remote = Remote::with(setting);
        let weather = remote.stage.emulator.weather();
        weather.random(Climate::even(0.04));
        remote.worker("wendy", super::remote::HOME, super::remote::human());
        remote.worker("xaver", super::remote::ELSEWHERE, super::remote::mailbox());
        let customer = remote.customer();
        remote.seconds(240).await;
        weather.clear();
        remote.seconds(120).await;
        remote.stage.emulator.hang_up(customer);
        remote.seconds(240).await;
        remote.curtain().await;
    }
}
