//! How a stage is set before a story begins: its variables, its replicas, the numbers people call.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use switchboard::{
    app::Config,
    emulator::{self, Emulator, EndedTasks, Flow},
    twilio::sid::{AccountSid, WorkflowSid},
};

use super::{
    Boxes, DIRECT_LINE, EPOCH, FollowUps, MAIN_LINE, PUBLIC_URL, Stage, TOKEN, dids::Dids, number,
    proxy::Proxy,
};

/// How a stage is set.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    /// When the story begins.
    pub(crate) epoch: Timestamp,
    pub(crate) replicas: usize,
    /// How far the clock of the first replica is ahead of Twilio's.
    pub(crate) ahead: SignedDuration,
    pub(crate) variables: HashMap<&'static str, String>,
    /// Workers on their own phones: variables that name activities and queues of this emulator.
    pub(crate) phones: Phones,
    /// Reservations stand as long as the published sample says: 15 seconds on the main line, 60 on the direct one.
    pub(crate) published: bool,
    /// Agents with numbers of their own.
    pub(crate) dids: Option<Dids>,
    /// Callers need not wait.
    pub(crate) follow_ups: Option<FollowUps>,
    /// Messages for workers and queues.
    pub(crate) boxes: Option<Boxes>,
    /// What stands between Twilio and the replicas.
    pub(crate) proxy: Option<Proxy>,
    /// What Twilio does with a caller whose task ends by itself.
    pub(crate) ended_tasks: EndedTasks,
}

/// What a stage with workers on their own phones has.
#[derive(Clone, Copy, Default)]
pub(crate) struct Phones {
    /// Anything at all.
    pub(crate) on: bool,
    /// What else.
    pub(crate) extra: Option<Extra>,
    /// Every webhook comes three times.
    pub(crate) thrice: bool,
    /// They meet callers in a conference.
    pub(crate) conference: bool,
}

/// What a stage with phones may have besides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    /// An activity for those who are not there.
    Missed,
    /// An activity for after a call.
    AfterWork,
    /// A queue without workers, whose callers hear a message.
    Nobody,
    /// What a whole contact center has: an activity for those who are not there, and the queue without workers.
    Centre,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            seed: 1,
            epoch: EPOCH,
            replicas: 1,
            ahead: SignedDuration::ZERO,
            variables: HashMap::new(),
            phones: Phones::default(),
            published: false,
            dids: None,
            follow_ups: None,
            boxes: None,
            proxy: None,
            ended_tasks: EndedTasks::default(),
        }
    }
}

impl Setting {
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    /// What Twilio does with a caller whose task ends by itself.
    pub(crate) fn ended(mut self, ended: EndedTasks) -> Self {
        self.ended_tasks = ended;
        self
    }

    /// Sets Twilio up as the story wants it.
    pub(super) fn world(&self, settings: &mut emulator::Settings) {
        settings.seed = self.seed;
        settings.canceled_tasks_free_callers = self.follow_ups == Some(FollowUps::LeaveQueue);
        settings.ended_tasks = self.ended_tasks;
    }

    /// The story begins at another time.
    pub(crate) fn at(mut self, time: &str) -> Self {
        self.epoch = time.parse().expect("a time");
        self
    }

    /// The clock of the first replica is this far ahead of Twilio's.
    pub(crate) fn ahead(mut self, ahead: SignedDuration) -> Self {
        self.ahead = ahead;
        self
    }

    /// So many replicas.
    pub(crate) fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Workers on their phones, and something more that they have.
    pub(crate) fn extra(mut self, extra: Extra) -> Self {
        self.phones.on = true;
        self.phones.extra = Some(extra);
        self
    }

    /// Agents have numbers of their own.
    pub(crate) fn dids(mut self, dids: Dids) -> Self {
        self.dids = Some(dids);
        self
    }

    /// Callers need not wait.
    pub(crate) fn follow_ups(mut self, wanted: FollowUps) -> Self {
        self.follow_ups = Some(wanted);
        self
    }

    /// Callers can leave messages.
    pub(crate) fn boxes(mut self, boxes: Boxes) -> Self {
        self.boxes = Some(boxes);
        self
    }

    /// Twilio's requests come through a proxy.
    pub(crate) fn behind(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Workers meet callers in a conference.
    pub(crate) fn conference(mut self) -> Self {
        self.phones.conference = true;
        self.variable("DISPATCH_CONNECT", "conference")
    }

    /// Every webhook comes three times, its copies up to two seconds later: they overtake each other. With a second
    /// replica, which gets some of them.
    pub(crate) fn thrice(mut self) -> Self {
        self.phones.thrice = true;
        self.replicas = self.replicas.max(2);
        self
    }

    pub(crate) fn stage(self) -> Stage {
        Stage::set(&self)
    }
}

/// The variables that name what this emulator has.
pub(super) fn phones(emulator: &Emulator, phones: Phones) -> HashMap<&'static str, String> {
    let mut variables = HashMap::new();
    if !phones.on {
        return variables;
    }
    let mut activity = |variable: &'static str, name: &str| {
        let activity = emulator.add_activity(name, false);
        variables.insert(variable, activity.to_string());
        activity
    };
    let cool_down = activity("DISPATCH_COOL_DOWN_ACTIVITY", "Cooling down");
    if phones.extra == Some(Extra::Centre) {
        emulator.timeout_activity(cool_down);
    }
    if matches!(phones.extra, Some(Extra::Missed | Extra::Centre)) {
        activity("DISPATCH_MISSED_ACTIVITY", "On a break");
    }
    if phones.extra == Some(Extra::AfterWork) {
        activity("DISPATCH_POST_WORK_ACTIVITY", "Writing up");
    }
    if matches!(phones.extra, Some(Extra::Nobody | Extra::Centre)) {
        let queue = emulator.add_queue("Nobody", "1 == 2").expect("a queue");
        variables.insert("DISPATCH_NOBODY_QUEUE", queue.to_string());
    }
    variables
}

/// The configuration of a stage.
pub(super) fn config(
    emulator: &Emulator,
    account: AccountSid,
    more: &HashMap<&'static str, String>,
) -> Config {
    let read = |name: &str| match name {
        _ if more.contains_key(name) => more.get(name).cloned(),
        "ACCOUNT_SID" => Some(account.to_string()),
        "AUTH_TOKEN" => Some(TOKEN.to_owned()),
        "WORKSPACE_SID" => Some(emulator.workspace().to_string()),
        "SYNC_SERVICE_SID" => Some(emulator.sync_service().to_string()),
        "PUBLIC_URL" => Some(PUBLIC_URL.to_owned()),
        _ => None,
    };
    Config::read(read).expect("a good configuration")
}

/// The two numbers people call, each with a workflow of its own; gives the first one's.
pub(super) fn open_lines(emulator: &Emulator, published: bool) -> WorkflowSid {
    let (acd, direct) = emulator.add_parking_workflows().expect("the workflows");
    if published {
        emulator.set_reservation_timeout(acd, Duration::from_secs(15));
        emulator.set_reservation_timeout(direct, Duration::from_mins(1));
    }
    let lines = [
        (MAIN_LINE, acd, json!({ "direction": "inbound" })),
        (
            DIRECT_LINE,
            direct,
            json!({ "direction": "inbound", "directExtension": "1234" }),
        ),
    ];
    for (line, workflow, attributes) in lines {
        emulator
            .number(&number(line))
            .voice(Flow::Enqueue {
                workflow,
                attributes,
            })
            .status_callback(format!("{PUBLIC_URL}/call-status-handler"));
    }
    acd
}
