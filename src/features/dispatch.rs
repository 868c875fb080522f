//! Workers on their own phones: TaskRouter offers a task, the worker's phone rings, a person is joined to the caller,
//! a mailbox is not.
//!
//! What must hold under every interleaving, failure and crash: no two workers are joined to one caller; a caller never
//! hears a mailbox; no phone rings for a caller who left; a reservation that comes to nothing is given back once, with
//! its cause, and soon; no worker is left unavailable by us. The means are those of parking:
//!
//! - one record for each reservation ([`record`]), written *before* its leg is dialled and moved by compare-and-set only
//!   ([`crate::durable::store`]), so that of two reports that contradict each other exactly one counts;
//! - URLs that carry the reservation (`dispatch/links.rs`), so that nothing is ever looked up by a phone number or taken
//!   from "the first that is pending";
//! - debts: a decision (reject, withdraw, complete) is a phase of the record first and an act at Twilio second, so that
//!   whoever comes after a crash can pay (`dispatch/settle.rs`);
//! - a leg is known by the nonce in its URLs alone, never by its number and its time (`dispatch/place.rs`), and a phone is
//!   claimed by a reservation only as long as TaskRouter lets that stand (`dispatch/phones.rs`);
//! - TaskRouter has the last word: `<Dial><Queue reservationSid>` takes only a pending reservation, so a worker who is
//!   late finds it gone, is told so, and nothing loops;
//! - a reconciler in every replica (`dispatch/reconcile.rs`).
//!
//! Where hold, transfer or a third party are wanted, the two meet in a conference instead (`dispatch/room.rs`).
//!
//! What takes time is bounded by one budget ([`budget`]), which has to fit into the reservation's.

mod answer;
mod assign;
pub mod budget;
pub mod cause;
mod events;
mod links;
mod mend;
mod nobody;
mod phones;
mod place;
pub mod plan;
mod reconcile;
pub mod record;
mod report;
mod rest;
mod room;
pub mod routes;
mod settle;
mod strays;
mod tell;
mod whisper;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc, time::Duration};

use moka::sync::Cache;

pub use self::{
    answer::{LegAsks, LegJoined, LegPressed, Said},
    assign::{Instruction, Later},
    plan::Assignment,
    reconcile::EVERY,
    report::{LegReport, LegVerdict},
    room::{Alone, RoomAsks, Side},
};
use self::{
    budget::Budget,
    cause::CoolDowns,
    phones::PhoneInUse,
    record::{Connect, Leg, Phase, Screening},
    rest::Rest,
};
use crate::{
    clock::Clock,
    context::Context,
    durable::{
        cache::Lately,
        claim::Claims,
        outage::Outages,
        reconcile::Runner,
        store::{self, Changed, Entry, Store},
    },
    error::{Error, upstream},
    events::{RouterEvent, left_behind::LeftBehind},
    features::{Feature, availability::Availability, voicemail::Mailbox},
    rng::Rng,
    telemetry::{LegOutcome, Metrics},
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error as TwilioError,
        party::E164,
        sid::{ActivitySid, CallSid, EventSid, ReservationSid, TaskQueueSid},
    },
};

/// How many maps the legs are spread over. A leg is six writes in half a minute, and Sync takes 20 a second on one map:
/// that is 13 legs a second. The reconciler reads them all, also at night, so there are not more.
const MAPS: u8 = 4;

/// What those maps are called.
const NAME: &str = "Global.Dispatch";

/// The map that has the record of a reservation.
#[must_use]
pub fn map_of(reservation: ReservationSid) -> String {
    store::map_name(NAME, store::place(reservation.as_str(), MAPS))
}

/// How long we believe what Twilio said about whether a number is one of ours, and what a queue is called.
const BELIEVED: Duration = Duration::from_hours(1);

/// What is done with a leg that Twilio listened to without being able to tell who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is asked for a key.
    Screen,
    /// It is taken for a person.
    Join,
    /// It is taken for a machine.
    Reject,
}

/// What a caller hears in a queue that has no workers.
#[derive(Clone, Debug)]
pub struct Nobody {
    /// The queue.
    pub queue: TaskQueueSid,
    /// The words, before the call ends.
    pub message: String,
    /// Where they go instead.
    pub next: Option<NobodyNext>,
}

/// Where a caller goes who comes into a queue that has no workers.
#[derive(Clone, Debug)]
pub enum NobodyNext {
    /// To voicemail.
    Mailbox(Mailbox),
    /// To somebody else's TwiML, by its absolute URL.
    Url(String),
}

/// How dispatch behaves; from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether assignments are dispatched at all.
    pub on: bool,
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// The number that workers see.
    pub caller_id: Option<E164>,
    /// They see the caller's number instead, where the task has a token for it.
    pub show_caller: bool,
    /// The worker's attribute with their phone.
    pub attribute: String,
    /// How a worker shows that they are no mailbox, unless their own attribute says otherwise.
    pub screening: Screening,
    /// How they meet the caller, unless their own attribute says otherwise.
    pub connect: Connect,
    /// What they hear before, with `{queue}` and `{caller}` to be filled in.
    pub whisper: Option<String>,
    /// Where a caller goes on after a conference; otherwise their call ends.
    pub caller_next: Option<String>,
    /// What is done when Twilio cannot tell.
    pub doubt: Doubt,
    /// What takes how long.
    pub budget: Budget,
    /// Where a worker goes who was not reached.
    pub cool_down_activity: ActivitySid,
    /// For how long.
    pub cool_downs: CoolDowns,
    /// The name of what workers at home do who take calls: where those come back to whom `TaskRouter` took off line.
    pub on_activity: String,
    /// After how many misses in a row a worker counts as not there; 0: never.
    pub misses: u32,
    /// Where such a worker goes.
    pub missed_activity: Option<ActivitySid>,
    /// What they are texted then.
    pub missed_text: String,
    /// Whom to text besides, and about numbers that cannot be called.
    pub supervisor: Option<E164>,
    /// Where a worker goes after a call, if TaskRouter shall move them.
    pub post_work_activity: Option<ActivitySid>,
    /// What a caller hears when nobody works.
    pub nobody: Option<Nobody>,
}

/// Everything that can be done with an assignment. Cheap to clone.
#[derive(Clone)]
pub struct Dispatch(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    library: crate::twiml::Library,
    clock: Clock,
    rng: Rng,
    outages: Outages,
    metrics: Metrics,
    settings: Settings,
    availability: Availability,
    legs: Store<Leg>,
    phones: Store<PhoneInUse>,
    rests: Store<Rest>,
    /// Callers who are told that nobody works.
    tellings: Claims,
    left_behind: LeftBehind,
    /// Events that were seen to, so that a second delivery costs nothing. Forgetting one does no harm.
    seen: Cache<EventSid, ()>,
    /// Whether a number is one of our own.
    own: Lately<E164, bool>,
    /// What queues are called.
    queues: Lately<TaskQueueSid, String>,
}

impl fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dispatch")
    }
}

impl Feature for Dispatch {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        runner.run(self).boxed()
    }

    fn hear<'a>(
        &'a self,
        event: &'a RouterEvent,
        by: Deadline,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.router_event(event, by).boxed()
    }
}

impl Dispatch {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings, availability: Availability) -> Self {
        let Context {
            twilio,
            library,
            clock,
            rng,
            metrics,
            ..
        } = context.clone();
        Self(Arc::new(Parts {
            legs: Store::new(twilio.clone(), NAME, MAPS, Leg::life),
            phones: Store::new(twilio.clone(), "Global.DispatchPhones", 1, |_| phones::KEPT),
            rests: Store::new(twilio.clone(), "Global.DispatchWorkers", 1, |_| rest::KEPT),
            tellings: Claims::new(twilio.clone(), "Global.DispatchCallers", clock, rng.clone()),
            left_behind: LeftBehind::new(twilio.clone(), clock),
            seen: Cache::new(10_000),
            own: Lately::new(clock, BELIEVED),
            queues: Lately::new(clock, BELIEVED),
            twilio,
            library,
            clock,
            rng,
            outages: Outages::new(clock, "dispatch"),
            metrics,
            settings,
            availability,
        }))
    }

    /// A fresh id for one write, or a nonce.
    fn mark(&self) -> String {
        self.0.rng.uuid(self.0.clock.now()).simple().to_string()
    }

    /// Moves a record to another phase, if `may` lets it.
    async fn advance(
        &self,
        from: &Entry<Leg>,
        by: Deadline,
        may: impl Fn(&Leg) -> Option<Phase> + Send + Sync,
    ) -> Result<Changed<Leg>, TwilioError> {
        let moved = |leg: &Leg| {
            let phase = may(leg)?;
            Some(leg.moved_to(phase, self.0.clock.now(), self.mark()))
        };
        self.0.legs.change_from(from.clone(), by, moved).await
    }

    /// Notes which call a leg is; also in a record that is closed by now, because whoever ends the leg has to know it.
    /// `Kept`: it is known already. Only a request that carries the record's nonce, or Twilio's answer to our own
    /// request, says which call it is: two legs to one phone look the same.
    async fn adopt(
        &self,
        from: &Entry<Leg>,
        call: CallSid,
        by: Deadline,
    ) -> Result<Changed<Leg>, TwilioError> {
        let adopted = |leg: &Leg| {
            if leg.call_sid.is_some() {
                return None;
            }
            let mut next = match leg.phase {
                Phase::Dialling => leg.moved_to(Phase::Ringing, self.0.clock.now(), self.mark()),
                _ => Leg {
                    mark: self.mark(),
                    ..leg.clone()
                },
            };
            next.call_sid = Some(call);
            Some(next)
        };
        let changed = self.0.legs.change_from(from.clone(), by, adopted).await;
        if matches!(changed, Ok(Changed::Moved(_))) {
            self.0.metrics.leg(LegOutcome::Placed);
        }
        changed
    }
}
