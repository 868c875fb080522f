//! A stage whose workers' availability the server computes, and what is true of a worker, told by TaskRouter alone.

use switchboard::{
    emulator::Browser,
    features::availability::events::NEEDED,
    twilio::sid::{CallSid, WorkerSid},
};

use crate::stage::{DIRECT_LINE, PUBLIC_URL, Setting, Stage};

/// Such a stage.
pub(super) struct Floor {
    pub(super) stage: Stage,
}

impl Floor {
    pub(super) fn new() -> Self {
        Self::with(Setting::default())
    }

    /// TaskRouter tells no more than what the guide says is needed.
    pub(super) fn with(setting: Setting) -> Self {
        let mut setting = setting.variable("AVAILABILITY", "server");
        setting.published = true;
        let stage = setting.stage();
        let events = format!("{PUBLIC_URL}/taskrouter-events");
        let emulator = &stage.emulator;
        emulator.events_to(Some(&events), Some(&NEEDED.join(",")));
        Self { stage }
    }

    /// A stage with two replicas, and chance begun elsewhere.
    pub(super) fn of_two(seed: u64) -> Self {
        Self::with(Setting {
            seed,
            replicas: 2,
            ..Setting::default()
        })
    }

    /// An agent as Flex makes them: with room for one call. Extension 1234 is Ann's.
    pub(super) fn agent(&self, name: &str) -> Browser {
        let agent = self.stage.agent(name);
        let emulator = &self.stage.emulator;
        let room = emulator.set_worker_capacity(agent.worker(), "voice", 1);
        room.expect("a voice channel");
        agent
    }

    pub(super) fn set(&self, worker: WorkerSid) -> (bool, u64) {
        self.stage.is_set(worker)
    }

    pub(super) fn truth(&self, worker: WorkerSid) -> (bool, u64) {
        self.stage.should_be_set(worker)
    }

    /// A moment later, a worker stands as expected, and as the formula says.
    pub(super) async fn stands(&self, agent: &Browser, expected: (bool, u64), what: &str) {
        self.stage.moment().await;
        let worker = agent.worker();
        let journal = || self.stage.emulator.journal();
        assert_eq!(self.set(worker), expected, "{what}\n{}", journal());
        assert_eq!(self.truth(worker), expected, "{what}: by the formula");
    }

    /// Waits until what is set is what the formula says.
    pub(super) async fn comes_right(&self, worker: WorkerSid, seconds: u64, what: &str) {
        let right = || self.set(worker) == self.truth(worker);
        self.stage.until(seconds, what, right).await;
    }

    /// Somebody calls Ann's extension.
    pub(super) async fn calls_ann(&self) -> CallSid {
        self.stage.calls(DIRECT_LINE).await
    }

    /// The agent hangs up and completes the task.
    pub(super) async fn finishes(&self, agent: &Browser) {
        let task = agent.live().expect("a live call");
        assert!(agent.hang_up());
        self.stage.moment().await;
        agent.complete(task).expect("completed");
        self.stage.moment().await;
    }

    /// The last caller hangs up, the agent writes everything up, and is free.
    pub(super) async fn closes(self, agent: &Browser, last: CallSid) {
        self.stage.emulator.hang_up(last);
        self.stage.moment().await;
        for task in agent.tasks() {
            agent.complete(task).expect("completed");
        }
        self.stands(agent, (true, 1), "free").await;
        self.stage.curtain().await;
    }

    /// The offers to a worker since the story began.
    pub(super) fn offers(&self, worker: WorkerSid) -> usize {
        let events = self.stage.emulator.routing_events();
        let made = |(kind, _, whose): &(&str, _, Option<WorkerSid>)| {
            *kind == "reservation.created" && *whose == Some(worker)
        };
        events.iter().filter(|event| made(event)).count()
    }
}
