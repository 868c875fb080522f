//! One random story: people call, park, pick up and hang up, often at once, while requests fail and processes die.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use switchboard::{
    chance::Chance,
    emulator::{Browser, Climate},
    twilio::sid::CallSid,
};
use tokio::{task::JoinSet, time::sleep};

use crate::stage::{DIRECT_LINE, MAIN_LINE, PUBLIC_URL, Setting, Stage, number};

/// How long things are given to settle once the weather has cleared: a minute to mend, and the time after which a
/// claim must have taken effect.
const SETTLING: Duration = Duration::from_secs(150);

const REPLICAS: usize = 3;

/// A story that has been played, and what is needed to judge it.
pub(super) struct Tale {
    pub(super) stage: Stage,
    pub(super) agents: Vec<Browser>,
    pub(super) callers: Vec<CallSid>,
    pub(super) parks: usize,
    pub(super) pick_ups: usize,
    pub(super) crashes: usize,
}

impl Tale {
    pub(super) fn transcript(&self) -> String {
        self.stage.emulator.journal().to_string()
    }
}

/// What people did that went well, told by the tasks in which they did it.
#[derive(Clone, Default)]
struct Deeds(Arc<Mutex<(usize, usize)>>);

struct Play {
    stage: Stage,
    chance: Chance,
    agents: Vec<Browser>,
    callers: Vec<CallSid>,
    alive: [bool; REPLICAS],
    crashes: usize,
    deeds: Deeds,
    hands: JoinSet<()>,
}

/// Plays the story that belongs to a number.
pub(super) async fn play(seed: u64) -> Tale {
    let mut play = set(seed);
    let acts = 8 + play.chance.below(25);
    for _ in 0..acts {
        play.act();
        let pause = play.chance.below(if play.chance.below(4) == 0 {
            45_000
        } else {
            4_000
        });
        sleep(Duration::from_millis(pause)).await;
    }
    play.stage.emulator.weather().clear();
    for place in 0..REPLICAS {
        play.revive(place);
    }
    while play.hands.join_next().await.is_some() {}
    sleep(SETTLING).await;
    play.stage.emulator.settled().await;
    let (parks, pick_ups) = *play.deeds.0.lock().unwrap();
    let Play {
        stage,
        agents,
        callers,
        crashes,
        ..
    } = play;
    Tale {
        stage,
        agents,
        callers,
        parks,
        pick_ups,
        crashes,
    }
}

fn set(seed: u64) -> Play {
    let chance = Chance::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let mut setting = Setting {
        seed,
        replicas: REPLICAS,
        ..Setting::default()
    };
    if chance.below(3) == 0 {
        setting = setting
            .variable("PARK_TIMEOUT", "40")
            .variable("PARK_RETURN_RING", "15");
    }
    if chance.below(4) == 0 {
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
    let trouble = [0.0, 0.005, 0.02, 0.06, 0.12];
    let trouble = trouble[usize::try_from(chance.below(5)).unwrap_or(0)];
    stage.emulator.weather().random(Climate::even(trouble));
    Play {
        stage,
        chance,
        agents,
        callers: vec![],
        alive: [true; REPLICAS],
        crashes: 0,
        deeds: Deeds::default(),
        hands: JoinSet::new(),
    }
}

impl Play {
    fn one<T: Clone>(&self, of: &[T]) -> Option<T> {
        let index = usize::try_from(self.chance.below(of.len() as u64)).unwrap_or(0);
        of.get(index).cloned()
    }

    fn act(&mut self) {
        match self.chance.below(20) {
            0..=3 => self.somebody_calls(),
            4..=6 => self.somebody_accepts(),
            7..=10 => self.somebody_parks(),
            11..=13 => self.somebody_picks_up(),
            14 | 15 => self.a_caller_hangs_up(),
            16 => self.an_agent_hangs_up(),
            17 | 18 => self.a_replica_dies(),
            _ => self.revive_one(),
        }
    }

    fn somebody_calls(&mut self) {
        let line = if self.chance.below(3) == 0 {
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

    fn somebody_parks(&mut self) {
        let busy: Vec<_> = self
            .agents
            .iter()
            .filter(|agent| agent.live().is_some())
            .cloned()
            .collect();
        let Some(agent) = self.one(&busy) else { return };
        // Sometimes two tabs do it at once.
        for _ in 0..=u64::from(self.chance.below(5) == 0) {
            let (agent, deeds) = (agent.clone(), self.deeds.clone());
            let Some(task) = agent.live() else { continue };
            self.hands.spawn(async move {
                if agent.park(task).await.is_ok_and(|reply| reply.is_success()) {
                    deeds.0.lock().unwrap().0 += 1;
                }
            });
        }
    }

    fn somebody_picks_up(&mut self) {
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
        for _ in 0..=u64::from(self.chance.below(4) == 0) {
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

    fn a_caller_hangs_up(&mut self) {
        if let Some(caller) = self.one(&self.callers) {
            self.stage.emulator.hang_up(caller);
        }
    }

    fn an_agent_hangs_up(&mut self) {
        if let Some(agent) = self.one(&self.agents) {
            let _ = agent.hang_up();
        }
    }

    /// At once, or at one of its next requests. One replica always lives: with none, Twilio itself ends the calls.
    fn a_replica_dies(&mut self) {
        let Some(place) = self.one(&[0, 1, 2]) else {
            return;
        };
        if self.alive.iter().filter(|alive| **alive).count() < 2 || !self.alive[place] {
            return;
        }
        self.alive[place] = false;
        self.crashes += 1;
        if self.chance.below(3) == 0 {
            self.stage.kill(place);
        } else {
            let nth = u32::try_from(self.chance.below(6)).unwrap_or(0) + 1;
            self.stage.kill_at(place, nth, self.chance.below(2) == 0);
        }
    }

    fn revive_one(&mut self) {
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
