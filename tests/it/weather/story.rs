//! One random story: people call, park, pick up and hang up, often at once, while requests fail and processes die.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use switchboard::{
    emulator::{Browser, Climate, Emulator, EndedTasks},
    rng::Rng,
    twilio::sid::CallSid,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::stage::{DIRECT_LINE, MAIN_LINE, PUBLIC_URL, Setting, Stage, number, plant_anywhere};

/// How long things are given to settle once the weather has cleared: a minute to mend, and the time after which a
/// claim must have taken effect.
const SETTLING: Duration = Duration::from_secs(150);

/// How long a restart takes at most.
const RESTART: Duration = Duration::from_secs(45);

/// How many processes there are.
pub(super) const REPLICAS: usize = 3;

/// What people did that went well, told by the tasks in which they did it.
#[derive(Clone, Default)]
struct Deeds(Arc<Mutex<(usize, usize)>>);

/// Who hung up of their own accord, told by the tasks in which they did it.
#[derive(Clone, Default)]
pub(super) struct Leavers(Arc<Mutex<HashSet<CallSid>>>);

impl Leavers {
    /// Somebody hangs up, unless their call is over.
    pub(super) fn hang_up(&self, emulator: &Emulator, call: CallSid) {
        if emulator.call(call).is_some_and(|it| !it.status.is_final()) {
            self.0.lock().unwrap().insert(call);
            emulator.hang_up(call);
        }
    }

    pub(super) fn has(&self, call: CallSid) -> bool {
        self.0.lock().unwrap().contains(&call)
    }
}

/// A story, while it is played and when it is over.
pub(super) struct Play {
    pub(super) stage: Stage,
    pub(super) rng: Rng,
    pub(super) agents: Vec<Browser>,
    pub(super) callers: Vec<CallSid>,
    pub(super) crashes: usize,
    pub(super) restarts: usize,
    pub(super) leavers: Leavers,
    pub(super) hands: JoinSet<()>,
    alive: [bool; REPLICAS],
    /// The replica that is being restarted, and when that is over at the latest.
    leaving: Option<(usize, Instant)>,
    deeds: Deeds,
}

/// Plays the story that belongs to a number.
pub(super) async fn play(seed: u64) -> Play {
    let mut play = set(seed);
    let acts = 8 + play.rng.below(25);
    for _ in 0..acts {
        play.act();
        // A version that was rolled back has left a record that nobody can read.
        if play.rng.below(8) == 0 {
            plant_anywhere(&play.stage.emulator, &play.rng);
        }
        let pause = play.rng.below(if play.rng.below(4) == 0 {
            45_000
        } else {
            4_000
        });
        sleep(Duration::from_millis(pause)).await;
    }
    play.clears_up().await;
    sleep(SETTLING).await;
    play.stage.emulator.settled().await;
    play
}

fn set(seed: u64) -> Play {
    let rng = Rng::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let mut setting = Setting {
        seed,
        replicas: REPLICAS,
        ended_tasks: EndedTasks::Either,
        ..Setting::default()
    };
    if rng.below(3) == 0 {
        setting = setting
            .variable("PARK_TIMEOUT", "40")
            .variable("PARK_RETURN_RING", "15");
    }
    if rng.below(4) == 0 {
        setting = setting
            .variable("HOLD_ROUND_SECONDS", "30")
            .variable("PARK_LIMIT", "2");
    }
    // In every second story the server computes who is ready for the next call.
    let computed = seed % 2 == 1;
    if computed {
        setting = setting.variable("AVAILABILITY", "server");
    }
    let stage = setting.stage();
    if computed {
        let events = format!("{PUBLIC_URL}/taskrouter-events");
        stage.emulator.events_to(Some(&events), None);
    }
    // She takes calls from the line, too.
    let sue = stage.worker("sue", &json!({ "roles": ["supervisor"] }));
    let agents = vec![stage.agent("ann"), stage.agent("bob"), sue];
    let play = Play::new(stage, rng, agents);
    play.bad_weather();
    play
}

impl Play {
    pub(super) fn new(stage: Stage, rng: Rng, agents: Vec<Browser>) -> Self {
        Self {
            stage,
            rng,
            agents,
            callers: vec![],
            crashes: 0,
            restarts: 0,
            leavers: Leavers::default(),
            hands: JoinSet::new(),
            alive: [true; REPLICAS],
            leaving: None,
            deeds: Deeds::default(),
        }
    }

    /// Every kind of trouble is as likely as every other; how likely, or whether there is any, depends on the story.
    pub(super) fn bad_weather(&self) -> f64 {
        let trouble = [0.0, 0.005, 0.02, 0.06, 0.12];
        let trouble = trouble[usize::try_from(self.rng.below(5)).unwrap_or(0)];
        let weather = self.stage.emulator.weather();
        weather.random(Climate::even(trouble));
        trouble
    }

    /// Nothing fails any more, all replicas live, and whatever was begun is done.
    pub(super) async fn clears_up(&mut self) {
        self.stage.emulator.weather().clear();
        for place in 0..REPLICAS {
            self.revive(place);
        }
        while self.hands.join_next().await.is_some() {}
    }

    pub(super) fn transcript(&self) -> String {
        self.stage.emulator.journal().to_string()
    }

    /// How many calls were parked, and how many picked up.
    pub(super) fn parks_and_pick_ups(&self) -> (usize, usize) {
        *self.deeds.0.lock().unwrap()
    }

    pub(super) fn one<T: Clone>(&self, of: &[T]) -> Option<T> {
        let index = usize::try_from(self.rng.below(of.len() as u64)).unwrap_or(0);
        of.get(index).cloned()
    }

    fn act(&mut self) {
        match self.rng.below(22) {
            0..=3 => self.somebody_calls(),
            4..=6 => self.somebody_accepts(),
            7..=10 => self.somebody_parks(),
            11..=13 => self.somebody_picks_up(),
            14 | 15 => self.a_caller_hangs_up(),
            16 => self.an_agent_hangs_up(),
            17 | 18 => self.a_replica_dies(),
            19 | 20 => self.a_replica_is_restarted(),
            _ => self.revive_one(),
        }
    }

    fn somebody_calls(&mut self) {
        let line = if self.rng.below(3) == 0 {
            DIRECT_LINE
        } else {
            MAIN_LINE
        };
        let from = format!("+1303555{:04}", self.callers.len());
        self.callers
            .push(self.stage.emulator.place_call(&from, &number(line)));
        // Most callers are answered at once; the rest wait for somebody to accept.
        self.somebody_accepts();
    }

    fn somebody_accepts(&mut self) {
        let agents = self.agents.clone();
        self.hands.spawn(async move {
            sleep(Duration::from_millis(700)).await;
            for agent in agents {
                if let Some(offer) = agent.offers().first() {
                    let _ = agent.accept(*offer).await;
                }
            }
        });
    }

    pub(super) fn somebody_parks(&mut self) {
        let busy: Vec<_> = self
            .agents
            .iter()
            .filter(|agent| agent.live().is_some())
            .cloned()
            .collect();
        let Some(agent) = self.one(&busy) else { return };
        // Sometimes two tabs do it at once.
        for _ in 0..=u64::from(self.rng.below(5) == 0) {
            let (agent, deeds) = (agent.clone(), self.deeds.clone());
            let Some(task) = agent.live() else { continue };
            self.hands.spawn(async move {
                if agent.park(task).await.is_ok_and(|reply| reply.is_success()) {
                    deeds.0.lock().unwrap().0 += 1;
                }
            });
        }
    }

    pub(super) fn somebody_picks_up(&mut self) {
        let Some(agent) = self.one(&self.agents) else {
            return;
        };
        // A supervisor takes anybody's.
        let lists = if agent.worker() == self.agents[2].worker() {
            self.agents.clone()
        } else {
            vec![agent.clone()]
        };
        let listed: Vec<CallSid> = lists
            .iter()
            .flat_map(Browser::parked)
            .filter_map(|(key, _)| key.parse().ok())
            .collect();
        let Some(call) = self.one(&listed) else {
            return;
        };
        for _ in 0..=u64::from(self.rng.below(4) == 0) {
            let (agent, deeds) = (agent.clone(), self.deeds.clone());
            self.hands.spawn(async move {
                let (call, worker) = (call.to_string(), agent.worker().to_string());
                let fields = [("callSid", call.as_str()), ("workerSid", worker.as_str())];
                if agent
                    .post("/pickup-parked-call", &fields)
                    .await
                    .is_ok_and(|reply| reply.is_success())
                {
                    deeds.0.lock().unwrap().1 += 1;
                }
            });
        }
    }

    pub(super) fn a_caller_hangs_up(&mut self) {
        if let Some(caller) = self.one(&self.callers) {
            self.leavers.hang_up(&self.stage.emulator, caller);
        }
    }

    pub(super) fn an_agent_hangs_up(&mut self) {
        if let Some(agent) = self.one(&self.agents) {
            let _ = agent.hang_up();
        }
    }

    /// At once, or at one of its next requests. One replica always lives: with none, Twilio itself ends the calls.
    pub(super) fn a_replica_dies(&mut self) {
        let Some(place) = self.one(&[0, 1, 2]) else {
            return;
        };
        if self.staying() < 2 || !self.alive[place] {
            return;
        }
        self.alive[place] = false;
        self.crashes += 1;
        if self.rng.below(3) == 0 {
            self.stage.kill(place);
        } else {
            let nth = u32::try_from(self.rng.below(6)).unwrap_or(0) + 1;
            self.stage.kill_at(place, nth, self.rng.below(2) == 0);
        }
    }

    /// As in a rolling restart: it is told to stop, and callers and agents go on meanwhile. One at a time, and another
    /// stays.
    pub(super) fn a_replica_is_restarted(&mut self) {
        let Some(place) = self.one(&[0, 1, 2]) else {
            return;
        };
        if self.is_leaving().is_none() && self.staying() >= 2 && self.alive[place] {
            self.restarts += 1;
            self.leaving = Some((place, Instant::now() + RESTART));
            self.stage.restart(place);
        }
    }

    fn is_leaving(&self) -> Option<usize> {
        let (place, end) = self.leaving?;
        (Instant::now() < end).then_some(place)
    }

    /// How many replicas live and are not about to end.
    fn staying(&self) -> usize {
        let leaving = self.is_leaving();
        let stays = |place: &usize| self.alive[*place] && leaving != Some(*place);
        (0..REPLICAS).filter(stays).count()
    }

    pub(super) fn revive_one(&mut self) {
        if let Some(place) = self.one(&[0, 1, 2]) {
            self.revive(place);
        }
    }

    fn revive(&mut self, place: usize) {
        if !self.alive[place] {
            self.alive[place] = true;
            self.stage.start(place);
        }
    }
}
