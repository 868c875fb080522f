//! An agent places a call from Flex (Flex UI: `StartOutboundCall`): a task for the agent alone, taken at once, and a
//! conference in which the other side is rung. The number that is shown is the account's or a verified one; otherwise
//! Twilio refuses the call (error 21210).

use serde_json::json;

use super::{Browser, FlexError, contact};
use crate::{
    emulator::{
        calls::{CallStatus, NewCall},
        conferences::Role,
        rest::Refusal,
        taskrouter::{Attributes, NewTask},
    },
    twilio::{
        party::E164,
        sid::{CallSid, WorkflowSid},
    },
};

/// How long such a task may wait, in seconds; it does not.
const TIMEOUT: u64 = 86_400;

impl Browser {
    /// Calls a number, and talks to the party that answers at once. Gives their leg.
    ///
    /// # Errors
    /// When the number shown may not be, or the agent cannot be given the task.
    pub fn dial(
        &self,
        workflow: WorkflowSid,
        to: &E164,
        shown: &E164,
    ) -> Result<CallSid, FlexError> {
        let (emulator, worker) = (self.emulator()?, self.0.worker);
        emulator.with(|world| {
            if !world.numbers.may_be_shown(shown.as_str()) {
                let message = "The source phone number is not yet verified for your account";
                return Err(Refusal::new(400, 21210, message).into());
            }
            let now = world.now();
            let contact = contact(world, worker);
            let attributes = json!({
                "autoAnswer": "true", "direction": "outbound", "from": shown.as_str(), "name": to.as_str(),
                "outbound_to": to.as_str(), "targetWorker": &contact,
            });
            let new = NewTask {
                workflow,
                channel: "voice".to_owned(),
                attributes: Attributes::of(attributes)?,
                priority: 0,
                call: None,
                target: Some(worker.to_string()),
                ignore_capacity: true,
                timeout: TIMEOUT,
                virtual_start: None,
            };
            let task = world.router.create_task(new, &world.rng, now)?;
            world.let_the_router_follow();
            let offer = world.router.pending_of(task);
            let offer = offer.ok_or(FlexError::Plugin("the agent is not offered their own call"))?;
            world.router.accept(offer, now)?;
            let conference = world.open_conference(task.as_str(), Some(task));
            let leg = |party: &str| NewCall::talking(shown.as_str(), party, "outbound-api");
            let (agent, customer) = (leg(&contact), leg(to.as_str()));
            let (agent, customer) = (world.start_call(agent), world.start_call(customer));
            for (leg, role, ends) in [(agent, Role::Worker, true), (customer, Role::Customer, false)] {
                world.set_status(leg, CallStatus::InProgress);
                world.join(conference, leg, role, ends);
            }
            world.tell_task(task, conference, customer, agent);
            Ok(customer)
        })
    }
}
