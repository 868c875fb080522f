//! What a worker hears before they are joined, and that a call does not wait for the words.

use std::time::Duration;

use switchboard::emulator::{Fault, Heard, RestTrouble};
use tokio::time::{Instant, sleep};

use super::remote::{HOME, LINE, Remote, human};
use crate::stage::Setting;

/// Words that take a question to TaskRouter.
const WORDS: &str = "A call for {queue}, from {caller}.";

/// The first words a worker hears who has been let through.
pub(super) async fn d4_28_a_whisper_names_the_queue_and_the_caller(setting: Setting) {
    for (from, caller) in [
        ("+13035550122", "1 3 0 3 5 5 5 0 1 2 2"),
        ("anonymous", "a withheld number"),
        ("+17378742833", "a withheld number"),
    ] {
        for screening in ["amd", "none"] {
            let setting = setting.clone().variable("DISPATCH_WHISPER", WORDS);
            let remote = Remote::with(setting.variable("DISPATCH_SCREENING", screening));
            remote.worker("wendy", HOME, human());
            let line = crate::stage::number(LINE);
            let customer = remote.stage.emulator.place_call(from, &line);
            remote.they_talk(40, customer).await;
            let whispered = format!("A call for Everyone, from {caller}.");
            let whispered = Heard::Words(whispered);
            let leg = remote.leg(HOME);
            assert_eq!(leg.from, LINE);
            assert!(leg.heard.contains(&whispered), "{:?}", leg.heard);
            let heard = remote.call(customer).heard;
            assert!(!heard.contains(&whispered), "the caller does not hear it");
            remote.stage.emulator.hang_up(customer);
            remote.curtain().await;
        }
    }
}

/// Waits until something is so, for less than the three seconds within which an assignment is answered.
async fn soon(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        sleep(Duration::from_millis(100)).await;
        let waited = begun.elapsed();
        assert!(
            waited < Duration::from_secs(2),
            "{what}: not within {waited:?}"
        );
    }
}

/// TaskRouter does not tell the queue's name in time: the phone rings all the same, and nothing is whispered.
pub(super) async fn d4_28_a_queue_whose_name_takes_long_does_not_keep_a_phone_from_ringing(
    setting: Setting,
) {
    for screening in ["amd", "none"] {
        let setting = setting.clone().variable("DISPATCH_WHISPER", WORDS);
        let remote = Remote::with(setting.variable("DISPATCH_SCREENING", screening));
        let slow = Fault::rest(RestTrouble::Slow(Duration::from_secs(10)));
        let slow = slow.method("GET").path("/TaskQueues/").times(1_000);
        remote.stage.emulator.weather().script(slow);
        let wendy = remote.worker("wendy", HOME, human());
        let customer = remote.customer();
        let offered = || !remote.reservations(wendy).is_empty();
        soon(&format!("{screening}: offered"), offered).await;
        let placed = || !remote.legs(HOME).is_empty();
        soon(&format!("{screening}: a leg"), placed).await;
        remote.they_talk(40, customer).await;
        let heard = remote.leg(HOME).heard;
        let whispered =
            |it: &Heard| matches!(it, Heard::Words(words) if words.starts_with("A call"));
        assert!(!heard.iter().any(whispered), "{screening}: {heard:?}");
        remote.stage.emulator.hang_up(customer);
        remote.calm();
        remote.curtain().await;
    }
}
