//! Carrying instructions out, whether they came as an answer or by REST.
//!
//! Everything here needs a *pending* reservation (40114, 40123, 40135, 40136 otherwise). Calls are placed as any call
//! is; what follows when the worker answers is theirs: `call` plays its `url`, `dequeue` and `conference` take the
//! reservation then and there, because a phone that rings has not answered.
//!
//! A leg of `call` that is not answered changes nothing: the reservation stays pending until it times out or the
//! application rejects it, so ring time belongs into its budget. `dequeue` and `conference` set an acceptance up: until
//! the leg is answered the reservation is on hold and does not time out, and if it is not answered the reservation is
//! canceled and the task offered again (Twilio Support: "TaskRouter Reservation Canceled Instead of Timing Out").

use serde_json::json;

use super::{
    Instruction,
    instruction::Ring,
    meeting::{Connecting, Room},
};
use crate::{
    emulator::{
        calls::{CallStatus, NewCall},
        hooks::{Hook, Source},
        journal::Event,
        rest::Refusal,
        taskrouter::{Attributes, ReservationStatus},
        world::{Errand, World},
    },
    twilio::sid::{ActivitySid, CallSid, ReservationSid, TaskSid},
};

impl World {
    /// Carries an instruction out.
    ///
    /// # Errors
    /// The code that Twilio's error dictionary has for what stands against it.
    pub(in crate::emulator) fn obey(
        &mut self,
        reservation: ReservationSid,
        instruction: Instruction,
    ) -> Result<(), Refusal> {
        let now = self.now();
        // An offer whose time is up is no longer pending, whether or not anybody has looked at it.
        self.router.tick(now);
        match instruction {
            Instruction::Accept => self.router.accept(reservation, now),
            Instruction::Reject(activity) => self.refuse(reservation, activity),
            Instruction::Dequeue(ring) => self.dequeue(reservation, ring),
            Instruction::Call { ring, url, accept } => {
                let task = self.pending(reservation, 40114)?;
                let source = Source::fetch(Hook::post(url));
                self.ring_worker(reservation, task, ring, Some(source), 40110)?;
                if accept {
                    self.router.accept(reservation, now)?;
                }
                Ok(())
            }
            Instruction::Redirect { call, url, accept } => {
                self.move_away(reservation, call, url, accept)
            }
            Instruction::Conference {
                ring,
                room,
                end_on_exit,
                end_on_customer_exit,
            } => {
                let task = self.pending(reservation, 40136)?;
                self.waits_with_its_call(task, 40142)?;
                let after = self.known_activity(ring.after, 40143)?;
                let leg = self.ring_worker(reservation, task, ring, None, 40137)?;
                let room = Room {
                    name: room,
                    end_on_exit,
                    end_on_customer_exit,
                    after,
                };
                self.set_up(reservation, leg, Some(room));
                Ok(())
            }
        }
    }

    fn refuse(
        &mut self,
        reservation: ReservationSid,
        activity: Option<ActivitySid>,
    ) -> Result<(), Refusal> {
        let now = self.now();
        self.known_activity(activity, 40100)?;
        self.router.reject(reservation, activity, now)
    }

    /// The worker's leg plays what an application would write for it.
    fn dequeue(&mut self, reservation: ReservationSid, ring: Ring) -> Result<(), Refusal> {
        let task = self.pending(reservation, 40135)?;
        let call = self.waits_with_its_call(task, 40140)?;
        let after = self.known_activity(ring.after, 40130)?;
        let after = after.map_or_else(String::new, |activity| {
            format!(" postWorkActivitySid=\"{activity}\"")
        });
        let document = format!(
            "<Response><Dial><Queue reservationSid=\"{reservation}\"{after}/></Dial><Hangup/></Response>"
        );
        let ring = Ring {
            callback: ring.callback.map(|(hook, events)| {
                let link = if hook.url.contains('?') { '&' } else { '?' };
                let url = format!("{}{link}taskCallSid={call}", hook.url);
                (Hook { url, ..hook }, events)
            }),
            ..ring
        };
        let leg = self.ring_worker(reservation, task, ring, Some(Source::Text(document)), 40131)?;
        self.set_up(reservation, leg, None);
        Ok(())
    }

    /// The reservation is on hold until its worker's leg has been answered, or has failed.
    fn set_up(&mut self, reservation: ReservationSid, leg: CallSid, room: Option<Room>) {
        self.router.hold(reservation);
        self.errands.push(Errand::Connect(Box::new(Connecting {
            reservation,
            leg,
            room,
        })));
    }

    fn move_away(
        &mut self,
        reservation: ReservationSid,
        call: CallSid,
        url: String,
        accept: bool,
    ) -> Result<(), Refusal> {
        self.pending(reservation, 40123)?;
        let status = self.calls.get(call).map(|call| call.status);
        if status != Some(CallStatus::InProgress) {
            return Err(Refusal::new(400, 40122, "The call is not in progress"));
        }
        if accept {
            let now = self.now();
            self.router.accept(reservation, now)?;
        }
        self.redirect(call, Source::fetch(Hook::post(url)));
        Ok(())
    }

    /// Places the worker's leg and writes it into the task's attributes.
    fn ring_worker(
        &mut self,
        reservation: ReservationSid,
        task: TaskSid,
        ring: Ring,
        voice: Option<Source>,
        nowhere: u32,
    ) -> Result<CallSid, Refusal> {
        let worker = self.router.reservation(reservation).map(|it| it.worker);
        let worker = worker.and_then(|sid| self.router.worker(sid));
        let contact = worker.and_then(|it| it.attributes.text_of("contact_uri"));
        let to = ring.to.or_else(|| contact.map(str::to_owned));
        let to = to
            .filter(|to| !to.is_empty())
            .ok_or_else(|| Refusal::new(400, nowhere, "There is nobody to call"))?;
        let dialled = self.router.task(task).and_then(|it| it.call);
        let dialled = dialled.and_then(|call| self.calls.get(call));
        let from = ring.from.or_else(|| dialled.map(|call| call.to.clone()));
        let leg = self.start_call(NewCall {
            voice,
            callback: ring.callback,
            ring_limit: ring.timeout,
            ..NewCall::talking(&from.unwrap_or_default(), &to, "outbound-api")
        });
        self.write_down(task, "worker_call_sid", leg);
        Ok(leg)
    }

    /// "Linked call tracking": the task says which leg is its worker's.
    fn write_down(&mut self, task: TaskSid, name: &str, leg: CallSid) {
        let Some(it) = self.router.task(task) else {
            return;
        };
        let mut attributes = it.attributes.value.clone();
        attributes[name] = json!(leg);
        match Attributes::of(attributes) {
            Ok(attributes) => {
                let now = self.now();
                self.router.set_attributes(task, attributes, now);
            }
            Err(refusal) => self.note(Event::Warning {
                call: Some(leg),
                code: refusal.code,
                text: format!("{name} could not be written down: {}", refusal.message),
            }),
        }
    }

    /// The task of a reservation that is still pending.
    fn pending(&self, reservation: ReservationSid, code: u32) -> Result<TaskSid, Refusal> {
        let it = self.router.reservation(reservation);
        let it = it.ok_or_else(|| Refusal::not_found(reservation.as_str()))?;
        match it.status {
            ReservationStatus::Pending => Ok(it.task),
            other => {
                let message = format!("The reservation is {}, not pending", other.name());
                Err(Refusal::new(400, code, message))
            }
        }
    }

    /// The call that `<Enqueue>` made a task for, if it still waits.
    fn waits_with_its_call(&self, task: TaskSid, code: u32) -> Result<CallSid, Refusal> {
        let waiting = self.waiting_for(task);
        waiting.ok_or_else(|| Refusal::new(400, code, "No call waits in a queue for the task"))
    }

    /// Refuses an activity that the workspace does not have.
    fn known_activity(
        &self,
        activity: Option<ActivitySid>,
        code: u32,
    ) -> Result<Option<ActivitySid>, Refusal> {
        let known = activity.is_none_or(|sid| self.router.activity(sid).is_some());
        if known {
            Ok(activity)
        } else {
            Err(Refusal::new(400, code, "The activity does not exist"))
        }
    }
}
