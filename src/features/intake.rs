//! Workers who go on and off line by themselves, from any phone: by calling the intake line, or by texting it.
//!
//! A worker is a `TaskRouter` worker whose `contact_uri` is their phone's number, exact in E.164. Going on line sets
//! their activity and, under `routing.skills`, which calls they take; going off line sets the other activity and
//! rejects what is offered to them at that moment. What must hold:
//!
//! - one worker for one phone, however many requests come at one instant: a new worker's name is made from the number,
//!   and TaskRouter lets a name exist only once (`people`);
//! - nothing else in a worker's attributes is lost: they are read, merged and written on the condition that no other program
//!   wrote in between (`duty`);
//! - no call is ever sent to a number that is our own, or dear: a loop of the line with itself would ring for ever;
//! - a worker who texts STOP is not rung either, although the carrier answers that by itself: they go off line;
//! - everybody is told something, in the end: three keys that are none, or three silences, end a call politely.
//!
//! What a text message means is decided without asking anybody (`command`); the phone's menus are in `call`, the
//! messages in `text`. A caller who can show another number than their own can speak for its owner, as with every caller
//! ID; the PIN is asked once only, for a phone that is not known yet.
//!
//! ---

#![doc = include_str!("intake/README.md")]

mod call;
mod command;
mod duty;
mod people;
mod pin;
pub mod routes;
pub mod settings;
mod text;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    context::Context,
    durable::cache::Lately,
    error::{Error, upstream},
    features::directory::Directory,
    twilio::{
        Twilio,
        party::E164,
        sid::{ActivitySid, WorkerSid},
    },
};

pub use call::{MenuName, Visit};
pub use command::Keyword;
pub use settings::{Enrol, Settings, Skill};
pub(crate) use settings::{on_activity, refused_prefixes};
pub use text::TextIn;

/// How long what was read is believed: whose phone a number is, which activity has a name. A phone that is given to a
/// second worker is noticed after this long.
const BELIEVED: Duration = Duration::from_mins(5);

/// Everything that can be done at the intake line. Cheap to clone.
#[derive(Clone)]
pub struct Intake(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    directory: Directory,
    settings: Settings,
    phones: Lately<E164, WorkerSid>,
    activities: Lately<String, ActivitySid>,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Intake")
    }
}

impl Intake {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings, directory: Directory) -> Self {
        let Context { twilio, clock, .. } = context.clone();
        Self(Arc::new(Parts {
            twilio,
            directory,
            settings,
            phones: Lately::new(clock, BELIEVED),
            activities: Lately::new(clock, BELIEVED),
        }))
    }
}
