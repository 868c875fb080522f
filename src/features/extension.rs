//! The direct extension: a caller keys in an agent's digits and reaches that agent, also while they talk to another
//! caller.
//!
//! A caller is asked for the digits ([`Extension::greet`]) and, after three tries in vain, goes to the operator or is
//! told goodbye. Who has an extension is looked up ([`crate::features::directory`]);
//! one that two agents share counts as unknown, and `check` says so. The call then goes into the workflow that finds the agent by `directExtension`, as in the sample.
//!
//! What the sample leaves out is what happens when the agent is away, declines or lets it ring. There, TaskRouter offers
//! the call to the same agent again, for ever; here the caller is told, once (`extension/unanswered.rs`), and may leave the
//! agent a message, if there are boxes ([`crate::features::voicemail`]).
//!
//! ---

#![doc = include_str!("extension/README.md")]

mod left_behind;
mod offer;
pub mod settings;
mod unanswered;

pub use self::settings::Settings;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    clock::Clock,
    context::Context,
    durable::{
        callback_url::{PATIENCE, callback_url, maybe},
        claim::Claims,
        outage::Outages,
        reconcile::Runner,
    },
    error::Error,
    events::{RouterEvent, left_behind::LeftBehind},
    features::{
        Feature,
        directory::{Directory, Found, lookup::ATTRIBUTE},
        inbound::{Inbound, QueueEnd},
        parking::Parking,
        voicemail::{self, Mailbox},
    },
    twilio::{
        Twilio,
        deadline::Deadline,
        sid::{TaskSid, WorkerSid, WorkflowSid},
    },
    twiml::{
        Library,
        document::{
            Document, Fault, Queued, Unanswered,
            extension::{Ask, Extension as Said, Tried},
        },
    },
};

/// How many tries in vain end the search.
const TRIES: u32 = 3;

/// What is keyed in for the operator.
const OPERATOR: &str = "0";

/// How long an extension may be looked up; the caller hears nothing meanwhile.
const LOOKING: Duration = Duration::from_secs(6);

/// A caller has keyed something in, or nothing.
#[derive(Clone)]
pub struct Keyed {
    /// Their call.
    pub inbound: Inbound,
    /// How many tries were in vain before.
    pub tries: u32,
    /// The keys.
    pub digits: Option<String>,
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("call", &self.inbound.call)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

/// A call has left the queue of its extension, or of the operator.
#[derive(Clone, Debug)]
pub struct Left {
    /// Whose extension it was; none with the operator.
    pub worker: Option<WorkerSid>,
    /// Why.
    pub end: QueueEnd,
}

/// Direct extensions. Cheap to clone.
#[derive(Clone)]
pub struct Extension(Arc<Parts>);

struct Parts {
    settings: Settings,
    directory: Directory,
    parking: Parking,
    twilio: Twilio,
    library: Library,
    clock: Clock,
    outages: Outages,
    moves: Claims,
    left_behind: LeftBehind,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Extension")
    }
}

impl Feature for Extension {
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

impl Extension {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        context: &Context,
        settings: Settings,
        directory: Directory,
        parking: Parking,
    ) -> Self {
        let Context {
            twilio,
            library,
            clock,
            rng,
            ..
        } = context.clone();
        let moves = Claims::new(twilio.clone(), "Global.Extensions", clock, rng);
        let left_behind = LeftBehind::new(twilio.clone(), clock);
        Self(Arc::new(Parts {
            settings,
            directory,
            parking,
            twilio,
            library,
            clock,
            outages: Outages::new(clock, "extension"),
            moves,
            left_behind,
        }))
    }

    /// What a caller hears first who wants an extension.
    #[must_use]
    pub fn greet(&self, inbound: &Inbound) -> Document {
        if inbound.served {
            return Document::End;
        }
        self.ask(Tried::Greeting, 0)
    }

    /// What they hear once they have keyed something in.
    pub async fn keyed(&self, keyed: &Keyed, by: Deadline) -> Document {
        let settings = &self.0.settings;
        let digits = keyed.digits.as_deref().unwrap_or_default().trim();
        if digits == OPERATOR && settings.operator.is_some() {
            return self.operator(&keyed.inbound);
        }
        if digits.len() != settings.digits as usize
            || !crate::features::directory::lookup::is_extension(digits)
        {
            return self.again(Tried::Incomplete, keyed);
        }
        let Some(workflow) = settings.workflow else {
            return self.again(Tried::Unknown, keyed);
        };
        let by = by.or_after(LOOKING);
        let found = self
            .0
            .directory
            .find(ATTRIBUTE, &[digits.to_owned()], by)
            .await;
        match found {
            Ok(Found::One(worker)) if worker.available => {
                Said::Connect(self.direct(workflow, worker.sid, digits, &keyed.inbound)).into()
            }
            Ok(Found::One(worker)) => self.unanswered(worker.sid, None),
            Ok(Found::Nobody) => self.again(Tried::Unknown, keyed),
            Ok(Found::Several(_)) => {
                tracing::warn!(
                    "several workers have the same extension, so it is treated as unknown"
                );
                self.again(Tried::Unknown, keyed)
            }
            Err(error) => {
                tracing::warn!(call.sid = %keyed.inbound.call, %error, "an extension could not be looked up");
                match settings.operator {
                    Some(_) => self.operator(&keyed.inbound),
                    None => self.later(keyed.tries, digits),
                }
            }
        }
    }

    /// What a caller hears whose call has left a queue.
    #[must_use]
    pub fn left(&self, left: &Left) -> Document {
        match (left.end, left.worker) {
            (QueueEnd::Served, _) => Document::End,
            (_, Some(worker)) => self.unanswered(worker, None),
            // There is no further desk behind the operator.
            (_, None) => Said::Operator(None).into(),
        }
    }

    /// What a caller hears whose call is not taken.
    fn unanswered(&self, worker: WorkerSid, task: Option<TaskSid>) -> Document {
        let settings = &self.0.settings;
        let mailbox = Mailbox::Worker(worker);
        let visit = || voicemail::visit_url(&settings.public_url, mailbox, task);
        Document::Unanswered(Unanswered {
            message: settings.message.clone(),
            next: settings.voicemail.then(visit),
        })
    }

    fn again(&self, tried: Tried, keyed: &Keyed) -> Document {
        let vain = keyed.tries.saturating_add(1);
        if vain >= TRIES {
            return self.operator(&keyed.inbound);
        }
        self.ask(tried, vain)
    }

    fn ask(&self, said: Tried, tries: u32) -> Document {
        let settings = &self.0.settings;
        Said::Ask(Ask {
            said,
            digits: settings.digits,
            operator: settings.operator.is_some(),
            next: self.keyed_url(tries, None),
        })
        .into()
    }

    /// The same digits again, after an apology.
    fn later(&self, tries: u32, digits: &str) -> Document {
        Document::Fault(Fault {
            again: Some(self.keyed_url(tries, Some(digits))),
        })
    }

    fn operator(&self, inbound: &Inbound) -> Document {
        let queued = self.0.settings.operator.map(|workflow| Queued {
            workflow,
            action: self.left_url(None),
            task: inbound.task([("extension", inbound.ours(json!({ "operator": true })))]),
        });
        Said::Operator(queued).into()
    }

    fn direct(
        &self,
        workflow: WorkflowSid,
        worker: WorkerSid,
        digits: &str,
        inbound: &Inbound,
    ) -> Queued {
        Queued {
            workflow,
            action: self.left_url(Some(worker)),
            task: inbound.task([
                (ATTRIBUTE, json!(digits)),
                ("extension", inbound.ours(json!({ "owner": worker }))),
            ]),
        }
    }

    /// Where the digits go; `digits` are those that the caller need not key in again.
    fn keyed_url(&self, tries: u32, digits: Option<&str>) -> String {
        let base = &self.0.settings.public_url;
        let parameters = [("Digits", maybe(digits.as_ref())), ("tries", Some(&tries))];
        callback_url(base, "/extension/keyed", parameters, PATIENCE)
    }

    fn left_url(&self, worker: Option<WorkerSid>) -> String {
        let base = &self.0.settings.public_url;
        let parameters = [("worker", maybe(worker.as_ref()))];
        callback_url(base, "/extension/left", parameters, PATIENCE)
    }
}
