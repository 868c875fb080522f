//! What becomes of workers' legs is counted as it happened, once, under words of closed lists.

use switchboard::emulator::{Answer, HookTrouble};

use super::remote::{ELSEWHERE, HOME, Remote, human, mailbox};
use crate::stage::Setting;

/// What is counted of legs: placed, joined, withdrawn.
fn legs(remote: &Remote) -> [u64; 3] {
    ["placed", "joined", "withdrawn"].map(|outcome| {
        remote.stage.counted(&format!(
            "switchboard_worker_legs_total{{outcome=\"{outcome}\"}}"
        ))
    })
}

fn rejects(remote: &Remote, cause: &str) -> u64 {
    remote.stage.counted(&format!(
        "switchboard_worker_rejects_total{{cause=\"{cause}\"}}"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_a_person_and_a_caller_who_leaves_are_counted_once() {
    let remote = Remote::with(Setting::default());
    // Every report comes three times.
    let weather = remote.stage.emulator.weather();
    weather.always(HookTrouble::Repeated(2));
    let wendy = remote.worker("wendy", HOME, mailbox());
    let customer = remote.customer();
    remote.first_offer_is(70, wendy, "rejected").await;
    remote.seconds(20).await;
    assert_eq!(
        (legs(&remote), rejects(&remote, "machine")),
        ([1, 0, 0], 1),
        "a mailbox"
    );

    remote.worker("xaver", ELSEWHERE, human());
    remote
        .until(60, "they talk", || remote.talks(customer, ELSEWHERE))
        .await;
    assert_eq!(legs(&remote), [2, 0, 0], "a talk counts when it is over");
    remote.stage.emulator.hang_up(customer);
    remote.task_is_completed(60, customer).await;
    remote.seconds(20).await;
    assert_eq!(legs(&remote), [2, 1, 0], "a person");

    remote.stage.emulator.phone(HOME, Answer::Never);
    remote.stage.emulator.phone(ELSEWHERE, Answer::Never);
    let customer = remote.customer();
    let ringing = || remote.stage.counted("switchboard_worker_legs_ringing");
    remote
        .until(60, "the gauge sees it ring", || ringing() == 1)
        .await;
    remote.stage.emulator.hang_up(customer);
    remote.seconds(30).await;
    assert_eq!(ringing(), 0);
    assert_eq!(legs(&remote), [3, 1, 1], "a caller who leaves");
    assert_eq!(rejects(&remote, "machine"), 1);
    for cause in ["no-answer", "hung-up", "lost", "busy"] {
        assert_eq!(rejects(&remote, cause), 0, "{cause}");
    }
    weather.clear();
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn metrics_hold_no_numbers_and_no_sids() {
    let remote = Remote::with(Setting::default());
    let wendy = remote.worker("wendy", HOME, Answer::Busy);
    let customer = remote.customer();
    remote.first_offer_is(60, wendy, "rejected").await;
    remote.seconds(5).await;
    assert_eq!(rejects(&remote, "busy"), 1);
    let shown = remote.stage.metrics();
    for secret in [&HOME[1..], wendy.as_str(), customer.as_str()] {
        assert!(!shown.contains(secret), "{secret}");
    }
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}
