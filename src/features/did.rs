//! Direct inward dialing: each agent has a number of their own, and a caller who dials it reaches them first.
//!
//! A call to such a number is welcomed and goes into a workflow, with the attributes of the published write-up (`name`,
//! `phone_number`, `type`, `direction`) and, under `did`, what we know besides: who the number belongs to, and for whom
//! the call was meant that was forwarded to it. The write-up's workflow finds the agent by the number; a better one asks
//! for `did.owner` as its known worker, which no short or empty attribute of another worker can match.
//!
//! Who owns a number is looked up ([`crate::features::directory`]); a number that the agents share is the owner's who called from
//! it last (`did/memory.rs`), and one without an owner goes where the configuration says, after a message that says so. But a
//! caller never pays for our trouble: when the look-up fails, the call goes into the workflow without an owner, which
//! finds them by itself.
//!
//! ---

#![doc = include_str!("did/README.md")]

pub mod caller_id;
mod follow;
mod left_behind;
mod memory;
pub mod settings;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};

pub use self::settings::Settings;

use self::memory::Memory;
use crate::{
    context::Context,
    durable::{
        callback_url::{PATIENCE, callback_url, maybe},
        outage::Outages,
        reconcile::Runner,
    },
    error::Error,
    events::{RouterEvent, left_behind::LeftBehind},
    features::{
        Feature,
        directory::{Directory, Found},
        inbound::{Inbound, QueueEnd},
        parking::Parking,
        voicemail::{self, Mailbox},
    },
    twilio::{
        Twilio,
        deadline::Deadline,
        party::{E164, Party},
        sid::{WorkerSid, WorkflowSid},
    },
    twiml::document::{
        Document, Fault, Queued, Unanswered,
        did::{Did as Said, Unowned},
    },
};

/// How long the owner may be looked for; the caller hears it ring meanwhile.
const LOOKING: Duration = Duration::from_secs(5);

/// A call has left the queue.
#[derive(Clone, Debug)]
pub struct Left {
    /// What was dialed.
    pub inbound: Inbound,
    /// Why.
    pub end: QueueEnd,
    /// Whose number it was, if that was known.
    pub owner: Option<WorkerSid>,
    /// It had already been sent to the workflow of numbers without an owner.
    pub nobodys: bool,
}

/// Direct inward dialing. Cheap to clone.
#[derive(Clone)]
pub struct Did(Arc<Parts>);

struct Parts {
    settings: Settings,
    directory: Directory,
    parking: Parking,
    twilio: Twilio,
    memory: Memory,
    left_behind: LeftBehind,
    outages: Outages,
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Did")
    }
}

/// Whose a number is.
enum Owner {
    /// This worker's.
    Worker(WorkerSid),
    /// The worker's who called from this number last.
    Recent(WorkerSid),
    /// The workflow finds out, or anybody may take it.
    Open,
    /// It has no owner.
    Nobody,
}

impl Feature for Did {
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

impl Did {
    /// Reads all records; gives how many there are.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, crate::twilio::error::Error> {
        self.0.memory.count(by).await
    }

    /// Puts the parts together.
    #[must_use]
    pub fn new(
        context: &Context,
        settings: Settings,
        directory: Directory,
        parking: Parking,
    ) -> Self {
        let Context {
            twilio, clock, rng, ..
        } = context.clone();
        let memory = Memory::new(twilio.clone(), clock, rng, settings.call_back);
        let left_behind = LeftBehind::new(twilio.clone(), clock);
        Self(Arc::new(Parts {
            settings,
            directory,
            parking,
            twilio,
            memory,
            left_behind,
            outages: Outages::new(clock, "did"),
        }))
    }

    /// What a caller hears who has dialed an agent's number, and where they go.
    pub async fn welcome(&self, inbound: &Inbound, by: Deadline) -> Document {
        if inbound.served {
            return Document::End;
        }
        let (Some(workflow), Party::Phone(dialled)) = (self.0.settings.workflow, &inbound.to)
        else {
            return self.nobodys(inbound);
        };
        let (owner, routing) = match self.owner(inbound, dialled, by.or_after(LOOKING)).await {
            Owner::Nobody => return self.nobodys(inbound),
            Owner::Worker(owner) => (Some(owner), "direct"),
            Owner::Recent(owner) => (Some(owner), "call-back"),
            Owner::Open => (None, "direct"),
        };
        let mut ours = json!({ "routing": routing });
        if let Some(owner) = owner {
            ours["owner"] = json!(owner);
        }
        let queued = self.queued(workflow, inbound, dialled.as_str(), ours, owner);
        Said::Welcome(queued).into()
    }

    async fn owner(&self, inbound: &Inbound, dialled: &E164, by: Deadline) -> Owner {
        let Parts {
            settings,
            directory,
            memory,
            ..
        } = &*self.0;
        if settings.shared.contains(dialled) {
            let Party::Phone(from) = &inbound.from else {
                return Owner::Open;
            };
            return match memory.who_called(from, dialled, by).await {
                Ok(who) => who.map_or(Owner::Open, Owner::Recent),
                Err(error) => {
                    tracing::warn!(call.sid = %inbound.call, %error, "who called a caller last could not be looked up");
                    Owner::Open
                }
            };
        }
        let ways = ways_to_write(dialled);
        match directory.find(&settings.attribute, &ways, by).await {
            Ok(Found::One(worker)) => Owner::Worker(worker.sid),
            Ok(Found::Nobody) => Owner::Nobody,
            // Each of them may take it; the workflow chooses.
            Ok(Found::Several(_)) => {
                tracing::warn!(call.sid = %inbound.call, number = %dialled.masked(), "several workers have the same number");
                Owner::Open
            }
            Err(error) => {
                tracing::warn!(call.sid = %inbound.call, %error, "the owner of a number could not be looked up");
                Owner::Open
            }
        }
    }

    /// What a caller hears whose call has left the queue.
    #[must_use]
    pub fn left(&self, left: &Left) -> Document {
        let settings = &self.0.settings;
        let message = settings.unanswered_message.clone();
        match left.end {
            QueueEnd::Served => Document::End,
            QueueEnd::Refused if left.nobodys => Document::Fault(Fault { again: None }),
            // No agent has heard of this caller; perhaps the desk can be told.
            QueueEnd::Refused => {
                let queued = self.desk(&left.inbound);
                Said::Nobody(Unowned { message, queued }).into()
            }
            QueueEnd::Untaken => {
                let owner = left
                    .owner
                    .filter(|_| settings.voicemail)
                    .map(Mailbox::Worker);
                let visit = |owner| voicemail::visit_url(&settings.public_url, owner, None);
                let next = owner.map(visit);
                Document::Unanswered(Unanswered { message, next })
            }
        }
    }

    fn nobodys(&self, inbound: &Inbound) -> Document {
        Said::Nobody(Unowned {
            message: self.0.settings.nobody_message.clone(),
            queued: self.desk(inbound),
        })
        .into()
    }

    /// The way to the desk that takes calls to numbers without an owner.
    fn desk(&self, inbound: &Inbound) -> Option<Queued> {
        let workflow = self.0.settings.nobody_workflow?;
        let dialled = inbound.to.to_string();
        let ours = json!({ "routing": "nobody" });
        Some(self.queued(workflow, inbound, &dialled, ours, None))
    }

    fn queued(
        &self,
        workflow: WorkflowSid,
        inbound: &Inbound,
        dialled: &str,
        ours: Value,
        owner: Option<WorkerSid>,
    ) -> Queued {
        let action = self.left_url(ours["routing"] == "nobody", owner);
        let ours = inbound.ours(ours);
        Queued {
            workflow,
            action,
            task: inbound.task([("phone_number", json!(dialled)), ("did", ours)]),
        }
    }
}

impl Did {
    /// Where a call goes that leaves the queue.
    fn left_url(&self, nobodys: bool, owner: Option<WorkerSid>) -> String {
        let parameters = [
            ("nobodys", Some(&nobodys as &dyn Display)),
            ("owner", maybe(owner.as_ref())),
        ];
        let base = &self.0.settings.public_url;
        callback_url(base, "/did/left", parameters, PATIENCE)
    }
}

/// The ways in which a worker's attribute may hold a number: as it is, without its plus sign, and (as the write-up has
/// them) the ten digits of North America without the country code.
fn ways_to_write(number: &E164) -> Vec<String> {
    let whole = number.as_str();
    let digits = whole.trim_start_matches('+');
    let mut ways = vec![whole.to_owned(), digits.to_owned()];
    let national = digits.strip_prefix('1');
    let national = national.filter(|rest| rest.len() == 10);
    ways.extend(national.map(str::to_owned));
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_without_its_plus_one() {
        let ways = ways_to_write(&"+15127640580".parse().unwrap());
        assert_eq!(ways, ["+15127640580", "15127640580", "5127640580"]);
        let ways = ways_to_write(&"+4930123456".parse().unwrap());
        assert_eq!(ways, ["+4930123456", "4930123456"]);
    }
}
