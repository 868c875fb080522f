//! Extensions and own numbers in bad weather: crashes between any two requests, faults anywhere, webhooks that come late,
//! twice or never. Nobody waits for ever, no conversation is torn apart.

use switchboard::{
    emulator::{Browser, Climate},
    rng::Rng,
    twilio::sid::CallSid,
};

use super::{ANN, Office};
use crate::stage::{
    Dids, Setting,
    many::{self, Part},
};

/// More requests than following one event, or answering one webhook, takes.
const STEPS: u32 = 8;

/// How long a caller may be in a queue of an extension: the agent's minute twice (the sample's workflow offers it again),
/// and some passes of the reconciler in bad weather.
const LONGEST: u32 = 240;

#[tokio::test(start_paused = true)]
async fn kill_9_between_any_two_requests_of_a_declined_call() {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (1..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        for dids in [Dids::Published, Dids::Ours] {
            if part.skips() {
                continue;
            }
            let mut office = Office::set(Setting::default().dids(dids).replicas(2));
            let ann = office.agent("ann", ANN);
            let call = office.dials(ANN).await;
            let offer = ann.offers()[0];
            office.kill_at(0, step, acted);
            office.kill_at(1, step, acted);
            ann.reject(offer).expect("rejected");
            office.seconds(5).await;
            office.start(0);
            office.start(1);
            office.seconds(180).await;
            let what = format!("{dids:?}, killed at request {step}, acted={acted}");
            assert!(office.hears(call, super::LATER), "{what}");
            assert!(office.call(call).status.is_final(), "{what}");
            assert!(office.open_tasks(call).is_empty(), "{what}");
            office.stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn kill_9_between_any_two_requests_of_a_look_up() {
    for (step, acted) in (1..=3).flat_map(|step| [(step, false), (step, true)]) {
        let mut office = Office::set(Setting::default().dids(Dids::Ours).replicas(2));
        let ann = office.agent("ann", ANN);
        let call = office.rings().await;
        office.kill_at(0, step, acted);
        office.kill_at(1, step, acted);
        office.emulator.press(call, ANN);
        office.seconds(8).await;
        office.start(0);
        office.start(1);
        office.seconds(20).await;
        let reached = office.offered(call) == [ann.worker()];
        let over = office.call(call).status.is_final();
        assert!(reached || over, "killed at request {step}, acted={acted}");
        office.emulator.hang_up(call);
        office.seconds(100).await;
        office.stage.curtain().await;
    }
}

/// What an agent does with whatever is offered.
async fn acts(office: &Office, rng: &Rng, agent: &Browser) {
    let Some(&offer) = agent.offers().first() else {
        return;
    };
    match rng.below(12) {
        // An offer may be gone when the agent presses the button.
        0 if agent.live().is_none() => {
            let _ = agent.accept(offer).await;
        }
        1 => {
            let _ = agent.reject(offer);
        }
        _ => {}
    }
    if agent.live().is_some() && rng.below(20) == 0 {
        let _ = agent.hang_up();
        office.seconds(1).await;
        for task in agent.tasks() {
            let _ = agent.complete(task);
        }
    }
}

/// One caller on their way: how long they have been in a queue, and whether they talk.
struct Watched {
    call: CallSid,
    waits: u32,
    talks: bool,
}

impl Watched {
    fn second(&mut self, office: &Office, seed: u64) {
        let view = office.call(self.call);
        // Whoever was led to the operator waits in a line like any other, here for nobody.
        let led_on = office.hears(self.call, super::OPERATOR);
        let waits = view.in_queue.is_some() && !view.status.is_final() && !led_on;
        self.waits = if waits { self.waits + 1 } else { 0 };
        assert!(
            self.waits < LONGEST,
            "seed {seed}: a caller waits for ever\n{}",
            office.emulator.journal()
        );
        let told = office.hears(self.call, super::LATER);
        self.talks |= view.conference.is_some();
        assert!(
            !(self.talks && told),
            "seed {seed}: a conversation was torn apart\n{}",
            office.emulator.journal()
        );
    }
}

/// Everybody who has called so far, second by second.
struct Line<'a> {
    office: &'a Office,
    ann: &'a Browser,
    rng: &'a Rng,
    seed: u64,
    callers: Vec<Watched>,
}

impl Line<'_> {
    async fn second(&mut self) {
        self.office.seconds(1).await;
        for caller in &mut self.callers {
            caller.second(self.office, self.seed);
        }
    }

    /// Somebody calls, keys in Ann's extension, and may give up; meanwhile a replica dies.
    async fn a_caller(&mut self, round: u32) {
        let (stage, rng) = (&self.office.stage, self.rng);
        let victim = usize::from(rng.below(2) == 0);
        let step = u32::try_from(1 + rng.below(10)).expect("small");
        stage.kill_at(victim, step, rng.below(2) == 0);
        let from = format!("+1303555{:04}", 2_000 + round);
        let line = crate::stage::number(super::LINE);
        let call = stage.emulator.place_call(&from, &line);
        let (waits, talks) = (0, false);
        self.callers.push(Watched { call, waits, talks });
        let dialled_at = 4 + rng.below(6);
        for second in 0..20 + rng.below(100) {
            if second == dialled_at {
                stage.emulator.press(call, ANN);
            }
            acts(self.office, rng, self.ann).await;
            self.second().await;
        }
        stage.start(victim);
        if rng.below(3) == 0 {
            stage.emulator.hang_up(call);
        }
    }
}

async fn a_story(seed: u64) {
    let dids = [Dids::Published, Dids::Ours][usize::from(seed.is_multiple_of(2))];
    let setting = Setting {
        seed,
        ..Setting::default()
    };
    let office = Office::set(setting.dids(dids).replicas(2));
    let (ann, rng) = (office.agent("ann", ANN), Rng::seeded(seed));
    let weather = office.emulator.weather();
    weather.random(Climate::even(0.05));
    let mut line = Line {
        office: &office,
        ann: &ann,
        rng: &rng,
        seed,
        callers: Vec::new(),
    };
    for round in 0..4_u32 {
        line.a_caller(round).await;
    }
    weather.clear();
    for _ in 0..LONGEST {
        line.second().await;
    }
    let calls: Vec<_> = line.callers.iter().map(|it| it.call).collect();
    for call in &calls {
        office.emulator.hang_up(*call);
    }
    office.seconds(30).await;
    for call in calls {
        assert!(office.call(call).status.is_final());
    }
    for task in ann.tasks() {
        ann.complete(task).expect("completed");
    }
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn whatever_the_weather_nobody_waits_for_ever_and_no_conversation_is_torn_apart() {
    let from = many::number("EXTENSION_FROM").unwrap_or(1);
    let runs = many::wanted("EXTENSION_RUNS");
    for seed in from..from + runs {
        a_story(seed).await;
    }
}
