//! Callers who would rather not wait: they are called back, or leave a message, and keep their place in line.
//!
//! What a caller hears in a queue is ours (`waitUrl`): a greeting, music, and the offer to press star ([`wait`]). A caller who
//! takes it is taken out of the line, and a task for later takes their place. Modes, fields and answers are those of the
//! flex-project-template's functions, so that an `<Enqueue>` and a plugin that know them need another domain only.
//!
//! What must hold:
//!
//! - a caller ends with an agent or with a call-back, never with both or neither: what they wish is written down first
//!   ([`wish`]), and TaskRouter decides by whether their task can still be canceled ([`ask`]);
//! - one task for each wish, however often it is delivered and wherever a process dies ([`make`], [`reconcile`]);
//! - a caller who was taken out of the line and could not leave a message is called back instead;
//! - no number is promised a call that is dear, abroad or no number at all ([`number`]);
//! - no caller is called at night: outside the hours callbacks wait where no agent takes them (`night`);
//! - what was said is never lost, whether or not we are told of it (`found`);
//! - silence, a wrong key or a failure of ours leaves a caller in the line, with a word.
//!
//! ---

#![doc = include_str!("callback/README.md")]

pub mod ask;
pub mod create;
mod found;
mod hear;
mod links;
pub mod make;
pub mod message;
pub mod mode;
mod night;
pub mod number;
pub mod reconcile;
pub mod requeue;
pub mod routes;
pub mod settings;
pub mod wait;
pub mod wish;
mod words;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc};

use self::wish::{Kind, Wish};
use crate::{
    clock::Clock,
    context::Context,
    durable::{outage::Outages, reconcile::Runner, store::Store},
    error::upstream,
    events::left_behind::LeftBehind,
    features::Feature,
    rng::Rng,
    telemetry::{FollowUpKind, FollowUpOutcome, Metrics},
    twilio::Twilio,
    twiml::Library,
};

pub(crate) use self::settings::time_zone;
pub use self::{
    create::CreateWish, hear::HearWish, make::Stands, message::Recorded, mode::Mode,
    requeue::RequeueWish, settings::Settings, wait::Round, words::Transcribed,
};

/// The name of the records of callers' wishes.
const WISHES: &str = "Global.FollowUps";

/// The name of the records of call-backs that were put back into line.
const REQUEUED: &str = "Global.FollowUpsRequeued";

/// Among how many maps they are spread: each call-back is four writes, and a map takes 20 a second.
const MAPS: u8 = 4;

/// Everything that can be done for callers who would rather not wait. Cheap to clone.
#[derive(Clone)]
pub struct Callback(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    library: Library,
    clock: Clock,
    rng: Rng,
    outages: Outages,
    metrics: Metrics,
    settings: Settings,
    wishes: Store<Wish>,
    requeued: Store<Wish>,
    left_behind: LeftBehind,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

impl Feature for Callback {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        runner.run(self).boxed()
    }
}

impl Callback {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings) -> Self {
        let Context {
            twilio,
            library,
            clock,
            rng,
            metrics,
            ..
        } = context.clone();
        Self(Arc::new(Parts {
            wishes: Store::new(twilio.clone(), WISHES, MAPS, Wish::life),
            requeued: Store::new(twilio.clone(), REQUEUED, MAPS, Wish::life),
            left_behind: LeftBehind::new(twilio.clone(), clock),
            twilio,
            library,
            clock,
            rng,
            outages: Outages::new(clock, "callback"),
            metrics,
            settings,
        }))
    }

    /// A fresh id for one write or one task. No hyphens: TaskRouter's expressions may stumble over them.
    fn mark(&self) -> String {
        self.0.rng.uuid(self.0.clock.now()).simple().to_string()
    }

    /// Counts what became of a wish, where its record has moved.
    fn count(&self, kind: Kind, outcome: FollowUpOutcome) {
        let kind = match kind {
            Kind::Callback => FollowUpKind::Callback,
            Kind::Message => FollowUpKind::Message,
        };
        self.0.metrics.followed_up(kind, outcome);
    }

    fn moved(&self, wish: &Wish, phase: wish::Phase) -> Wish {
        wish.moved_to(phase, self.0.clock.now(), self.mark())
    }
}
