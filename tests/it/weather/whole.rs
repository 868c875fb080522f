//! One random story of the whole center: callers dial the line, agents' own numbers, extensions and nobody's numbers, ask
//! to be called back, leave messages, hang up, many of them at once; agents answer, decline, park, pick up, go and come, call out; while
//! requests fail and processes die.
//!
//! When the weather has cleared, things settle, and whoever is still on the line is judged. Then everybody hangs up, and
//! once the last message can have been found, everybody's end is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use switchboard::{rng::Rng, twilio::sid::TaskSid};
use tokio::time::sleep;

use super::{
    centre::Centre,
    customers::{self, Customer, Wish},
    ends, judgement,
    story::Play,
    watch::Watch,
};
use crate::stage::plant_anywhere;

/// How long things are given to settle: longer than any queue keeps a caller of whom nobody will take care, and than
/// they then speak.
const SETTLING: Duration = Duration::from_mins(5);

/// How long after the last call ended the last message must have been found.
const FINDING: Duration = Duration::from_mins(13);

/// How often everything is looked at when nothing else happens.
const LOOK: Duration = Duration::from_secs(10);

/// A story, while it is played and when it is over.
pub(super) struct Whole {
    pub(super) play: Play,
    pub(super) customers: Vec<Customer>,
    pub(super) watch: Watch,
    /// Whether nothing fails and nobody dies.
    pub(super) calm: bool,
    /// Whether the server computes who is ready.
    pub(super) computed: bool,
    pub(super) declined: usize,
    pub(super) called_out: usize,
    /// Crowds of callers who left at once.
    pub(super) crowds: usize,
    /// Call-backs that were put into line again, and what was answered.
    pub(super) requeued: Arc<Mutex<Vec<(TaskSid, Value)>>>,
    pub(super) faults: Vec<String>,
}

/// Plays the story that belongs to a number, and judges it.
pub(super) async fn play(seed: u64) -> Whole {
    let mut whole = Whole::set(seed);
    let acts = 15 + whole.play.rng.below(45);
    for _ in 0..acts {
        whole.act();
        if whole.play.rng.below(12) == 0 {
            plant_anywhere(&whole.play.stage.emulator, &whole.play.rng);
        }
        let longest = match whole.play.rng.below(5) {
            0 => 40_000,
            _ => 5_000,
        };
        let pause = whole.play.rng.below(longest);
        sleep(Duration::from_millis(pause)).await;
        whole.watch.look(&whole.play.stage);
    }
    whole.play.clears_up().await;
    whole.time_passes(SETTLING).await;
    whole.faults = judgement::of(&whole.play);
    whole.everybody_goes_home().await;
    ends::judge(&mut whole).await;
    whole
}

impl Whole {
    fn set(seed: u64) -> Self {
        let rng = Rng::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 3);
        let centre = Centre::open(seed, &rng);
        let nobody = centre.nobody();
        let play = Play::new(centre.stage, rng, centre.agents);
        let trouble = play.bad_weather();
        let calm = trouble == 0.0 && play.rng.below(2) == 0;
        Self {
            play,
            customers: vec![],
            watch: Watch::new(nobody),
            calm,
            computed: centre.computed,
            declined: 0,
            called_out: 0,
            crowds: 0,
            requeued: Arc::default(),
            faults: vec![],
        }
    }

    fn act(&mut self) {
        match self.play.rng.below(54) {
            0..=9 => self.somebody_calls(customers::wish(&self.play.rng)),
            23 | 24 => self.somebody_declines(),
            25..=28 => self.play.somebody_parks(),
            29..=31 => self.play.somebody_picks_up(),
            32 => self.play.a_caller_hangs_up(),
            33 | 34 => self.play.an_agent_hangs_up(),
            35..=38 => self.somebody_finishes(),
            39 => self.somebody_goes("Offline"),
            40..=42 => self.somebody_goes("Available"),
            43 | 44 => self.somebody_calls_out(),
            45 => self.somebody_hears_messages(),
            46 | 47 if !self.calm => self.play.a_replica_dies(),
            48 | 49 => self.play.revive_one(),
            50 | 51 => self.play.a_replica_is_restarted(),
            52 | 53 => self.a_crowd_leaves_at_once(),
            _ => self.somebody_accepts(),
        }
    }

    fn somebody_calls(&mut self, wish: Wish) {
        let mut numbers = customers::numbers(self.customers.len());
        // Whoever was called calls back.
        let mut called = self.customers.iter().rev().filter(|it| it.wish.is_none());
        if wish == Wish::Shared
            && let Some(known) = called.next()
        {
            numbers.clone_from(&known.numbers);
        }
        let Play {
            stage,
            rng,
            leavers,
            hands,
            ..
        } = &mut self.play;
        let who = Customer::calls(&stage.emulator, rng, (wish, numbers), leavers, hands);
        self.play.callers.push(who.call);
        self.customers.push(who);
    }

    /// Several call a line at once and leave within a second or so, while the one who calls next stays for longer.
    fn a_crowd_leaves_at_once(&mut self) {
        self.crowds += 1;
        let wish = match self.play.rng.below(4) {
            0 => Wish::Closing,
            _ => Wish::Line,
        };
        for _ in 0..2 + self.play.rng.below(6) {
            self.somebody_calls(wish);
            let Some(call) = self.play.callers.last().copied() else {
                return;
            };
            let stays = Duration::from_millis(self.play.rng.below(1_500));
            let (emulator, leavers) = (self.play.stage.emulator.clone(), self.play.leavers.clone());
            self.play.hands.spawn(async move {
                sleep(stays).await;
                leavers.hang_up(&emulator, call);
            });
        }
        self.somebody_calls(wish);
    }

    async fn time_passes(&mut self, time: Duration) {
        let end = self.play.stage.emulator.now() + time;
        while self.play.stage.emulator.now() < end {
            sleep(LOOK).await;
            self.watch.look(&self.play.stage);
        }
        self.play.stage.emulator.settled().await;
    }

    /// Whoever is still on the line hangs up, and the agents write everything up. One replica is enough for the rest.
    async fn everybody_goes_home(&mut self) {
        for call in &self.play.callers {
            self.play.leavers.hang_up(&self.play.stage.emulator, *call);
        }
        sleep(LOOK).await;
        for agent in &self.play.agents {
            let _ = agent.hang_up();
        }
        sleep(LOOK).await;
        for agent in &self.play.agents {
            for task in agent.tasks() {
                let _ = agent.complete(task);
            }
        }
        self.play.stage.scale_in();
        self.time_passes(FINDING).await;
    }
}
