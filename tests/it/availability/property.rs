//! Rows 65 and 66 for every order of events: whatever people do, and whatever is lost, late, repeated or refused
//! meanwhile, with two replicas one of which may be killed, once things settle every worker stands as the formula says.
//!
//! Each case is a list of acts that proptest makes up, and shrinks when it fails.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use switchboard::{
    emulator::{Browser, Climate},
    twilio::sid::CallSid,
};
use tokio::time::sleep;

use super::floor::Floor;
use crate::stage::{DIRECT_LINE, MAIN_LINE, Setting, many, number};

/// How long things are given to settle: what a parked or picked-up call needs, and a look at everybody.
const SETTLING: u64 = 300;

/// What somebody does; the number says who, among those who can.
#[derive(Clone, Copy, Debug)]
enum Act {
    CallTheLine,
    CallAnn,
    Accept(usize),
    Reject(usize),
    Park(usize),
    PickUp(usize),
    HangUp(usize),
    CallerLeaves(usize),
    Complete(usize),
    GoAway(usize),
    ComeBack(usize),
    /// Somebody sets room for calls by hand.
    Meddle(usize, u64),
    Kill,
    /// A while passes, in tenths of a second.
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let who = || 0..2_usize;
    prop_oneof![
        3 => Just(Act::CallTheLine),
        2 => Just(Act::CallAnn),
        5 => who().prop_map(Act::Accept),
        1 => who().prop_map(Act::Reject),
        4 => who().prop_map(Act::Park),
        3 => who().prop_map(Act::PickUp),
        3 => who().prop_map(Act::HangUp),
        2 => (0..6_usize).prop_map(Act::CallerLeaves),
        4 => who().prop_map(Act::Complete),
        1 => who().prop_map(Act::GoAway),
        2 => who().prop_map(Act::ComeBack),
        1 => (who(), 0..4_u64).prop_map(|(who, room)| Act::Meddle(who, room)),
        1 => Just(Act::Kill),
        4 => (0..150_u64).prop_map(Act::Wait),
    ]
}

struct Play {
    floor: Floor,
    agents: [Browser; 2],
    callers: Vec<CallSid>,
}

impl Play {
    /// What cannot be done is not done; what goes wrong is what this is about.
    async fn act(&mut self, act: Act) {
        let agents = &self.agents;
        match act {
            Act::CallTheLine => self.call(MAIN_LINE),
            Act::CallAnn => self.call(DIRECT_LINE),
            Act::Accept(who) => {
                if let Some(offer) = agents[who].offers().first() {
                    let _gone = agents[who].accept(*offer).await;
                }
            }
            Act::Park(who) => {
                if let Some(task) = agents[who].live() {
                    let _refused = agents[who].park(task).await;
                }
            }
            Act::PickUp(who) => {
                let listed = agents[who].parked();
                if let Some(call) = listed.first().and_then(|(call, _)| call.parse().ok()) {
                    let _refused = agents[who].pick_up(call).await;
                }
            }
            Act::Wait(tenths) => sleep(Duration::from_millis(100 * tenths)).await,
            other => self.act_at_once(other),
        }
    }

    fn act_at_once(&self, act: Act) {
        let (stage, agents) = (&self.floor.stage, &self.agents);
        match act {
            Act::Reject(who) => {
                if let Some(offer) = agents[who].offers().first() {
                    let _gone = agents[who].reject(*offer);
                }
            }
            Act::HangUp(who) => {
                let _nobody = agents[who].hang_up();
            }
            Act::CallerLeaves(which) => {
                if let Some(call) = self.callers.get(which) {
                    stage.emulator.hang_up(*call);
                }
            }
            Act::Complete(who) => {
                let live = agents[who].live();
                let mut tasks = agents[who].tasks().into_iter();
                if let Some(task) = tasks.find(|task| Some(*task) != live) {
                    let _gone = agents[who].complete(task);
                }
            }
            Act::GoAway(who) => agents[who].go_to("Offline").expect("an activity"),
            Act::ComeBack(who) => agents[who].go_to("Available").expect("an activity"),
            Act::Meddle(who, room) => {
                let worker = agents[who].worker();
                let set = stage.emulator.set_worker_capacity(worker, "voice", room);
                set.expect("a voice channel");
            }
            Act::Kill => {
                stage.kill(1);
                stage.start(1);
            }
            _ => {}
        }
    }

    fn call(&mut self, line: &str) {
        let emulator = &self.floor.stage.emulator;
        let from = format!("+1303555{:04}", emulator.calls().len());
        let call = emulator.place_call(&from, &number(line));
        self.callers.push(call);
    }
}

/// Plays the acts, and says who stands wrong in the end.
async fn play(seed: u64, trouble: f64, acts: Vec<Act>) -> Vec<String> {
    let setting = Setting {
        seed,
        replicas: 2,
        ..Setting::default()
    };
    let floor = Floor::with(setting);
    let agents = ["ann", "bob"].map(|name| floor.agent(name));
    floor
        .stage
        .emulator
        .weather()
        .random(Climate::even(trouble));
    let callers = vec![];
    let mut play = Play {
        floor,
        agents,
        callers,
    };
    for act in acts {
        play.act(act).await;
    }
    let Play { floor, agents, .. } = play;
    floor.stage.emulator.weather().clear();
    floor.stage.seconds(SETTLING).await;
    let mut wrong = vec![];
    for agent in &agents {
        let worker = agent.worker();
        // Offers still come and go, and each is followed in a moment.
        let mut stands = (floor.set(worker), floor.truth(worker));
        for _ in 0..20 {
            if stands.0 == stands.1 {
                break;
            }
            floor.stage.seconds(1).await;
            stands = (floor.set(worker), floor.truth(worker));
        }
        if stands.0 != stands.1 {
            let journal = floor.stage.emulator.journal();
            wrong.push(format!("set {:?}, but {:?}\n{journal}", stands.0, stands.1));
        }
    }
    wrong.extend(floor.stage.manners.faults());
    wrong
}

fn cases() -> u32 {
    let wanted = many::wanted("AVAILABILITY_CASES");
    u32::try_from(wanted).unwrap_or(u32::MAX)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn a4_65_and_66_whatever_happens_everybody_comes_right(
        seed in 1_u64..1_000_000,
        trouble in prop_oneof![Just(0.0), Just(0.02), Just(0.1)],
        acts in vec(act(), 1..40),
    ) {
        let wrong = many::play(play(seed, trouble, acts));
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
