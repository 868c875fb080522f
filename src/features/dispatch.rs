//! Workers on their own phones: TaskRouter offers a task, the worker's phone rings, a person is joined to the caller,
//! a mailbox is not.
//!
//! What must hold under every interleaving, failure and crash: no two workers are joined to one caller; a caller never
//! hears a mailbox; no phone rings for a caller who left; a reservation that comes to nothing is given back once, with
//! its cause, and soon; no worker is left unavailable by us. The means are those of parking:
//!
//! - one record for each reservation ([`record`]), written *before* its leg is dialed and moved by compare-and-set only
//!   ([`crate::durable::store`]), so that of two reports that contradict each other exactly one counts;
//! - URLs that carry the reservation (`dispatch/links.rs`), so that nothing is ever looked up by a phone number or taken
//!   from "the first that is pending";
//! - debts: a decision (reject, withdraw, complete) is a phase of the record first and an act at Twilio second, so that
//!   any replica can carry them out after a crash (`dispatch/settle.rs`);
//! - a leg is known by the nonce in its URLs alone, never by its number and its time (`dispatch/place.rs`), and a phone is
//!   claimed by a reservation only as long as TaskRouter lets that stand (`dispatch/phones.rs`);
//! - TaskRouter has the last word: `<Dial><Queue reservationSid>` takes only a pending reservation, so a worker who is
//!   late finds it gone, is told so, and nothing loops;
//! - a reconciler in every replica (`dispatch/reconcile.rs`).
//!
//! Where hold, transfer or a third party are wanted, the two meet in a conference instead (`dispatch/room.rs`).
//!
//! What takes time is bounded by one budget ([`budget`]), which has to fit into the reservation's.
//!
//! ---

#![doc = include_str!("dispatch/README.md")]

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
pub mod settings;
mod settle;
mod strays;
mod tell;
pub mod variables;
mod whisper;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc, time::Duration};

use moka::sync::Cache;

pub(crate) use self::settings::phone_attribute;
pub use self::{
    answer::{LegAsks, LegJoined, LegPressed, Said},
    assign::{Instruction, Later},
    plan::Assignment,
    reconcile::EVERY,
    report::{LegReport, LegVerdict},
    room::{Alone, RoomAsks, Side},
    settings::{Doubt, Nobody, NobodyNext, Phones, Settings},
};
use self::{
    phones::PhoneInUse,
    record::{Leg, Phase},
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
    features::{Feature, availability::Availability},
    rng::Rng,
    telemetry::{LegOutcome, Metrics},
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error as TwilioError,
        party::E164,
        sid::{CallSid, EventSid, ReservationSid, TaskQueueSid},
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
    /// Callers who are told that no worker is at work.
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

    /// Notes which call a leg is; also in a record that is closed by now, because the request that ends the leg has to know it.
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
