//! What is watched while a day goes on, whatever the weather does.

use std::collections::{HashMap, HashSet};

use switchboard::{
    emulator::{CallStatus, CallView, ReservationView, TaskView},
    twilio::sid::{CallSid, ReservationSid, TaskSid},
};

use super::{TICK, centre::Centre};

/// How long something that is no longer wanted may go on in bad weather, in seconds: some passes of the
/// reconciler, for one whose own requests fail mends nothing.
const IN_A_STORM: u64 = 180;

/// The same when nothing has failed for a while.
const IN_CALM: u64 = 15;

/// What only the reconciler finds takes a pass of it.
const A_PASS: u64 = 30;

/// For how long bad weather is felt.
const FELT: u64 = 240;

/// How long an offer may stand: what `DISPATCH_RESERVATION` says, and a moment.
const OFFER: u64 = 125;

/// How long an offer to a phone may stand when nothing fails: the budget of 50 s, and a pass of the reconciler.
const BUDGET: u64 = 50 + 25;

/// Something that may be so for a while and not for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Odd {
    /// A phone rings although nothing is offered to its worker.
    RingsForNobody(CallSid),
    /// A customer waits in a queue for a task that is not on offer.
    WaitsForNothing(CallSid),
    /// A customer waits in the queue without workers.
    WaitsForNobody(CallSid),
    /// A task is on offer for a caller who left.
    OfferedForNobody(TaskSid),
    /// A worker at home has a task without a call.
    HeldForNobody(TaskSid),
    /// An offer is not decided.
    Undecided(ReservationSid),
}

/// Since when what is odd has been so.
#[derive(Default)]
pub(super) struct Watch {
    odd: HashMap<Odd, u64>,
    stormy: bool,
    trouble: u64,
}

impl Watch {
    /// Something went wrong just now.
    pub(super) fn trouble(&mut self, tick: u64) {
        self.trouble = tick;
    }

    /// Things go wrong from now on, or do no more.
    pub(super) fn storm(&mut self, tick: u64, stormy: bool) {
        if self.stormy {
            self.trouble = tick;
        }
        self.stormy = stormy;
    }

    /// No replica may be alive: nothing can be mended before one is.
    pub(super) fn nobody_works(&mut self, tick: u64) {
        self.odd.values_mut().for_each(|since| *since = tick);
    }

    fn is_calm(&self, tick: u64) -> bool {
        !self.stormy && (tick - self.trouble) * TICK.as_secs() > FELT
    }

    /// Looks at everything; what has been odd for too long, or must never be.
    pub(super) fn look(&mut self, centre: &Centre, tick: u64) -> Vec<String> {
        let emulator = &centre.stage.emulator;
        let (calls, tasks) = (emulator.live_calls(), emulator.tasks());
        let reservations = emulator.reservations();
        let odd = oddities(centre, &calls, &tasks, &reservations);
        self.odd.retain(|known, _| odd.contains(known));
        for it in odd {
            self.odd.entry(it).or_insert(tick);
        }
        let calm = self.is_calm(tick);
        let late = self.odd.iter().filter_map(|(it, since)| {
            let lasted = (tick - since) * TICK.as_secs();
            let limit = match (it, calm) {
                (Odd::Undecided(_), true) => BUDGET,
                (Odd::Undecided(_), false) => OFFER,
                (Odd::WaitsForNobody(_), true) => A_PASS,
                (_, true) => IN_CALM,
                (_, false) => IN_A_STORM,
            };
            (lasted > limit)
                .then(|| format!("{}: {it:?} for {lasted} s, calm: {calm}", emulator.now()))
        });
        let mut faults: Vec<_> = late.collect();
        let taken =
            |it: &&ReservationView| ["accepted", "wrapping", "completed"].contains(&it.status);
        let mut seen = HashSet::new();
        for it in reservations.iter().filter(taken) {
            if !seen.insert(it.task) {
                faults.push(format!("two workers took task {:?}", it.task));
            }
        }
        faults
    }
}

fn oddities(
    centre: &Centre,
    calls: &[CallView],
    tasks: &[TaskView],
    reservations: &[ReservationView],
) -> HashSet<Odd> {
    let mut odd = HashSet::new();
    let worker_at = |phone: &str| centre.workers.iter().find(|worker| worker.phone == phone);
    let pending = |it: &&ReservationView| it.status == "pending";
    for call in calls {
        let rings = matches!(call.status, CallStatus::Queued | CallStatus::Ringing);
        if call.direction == "outbound-api"
            && rings
            && let Some(worker) = worker_at(&call.to)
            && !reservations
                .iter()
                .filter(pending)
                .any(|it| it.worker == worker.sid)
        {
            odd.insert(Odd::RingsForNobody(call.sid));
        }
        let task = call
            .in_queue
            .and_then(|task| tasks.iter().find(|it| it.sid == task));
        if task.is_some_and(|task| Some(task.queue) == centre.stage.nobody) {
            odd.insert(Odd::WaitsForNobody(call.sid));
        }
        if call.in_queue.is_some() && !task.is_some_and(is_on_offer) {
            odd.insert(Odd::WaitsForNothing(call.sid));
        }
    }
    let lives = |call: CallSid| calls.iter().any(|it| it.sid == call);
    let at_home = |task: &TaskView| centre.workers.iter().any(|it| Some(it.sid) == task.worker);
    for task in tasks {
        if task.call.is_none_or(lives) {
            continue;
        }
        if is_on_offer(task) && task.attributes["isParkHangup"] != true {
            odd.insert(Odd::OfferedForNobody(task.sid));
        }
        if ["assigned", "wrapping"].contains(&task.status) && at_home(task) {
            odd.insert(Odd::HeldForNobody(task.sid));
        }
    }
    let of_home =
        |it: &&ReservationView| centre.workers.iter().any(|worker| worker.sid == it.worker);
    for it in reservations.iter().filter(pending).filter(of_home) {
        odd.insert(Odd::Undecided(it.sid));
    }
    odd
}

fn is_on_offer(task: &TaskView) -> bool {
    ["pending", "reserved"].contains(&task.status)
}
