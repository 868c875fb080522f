//! Where a worker's leg and a waiting caller meet: `<Dial><Queue reservationSid>`, and the `conference` instruction.
//!
//! Either takes the reservation, and only a pending one can be taken. Twilio's codes: 14217 when it does not exist or
//! was canceled or rescinded, 14215 when it is otherwise no longer pending or has no call in a queue, 14216 for a
//! `postWorkActivitySid` that is none. When the conversation ends, whichever side ends it, task and reservation go to
//! wrap-up and stay there until REST completes them (Twilio: "Lifecycle of a Task", *Wrapping and Completed*: in a
//! multitasking workspace, and Flex's are, what TaskRouter ends by itself goes to `wrapping`); the worker goes to the
//! post-work activity, if there is one. The caller's `<Enqueue>` ends with `bridged`, the worker's `<Dial>` with
//! `completed`.

use crate::{
    emulator::{
        Emulator, Heard,
        calls::{Bridge, CallStatus},
        conferences::Role,
        hooks::Hook,
        journal::Event,
        taskrouter::ReservationStatus,
        twiml::Waiting,
        world::World,
    },
    twilio::sid::{ActivitySid, CallSid, ReservationSid, TaskSid},
};

/// A conversation between a waiting caller and the leg that dialed their queue.
#[derive(Clone, Copy, Debug)]
pub(in crate::emulator) struct Talk {
    /// The leg that dialed.
    pub(in crate::emulator) with: CallSid,
}

/// A worker's leg that is to meet a caller once it is answered.
#[derive(Debug)]
pub(in crate::emulator) struct Connecting {
    pub(super) reservation: ReservationSid,
    pub(super) leg: CallSid,
    /// In this conference; otherwise its own document brings it to the caller.
    pub(super) room: Option<Room>,
}

/// The conference of a `conference` instruction.
#[derive(Debug)]
pub(in crate::emulator) struct Room {
    pub(super) name: Option<String>,
    pub(super) end_on_exit: bool,
    pub(super) end_on_customer_exit: bool,
    pub(super) after: Option<ActivitySid>,
}

/// Why two legs cannot meet: Twilio's code.
type Code = u32;

impl World {
    /// `leg` takes a reservation and talks to the caller who waits for it. Gives that leg.
    pub(in crate::emulator) fn dial_queue(
        &mut self,
        leg: CallSid,
        waiting: &Waiting,
        whisper: Option<Hook>,
        action: Option<Hook>,
    ) -> Result<CallSid, Code> {
        let reservation: ReservationSid = waiting.reservation.parse().map_err(|_| 14215_u32)?;
        let after: Option<ActivitySid> = waiting
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| 14216_u32)?;
        if after.is_some_and(|sid| self.router.activity(sid).is_none()) {
            return Err(14216);
        }
        let customer = self.take(reservation, (14217, 14215))?;
        self.remember(reservation, after);
        let now = self.now();
        let at_once = whisper.is_none();
        if let Some(call) = self.calls.get_mut(leg) {
            call.bridge = Some(Bridge {
                action,
                child: None,
                queued: Some(customer),
                result: None,
            });
        }
        if let Some(call) = self.calls.get_mut(customer)
            && let Some(ticket) = &mut call.ticket
        {
            ticket.bridged = Some(now);
            ticket.talk = Some(Talk { with: leg });
            ticket.whisper = whisper;
            call.wake();
        }
        if at_once {
            self.they_talk(customer);
        }
        Ok(customer)
    }

    /// The whisper, if there was one, is over: both sides hear each other.
    pub(in crate::emulator) fn they_talk(&mut self, customer: CallSid) {
        let ticket = self.calls.get(customer).and_then(|it| it.ticket.as_ref());
        let Some((task, meeting)) = ticket.and_then(|it| Some((it.task, it.talk?))) else {
            return;
        };
        for leg in [customer, meeting.with] {
            if let Some(call) = self.calls.get_mut(leg) {
                call.heard.push(Heard::Somebody);
            }
        }
        self.note(Event::Routing {
            task: Some(task),
            text: format!("{:?} talks to {customer:?}", meeting.with),
        });
    }

    /// The conversation of a task is over: both sides go on with what they were doing.
    pub(in crate::emulator) fn talk_over(
        &mut self,
        task: TaskSid,
        customer: CallSid,
        meeting: Talk,
    ) {
        let now = self.now();
        // Refused when the task has ended meanwhile.
        let _ = self.router.wrap_up(task, now);
        if let Some(call) = self.calls.get_mut(meeting.with)
            && let Some(bridge) = &mut call.bridge
            && bridge.queued == Some(customer)
            && bridge.result.is_none()
        {
            bridge.result = Some("completed");
            call.wake();
        }
    }

    /// The leg that dialed is gone: the caller's `<Enqueue>` is over.
    pub(in crate::emulator) fn left_alone(&mut self, customer: CallSid) {
        let ticket = self
            .calls
            .get_mut(customer)
            .and_then(|it| it.ticket.as_mut());
        let Some(ticket) = ticket else {
            return;
        };
        let (task, meeting) = (ticket.task, ticket.talk.take());
        if let Some(meeting) = meeting {
            self.talk_over(task, customer, meeting);
            self.queue_over(customer, "bridged");
        }
    }

    /// The call that waits in a queue for a task.
    pub(in crate::emulator) fn waiting_for(&self, task: TaskSid) -> Option<CallSid> {
        let call = self.calls.get(self.router.task(task)?.call?)?;
        let ticket = call.ticket.as_ref()?;
        let waits = ticket.task == task && ticket.bridged.is_none() && ticket.result.is_none();
        waits.then_some(call.sid)
    }

    /// Accepts a reservation for a leg that has been answered. Gives the leg that waits for it.
    fn take(
        &mut self,
        reservation: ReservationSid,
        (gone, not_pending): (Code, Code),
    ) -> Result<CallSid, Code> {
        let now = self.now();
        // An offer whose time is up is no longer pending, whether or not anybody has looked at it.
        self.router.tick(now);
        let it = self.router.reservation(reservation).ok_or(gone)?;
        match it.status {
            ReservationStatus::Pending => {}
            ReservationStatus::Canceled | ReservationStatus::Rescinded => return Err(gone),
            _ => return Err(not_pending),
        }
        let customer = self.waiting_for(it.task).ok_or(not_pending)?;
        self.router.accept(reservation, now).map_err(|_| gone)?;
        Ok(customer)
    }

    fn remember(&mut self, reservation: ReservationSid, after: Option<ActivitySid>) {
        if let Some(activity) = after {
            self.callbacks.after_work.insert(reservation, activity);
        }
    }

    /// The worker's leg has been answered: both meet in a conference.
    fn connect(
        &mut self,
        reservation: ReservationSid,
        leg: CallSid,
        room: &Room,
    ) -> Result<(), Code> {
        let customer = self.take(reservation, (40144, 40136))?;
        self.remember(reservation, room.after);
        let Some(task) = self.router.reservation(reservation).map(|it| it.task) else {
            return Err(40144);
        };
        let name = room.name.as_deref().unwrap_or(task.as_str());
        let conference = self.open_conference(name, Some(task));
        let now = self.now();
        self.join(
            conference,
            customer,
            Role::Customer,
            room.end_on_customer_exit,
        );
        self.join(conference, leg, Role::Worker, room.end_on_exit);
        if let Some(call) = self.calls.get_mut(customer)
            && let Some(ticket) = &mut call.ticket
        {
            ticket.bridged = Some(now);
            call.wake();
        }
        self.tell_task(task, conference, customer, leg);
        Ok(())
    }
}

impl Emulator {
    /// Waits for a worker's leg to be answered, then lets it meet its caller. If it is not answered, the set-up has
    /// failed.
    pub(in crate::emulator) async fn connect_leg(&self, wish: Connecting) {
        let Connecting {
            reservation,
            leg,
            room,
        } = wish;
        let (moves, mut status) = {
            let world = self.lock();
            let Some(call) = world.calls.get(leg) else {
                return;
            };
            (std::sync::Arc::clone(&call.moves), call.status)
        };
        // A leg that brings itself to the caller may still fail to: then it ends with its reservation pending.
        let answered = |status| status == CallStatus::InProgress && room.is_some();
        while !status.is_final() && !answered(status) {
            moves.notified().await;
            let now = self.lock().calls.get(leg).map(|call| call.status);
            status = now.unwrap_or(CallStatus::Failed);
        }
        if status.is_final() {
            self.with(|world| {
                let now = world.now();
                world.router.set_up_failed(reservation, now);
            });
            return;
        }
        let Some(room) = room else {
            return;
        };
        let (clock, time) = self.with(|world| (world.clock, world.set_up));
        if !time.is_zero() {
            clock.sleep(time).await;
        }
        if let Err(code) = self.with(|world| world.connect(reservation, leg, &room)) {
            let text = "conference: the reservation is no longer pending".to_owned();
            self.warn(Some(leg), code, text);
            self.with(|world| world.end_call(leg));
        }
    }
}
