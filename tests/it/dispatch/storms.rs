//! Whole days: callers, phones that misbehave, crashes and bad weather. `DISPATCH_DAYS` of them are played, and
//! `DISPATCH_CROWDS` of those on which most callers leave at once, from `DISPATCH_FROM` on.

use std::time::Duration;

use switchboard::{
    emulator::{Answer, CallStatus, CallView, Climate, Pickup},
    rng::Rng,
    twilio::sid::WorkerSid,
};

use super::remote::{ELSEWHERE, HOME, Remote, hears_somebody, mailbox};
use crate::stage::{
    Setting,
    many::{number, wanted},
};

/// How long something that is no longer wanted may go on, in seconds: two passes of the reconciler and its patience.
const TOO_LONG: u32 = 90;

/// What is watched second by second, whatever the weather does.
struct Watch {
    seed: u64,
    in_vain: u32,
}

impl Watch {
    /// One second passes, and nothing that must never be is.
    async fn second(&mut self, remote: &Remote, wendy: WorkerSid) {
        remote.seconds(1).await;
        let reservations = remote.stage.emulator.reservations();
        for task in remote.stage.emulator.tasks() {
            let taken = ["accepted", "wrapping", "completed"];
            let taken = reservations
                .iter()
                .filter(|it| it.task == task.sid && taken.contains(&it.status));
            assert!(taken.count() <= 1, "two workers took one caller");
        }
        let mailbox = remote.legs(ELSEWHERE);
        assert!(
            !mailbox.iter().any(hears_somebody),
            "a caller heard a mailbox"
        );
        // A phone that rings although nothing is offered to its worker rings for nobody.
        let offered = reservations
            .iter()
            .any(|it| it.worker == wendy && it.status == "pending");
        let rings = |leg: &CallView| matches!(leg.status, CallStatus::Queued | CallStatus::Ringing);
        let rings = remote.legs(HOME).iter().filter(|leg| rings(leg)).count();
        let journal = || remote.stage.emulator.journal();
        assert!(
            rings <= 1,
            "seed {}: one phone rings twice\n{}",
            self.seed,
            journal()
        );
        self.in_vain = if rings > 0 && !offered {
            self.in_vain + 1
        } else {
            0
        };
        assert!(
            self.in_vain < TOO_LONG,
            "seed {}: rings for nobody\n{}",
            self.seed,
            journal()
        );
    }

    async fn seconds(&mut self, remote: &Remote, wendy: WorkerSid, seconds: u64) {
        for _ in 0..seconds {
            self.second(remote, wendy).await;
        }
    }
}

/// Callers come and go, one worker is a person, one a mailbox, replicas die, and requests and webhooks fare ill.
async fn a_day(seed: u64) {
    let setting = Setting {
        seed,
        replicas: 2,
        ..Setting::default()
    };
    let screening = ["amd", "both", "press1"][usize::try_from(seed % 3).expect("small")];
    let remote = Remote::with(setting.variable("DISPATCH_SCREENING", screening));
    let rng = Rng::seeded(seed);
    let person = Pickup::human(Duration::from_secs(2 + rng.below(14)));
    let person = person.presses(Duration::from_secs(6), "1");
    let wendy = remote.worker("wendy", HOME, Answer::By(person));
    remote.worker("xaver", ELSEWHERE, mailbox());
    let weather = remote.stage.emulator.weather();
    weather.random(Climate::even(0.05));
    let mut watch = Watch { seed, in_vain: 0 };
    for _ in 0..3 {
        let victim = usize::from(rng.below(2) == 0);
        let step = u32::try_from(1 + rng.below(12)).expect("small");
        remote.stage.kill_at(victim, step, rng.below(2) == 0);
        let customer = remote.customer();
        watch.seconds(&remote, wendy, 20 + rng.below(80)).await;
        remote.stage.start(victim);
        watch.seconds(&remote, wendy, rng.below(60)).await;
        remote.stage.emulator.hang_up(customer);
        watch.seconds(&remote, wendy, rng.below(40)).await;
    }
    weather.clear();
    watch.seconds(&remote, wendy, 240).await;
    remote.evening(wendy).await;
}

#[tokio::test(start_paused = true)]
async fn whatever_the_weather_one_or_none_is_joined_and_nothing_is_left() {
    let from = number("DISPATCH_FROM").unwrap_or(1);
    let days = wanted("DISPATCH_DAYS");
    for seed in from..from + days {
        a_day(seed).await;
    }
}

/// Crowds of callers of whom all but one leave within a second or so, in bad weather, while replicas die.
async fn a_crowded_day(seed: u64) {
    let screening = ["amd", "press1", "both", "none"][usize::try_from(seed % 4).expect("small")];
    let mut setting = Setting {
        seed,
        replicas: 2,
        ..Setting::default()
    };
    if seed % 8 < 4 {
        setting = setting.conference();
    }
    let remote = Remote::with(setting.variable("DISPATCH_SCREENING", screening));
    let rng = Rng::seeded(seed);
    let person = Pickup::human(Duration::from_secs(1 + rng.below(4)));
    let person = person.presses(Duration::from_secs(6), "1");
    let wendy = remote.worker("wendy", HOME, Answer::By(person));
    let weather = remote.stage.emulator.weather();
    let trouble = [0.0, 0.02, 0.05][usize::try_from(rng.below(3)).expect("small")];
    weather.random(Climate::even(trouble));
    let mut watch = Watch { seed, in_vain: 0 };
    for _ in 0..3 {
        let victim = usize::from(rng.below(2) == 0);
        let step = u32::try_from(1 + rng.below(40)).expect("small");
        remote.stage.kill_at(victim, step, rng.below(2) == 0);
        for _ in 0..3 + rng.below(5) {
            let leaver = remote.customer();
            let stays = Duration::from_millis(rng.below(1_500));
            tokio::time::sleep(stays).await;
            remote.stage.emulator.hang_up(leaver);
        }
        let stays = remote.customer();
        watch.seconds(&remote, wendy, 20 + rng.below(40)).await;
        remote.stage.start(victim);
        watch.seconds(&remote, wendy, rng.below(60)).await;
        remote.stage.emulator.hang_up(stays);
        watch.seconds(&remote, wendy, rng.below(5)).await;
    }
    weather.clear();
    watch.seconds(&remote, wendy, 240).await;
    remote.evening(wendy).await;
}

#[tokio::test(start_paused = true)]
async fn whatever_the_weather_crowds_who_leave_at_once_leave_nothing_behind() {
    let from = number("DISPATCH_FROM").unwrap_or(1);
    let days = wanted("DISPATCH_CROWDS");
    for seed in from..from + days {
        a_crowded_day(seed).await;
    }
}
