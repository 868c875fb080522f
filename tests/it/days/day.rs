//! One day: what happens, tick by tick, by chance.

use std::time::Duration;

use switchboard::{
    emulator::{Browser, Climate},
    rng::Rng,
};
use tokio::{task::JoinSet, time::sleep};

use super::{
    Sums, TICK,
    centre::{Centre, LINE, REPLICAS, one_of},
    people::Customer,
    phones::mood,
    watch::Watch,
};
use crate::stage::{many::wanted, number};

/// How many ticks an hour has.
const HOUR: u64 = 3600 / TICK.as_secs();

/// How many ticks pass at once when the center is closed.
const DOZE: u64 = 6;

/// How many ticks a restart takes at most.
const RESTART: u64 = 9;

/// A day, and what was seen on it.
pub(super) struct Day {
    pub(super) centre: Centre,
    pub(super) sums: Sums,
    pub(super) faults: Vec<String>,
    pub(super) rng: Rng,
    pub(super) customers: Vec<Customer>,
    pub(super) watch: Watch,
    pub(super) tick: u64,
    /// When a killed replica starts again.
    dead: [Option<u64>; REPLICAS],
    /// Until when a replica may be restarting.
    restarting: u64,
    /// How many ticks lie between two callers.
    quiet: u64,
    hands: JoinSet<()>,
    pub(super) open: bool,
    /// How long the day is.
    hours: u64,
}

impl Day {
    pub(super) fn new(seed: u64) -> Self {
        let rng = Rng::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 7);
        Self {
            centre: Centre::open(seed, &rng),
            sums: Sums::default(),
            faults: vec![],
            rng,
            customers: vec![],
            watch: Watch::default(),
            tick: 0,
            dead: [None; REPLICAS],
            restarting: 0,
            quiet: 12,
            hands: JoinSet::new(),
            open: true,
            hours: wanted("DAY_HOURS"),
        }
    }

    pub(super) fn transcript(&self) -> String {
        self.centre.stage.emulator.journal().to_string()
    }

    pub(super) async fn play(&mut self) {
        while self.tick < self.hours * HOUR / 3 && self.faults.is_empty() {
            if self.tick.is_multiple_of(HOUR / 2) {
                self.the_weather_changes();
            }
            self.somebody_calls();
            self.a_phone_changes();
            self.a_worker_changes_their_mind();
            self.a_replica_dies();
            self.a_replica_is_restarted();
            self.agents_work();
            self.a_tick_passes().await;
        }
        self.the_centre_closes().await;
        while self.tick < self.hours * HOUR && self.faults.is_empty() {
            if self.tick.is_multiple_of(HOUR * 2) {
                self.the_weather_changes();
            }
            self.somebody_calls();
            self.agents_work();
            self.ticks_pass(DOZE).await;
        }
        while self.hands.join_next().await.is_some() {}
    }

    /// Most workers go home, and one replica is enough.
    async fn the_centre_closes(&mut self) {
        self.open = false;
        let (stage, rng) = (&self.centre.stage, &self.rng);
        for worker in &mut self.centre.workers {
            if worker.wants && rng.below(6) > 0 && worker.turns(stage, rng, self.tick) {
                self.sums.turns += 1;
            }
        }
        while self.faults.is_empty() && self.centre.workers.iter().any(|it| !it.knows()) {
            // A phone that cannot be reached gets no text either.
            self.a_phone_changes();
            self.a_tick_passes().await;
        }
        for place in 0..REPLICAS {
            self.starts(place);
        }
        self.centre.stage.scale_in();
        // In real ticks: what is odd would otherwise seem to last longer than it does.
        while !self.tick.is_multiple_of(DOZE) {
            self.a_tick_passes().await;
        }
        self.watch.trouble(self.tick);
    }

    pub(super) async fn a_tick_passes(&mut self) {
        self.ticks_pass(1).await;
    }

    /// What goes on by itself, also in the evening.
    async fn ticks_pass(&mut self, ticks: u64) {
        self.tick += ticks;
        let stage = &self.centre.stage;
        for worker in &mut self.centre.workers {
            worker.looks(stage, &self.rng, self.tick);
        }
        let tick = self.tick;
        self.customers.retain(|customer| {
            if customer.leaves <= tick {
                stage.emulator.hang_up(customer.call);
            }
            customer.leaves > tick
        });
        for place in 0..REPLICAS {
            if self.dead[place].is_some_and(|back| back <= tick) {
                self.starts(place);
            }
        }
        let dead = self.dead.iter().flatten().count();
        if dead > 0 {
            self.watch.trouble(tick);
        }
        sleep(TICK * u32::try_from(ticks).expect("small")).await;
        if dead == REPLICAS {
            self.watch.nobody_works(self.tick);
        }
        let late = self.watch.look(&self.centre, self.tick);
        self.faults.extend(late);
    }

    fn starts(&mut self, place: usize) {
        self.dead[place] = None;
        self.centre.stage.start(place);
        self.watch.trouble(self.tick);
    }

    pub(super) fn clears_up(&mut self) {
        self.centre.stage.emulator.weather().clear();
        for place in 0..REPLICAS {
            self.starts(place);
        }
    }

    fn the_weather_changes(&mut self) {
        let trouble = one_of(&self.rng, &[0.0, 0.0, 0.005, 0.02, 0.05]);
        self.watch.storm(self.tick, trouble > 0.0);
        let weather = self.centre.stage.emulator.weather();
        weather.random(Climate::even(trouble));
        let callers: &[u64] = if self.open {
            &[6, 12, 20, 30, 60]
        } else {
            &[40, 80]
        };
        self.quiet = one_of(&self.rng, callers);
    }

    fn somebody_calls(&mut self) {
        if self.rng.below(self.quiet) > 0 {
            return;
        }
        let from = format!("+1303555{:04}", self.sums.callers % 10_000);
        let call = self.centre.stage.emulator.place_call(&from, &number(LINE));
        // Most wait for a while and then talk for a while; some hang up at once.
        let stays = match self.rng.below(5) {
            0 => 1 + self.rng.below(12),
            _ => 6 + self.rng.below(90),
        };
        self.customers.push(Customer {
            call,
            leaves: self.tick + stays,
        });
        self.sums.callers += 1;
    }

    pub(super) fn a_phone_changes(&mut self) {
        if self.rng.below(6) > 0 {
            return;
        }
        let nth = self.rng.below(self.centre.workers.len() as u64);
        let worker = &self.centre.workers[usize::try_from(nth).expect("small")];
        let mood = mood(&self.rng, self.centre.screening);
        self.centre.stage.emulator.phone(&worker.phone, mood);
    }

    fn a_worker_changes_their_mind(&mut self) {
        let (stage, rng, tick) = (&self.centre.stage, &self.rng, self.tick);
        for worker in &mut self.centre.workers {
            // Those who are away come back sooner than those who are there leave.
            let odds = if worker.wants { 240 } else { 60 };
            if rng.below(odds) == 0 && worker.turns(stage, rng, tick) {
                self.sums.turns += 1;
            }
        }
    }

    fn a_replica_dies(&mut self) {
        let rng = &self.rng;
        let away = |rng: &Rng| Some(self.tick + 1 + rng.below(60));
        // The other one would be gone, too.
        if rng.below(120) == 0 && self.restarting <= self.tick {
            let place = usize::from(rng.below(2) == 0);
            if self.dead[place].is_none() {
                let nth = u32::try_from(1 + rng.below(12)).expect("small");
                self.centre.stage.kill_at(place, nth, rng.below(2) == 0);
                self.dead[place] = away(rng);
                self.sums.crashes += 1;
                self.watch.trouble(self.tick);
            }
        }
        if rng.below(1500) == 0 {
            for place in 0..REPLICAS {
                self.centre.stage.kill(place);
                self.dead[place] = away(rng);
            }
            self.sums.outages += 1;
            self.watch.trouble(self.tick);
        }
    }

    /// As in a rolling restart: nothing goes wrong by it.
    fn a_replica_is_restarted(&mut self) {
        let rng = &self.rng;
        let all_live = self.dead.iter().all(Option::is_none) && self.restarting <= self.tick;
        if rng.below(150) == 0 && all_live {
            let place = usize::from(rng.below(2) == 0);
            self.centre.stage.restart(place);
            self.restarting = self.tick + RESTART;
            self.sums.restarts += 1;
        }
    }

    /// Agents in Flex accept, talk, park, pick up, hang up and complete.
    pub(super) fn agents_work(&mut self) {
        for agent in self.centre.agents.clone() {
            self.agent_works(&agent);
        }
    }

    fn agent_works(&mut self, agent: &Browser) {
        let rng = &self.rng;
        let mine = agent.clone();
        if let Some(offer) = agent.offers().first().copied() {
            if rng.below(3) > 0 {
                self.hands.spawn(async move {
                    let _ = mine.accept(offer).await;
                });
            }
            return;
        }
        let Some(live) = agent.live() else {
            // A time-out took them off line; they come back, unless it is time to go home.
            let _ = agent.go_to(if self.open { "Available" } else { "Offline" });
            if let Some(task) = agent.tasks().first() {
                let _ = agent.complete(*task);
            } else if let Some((call, _)) = agent.parked().pop()
                && rng.below(3) == 0
            {
                self.hands.spawn(async move {
                    if let Ok(call) = call.parse() {
                        let _ = mine.pick_up(call).await;
                    }
                });
            }
            return;
        };
        match rng.below(60) {
            0 => {
                self.sums.parked += 1;
                self.hands.spawn(async move {
                    let _ = mine.park(live).await;
                });
            }
            1..=3 => {
                let _ = agent.hang_up();
            }
            _ => {}
        }
    }
}

/// How long a tick is not: the time everything has to settle at the end.
pub(super) const SETTLING: Duration = Duration::from_mins(8);
