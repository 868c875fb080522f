//! Callers who leave while a phone rings for them, and the callers behind them: the worker is free, so the next one is
//! offered to her at once.

use std::time::Duration;

use switchboard::{
    emulator::{Answer, CallView, Fault, HookTrouble, Pickup, RestTrouble},
    twilio::sid::{CallSid, WorkerSid},
};

use super::remote::{HOME, Remote};
use crate::stage::{Setting, many::Part};

/// Every way in which a worker shows that they are no mailbox.
const SCREENINGS: [&str; 4] = ["amd", "press1", "both", "none"];

/// Both ways in which they meet callers, under every screening.
fn everywhere() -> impl Iterator<Item = (String, Setting)> {
    let ways = [
        ("queue", Setting::default()),
        ("conference", Setting::default().conference()),
    ];
    ways.into_iter().flat_map(|(connect, setting)| {
        SCREENINGS.into_iter().map(move |screening| {
            let setting = setting.clone().variable("DISPATCH_SCREENING", screening);
            (format!("{screening}, {connect}"), setting)
        })
    })
}

/// A person who answers after two seconds, and presses the key where they are asked to.
fn wendy_answers() -> Answer {
    let person = Pickup::human(Duration::from_secs(2));
    Answer::By(person.presses(Duration::from_secs(3), "1"))
}

/// Watches that the worker stays on line, and that her phone never rings for two at once.
struct Watch<'a> {
    remote: &'a Remote,
    wendy: WorkerSid,
    what: &'a str,
}

impl Watch<'_> {
    fn look(&self) {
        let journal = || self.remote.stage.emulator.journal();
        let activity = self.remote.activity(self.wendy);
        assert_eq!(activity, "Available", "{}\n{}", self.what, journal());
        let legs = self.remote.legs(HOME).into_iter();
        let live = legs.filter(|leg| !leg.status.is_final()).count();
        assert!(
            live <= 1,
            "{}: {live} legs to one phone\n{}",
            self.what,
            journal()
        );
    }

    async fn passes(&self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        loop {
            self.look();
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_millis(100))).await;
        }
    }

    /// Waits until something is so, and gives how long it took.
    async fn until(&self, most: Duration, why: &str, so: impl Fn() -> bool) -> Duration {
        let begun = tokio::time::Instant::now();
        while !so() {
            let journal = || self.remote.stage.emulator.journal();
            assert!(
                begun.elapsed() < most,
                "{}: {why}\n{}",
                self.what,
                journal()
            );
            self.passes(Duration::from_millis(100)).await;
        }
        begun.elapsed()
    }
}

/// The leg that rings now, if one does.
fn live(remote: &Remote) -> Option<CallView> {
    let mut legs = remote.legs(HOME).into_iter();
    legs.rfind(|leg| !leg.status.is_final())
}

/// Two callers wait for one worker; the first hangs up at some moment of the call to her.
async fn the_first_leaves(what: &str, setting: Setting, after: Duration) {
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, wendy_answers());
    let watch = Watch {
        remote: &remote,
        wendy,
        what,
    };
    let first = remote.customer();
    remote
        .until(5, "the first is offered", || {
            !remote.reservations(wendy).is_empty()
        })
        .await;
    let second = remote.customer();
    watch.passes(after).await;
    remote.stage.emulator.hang_up(first);
    let before = remote.legs(HOME).len();
    let rings = || {
        let again = live(&remote).is_some() && remote.legs(HOME).len() > before;
        again || remote.talks(second, HOME)
    };
    watch
        .until(
            Duration::from_secs(4),
            "her phone rings for the second",
            rings,
        )
        .await;
    let talk = || remote.talks(second, HOME);
    watch
        .until(Duration::from_secs(12), "the second is served", talk)
        .await;
    remote.stage.emulator.hang_up(second);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_caller_is_offered_at_once_whenever_the_first_hangs_up() {
    let mut part = Part::of_a_matrix();
    for (what, setting) in everywhere() {
        for moment in (0..8_000).step_by(250).filter(|_| !part.skips()) {
            let what = format!("{what}, after {moment} ms");
            the_first_leaves(&what, setting.clone(), Duration::from_millis(moment)).await;
        }
    }
}

/// Seven callers leave within a second of being offered; the eighth stays.
async fn seven_leave(what: &str, setting: Setting, after: Duration) {
    let remote = Remote::with(setting);
    let callers: Vec<CallSid> = (0..8).map(|_| remote.customer()).collect();
    remote.seconds(2).await;
    let wendy = remote.worker("wendy", HOME, wendy_answers());
    let watch = Watch {
        remote: &remote,
        wendy,
        what,
    };
    let (last, leavers) = callers.split_last().expect("eight");
    for leaver in leavers {
        let task = remote.task(*leaver).sid;
        let offered = || remote.reservations(wendy).iter().any(|it| it.task == task);
        watch
            .until(Duration::from_secs(6), "the next is offered", offered)
            .await;
        watch.passes(after).await;
        remote.stage.emulator.hang_up(*leaver);
    }
    let talk = || remote.talks(*last, HOME);
    watch
        .until(Duration::from_secs(15), "the eighth is served", talk)
        .await;
    watch.passes(Duration::from_secs(40)).await;
    assert!(remote.talks(*last, HOME), "{what}: nobody ends their talk");
    remote.stage.emulator.hang_up(*last);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_eighth_caller_is_served_after_seven_who_left_at_once() {
    let mut part = Part::of_a_matrix();
    for (what, setting) in everywhere() {
        let moments = [0, 50, 100, 200, 350, 500, 700, 900].into_iter();
        for moment in moments.filter(|_| !part.skips()) {
            let what = format!("{what}, after {moment} ms");
            seven_leave(&what, setting.clone(), Duration::from_millis(moment)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_eighth_caller_is_served_although_every_report_comes_thrice_and_late() {
    let mut part = Part::of_a_matrix();
    for (what, setting) in everywhere() {
        let moments = [0, 300, 900].into_iter();
        for moment in moments.filter(|_| !part.skips()) {
            let what = format!("{what}, thrice, after {moment} ms");
            seven_leave(
                &what,
                setting.clone().thrice(),
                Duration::from_millis(moment),
            )
            .await;
        }
    }
}

/// Twilio dials her for the first caller, its answer is lost, and so is the leg's first report: which call the leg is, no
/// replica knows when the first caller leaves and the second is offered.
async fn the_first_leaves_unconfirmed(what: &str, setting: Setting, after: Duration) {
    let remote = Remote::with(setting);
    let weather = remote.stage.emulator.weather();
    let unanswered = Fault::rest(RestTrouble::Lost).method("POST");
    weather.script(unanswered.path("/Calls.json"));
    weather.script(Fault::webhook(HookTrouble::Dropped).path("/dispatch/status"));
    let wendy = remote.worker("wendy", HOME, wendy_answers());
    let watch = Watch {
        remote: &remote,
        wendy,
        what,
    };
    let first = remote.customer();
    let rings = || !remote.legs(HOME).is_empty();
    remote
        .until(5, "her phone rings for the first", rings)
        .await;
    let second = remote.customer();
    watch.passes(after).await;
    remote.stage.emulator.hang_up(first);
    let talk = || remote.talks(second, HOME);
    watch
        .until(Duration::from_secs(20), "the second is served", talk)
        .await;
    remote.stage.emulator.hang_up(second);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn her_phone_rings_once_although_no_replica_knows_which_call_rang_for_the_first() {
    // Where a conference is joined unscreened, TaskRouter dials by itself, and we ask Twilio for no leg.
    let dialed_by_us = everywhere().filter(|(what, _)| what != "none, conference");
    let mut part = Part::of_a_matrix();
    for (what, setting) in dialed_by_us {
        for moment in (0..2_000).step_by(250).filter(|_| !part.skips()) {
            let what = format!("{what}, unconfirmed, after {moment} ms");
            let after = Duration::from_millis(moment);
            the_first_leaves_unconfirmed(&what, setting.clone(), after).await;
        }
    }
}
