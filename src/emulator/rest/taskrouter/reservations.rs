//! Reservations over REST, below their task or below their worker.
//!
//! An update either says what has become of the reservation (`ReservationStatus`) or what is to be done about it
//! (`Instruction`, with the parameters of that instruction); the instructions are those of the assignment callback.

use std::borrow::Cow;

use super::{
    Answer,
    show::Show,
    tasks::{check_version, tag},
};
use crate::{
    emulator::{
        assignment::Instruction,
        rest::{Direction, Page, Refusal, RestAnswer, RestRequest},
        taskrouter::{Reservation, ReservationStatus, TaskRouter},
        world::World,
    },
    twilio::sid::{ReservationSid, TaskSid},
};

/// What an update may say (Twilio: `UpdateTaskReservation`, `UpdateWorkerReservation`).
const UPDATE: [&str; 52] = [
    "ReservationStatus",
    "WorkerActivitySid",
    "Instruction",
    "DequeuePostWorkActivitySid",
    "DequeueFrom",
    "DequeueRecord",
    "DequeueTimeout",
    "DequeueTo",
    "DequeueStatusCallbackUrl",
    "DequeueStatusCallbackEvent",
    "CallFrom",
    "CallRecord",
    "CallTimeout",
    "CallTo",
    "CallUrl",
    "CallStatusCallbackUrl",
    "CallAccept",
    "RedirectCallSid",
    "RedirectAccept",
    "RedirectUrl",
    "To",
    "From",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "Timeout",
    "Record",
    "Muted",
    "Beep",
    "StartConferenceOnEnter",
    "EndConferenceOnExit",
    "WaitUrl",
    "WaitMethod",
    "EarlyMedia",
    "MaxParticipants",
    "ConferenceStatusCallback",
    "ConferenceStatusCallbackMethod",
    "ConferenceStatusCallbackEvent",
    "ConferenceRecord",
    "ConferenceTrim",
    "RecordingChannels",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "ConferenceRecordingStatusCallback",
    "ConferenceRecordingStatusCallbackMethod",
    "Region",
    "SipAuthUsername",
    "SipAuthPassword",
    "PostWorkActivitySid",
    "EndConferenceOnCustomerExit",
    "BeepOnCustomerEntrance",
    "JitterBufferSize",
];

fn belongs(it: &Reservation, owner: &str, sid: &str) -> bool {
    match owner {
        "Tasks" => it.task.as_str() == sid,
        _ => it.worker.as_str() == sid,
    }
}

fn find<'a>(
    router: &'a TaskRouter,
    request: &RestRequest,
    (owner, above, sid): (&str, &str, &str),
) -> Result<&'a Reservation, Refusal> {
    let found = sid.parse::<ReservationSid>().ok();
    let found = found.and_then(|sid| router.reservation(sid));
    found
        .filter(|it| belongs(it, owner, above))
        .ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn list(world: &World, request: &RestRequest, owner: &str, sid: &str) -> Answer {
    request.allow_list(match owner {
        "Tasks" => &["ReservationStatus", "WorkerSid"],
        _ => &["ReservationStatus"],
    })?;
    let router = &world.router;
    let exists = match owner {
        "Tasks" => sid.parse().is_ok_and(|sid| router.task(sid).is_some()),
        _ => sid.parse().is_ok_and(|sid| router.worker(sid).is_some()),
    };
    if !exists {
        return Err(Refusal::not_found(&request.path));
    }
    let status = request.query_value("ReservationStatus");
    let status = status
        .map(|name| {
            ReservationStatus::named(name).ok_or_else(|| Refusal::bad_value("ReservationStatus"))
        })
        .transpose()?;
    let worker = request.query_value("WorkerSid");
    let rows = router.reservations().filter(|it| {
        belongs(it, owner, sid)
            && status.is_none_or(|status| it.status == status)
            && worker.is_none_or(|worker| it.worker.as_str() == worker)
    });
    let rows = rows.map(|it| (Cow::Borrowed(it.sid.as_str()), it));
    let page = Page::cut(request, 1000, Direction::Rising, rows)?;
    let show = Show::new(world, request);
    Ok(RestAnswer::found(page.modern(
        request,
        "reservations",
        |it| show.reservation(it, owner),
    )))
}

pub(super) fn fetch(
    world: &World,
    request: &RestRequest,
    owner: &str,
    above: &str,
    sid: &str,
) -> Answer {
    request.allow(&[], &[])?;
    let it = find(&world.router, request, (owner, above, sid))?;
    let body = Show::new(world, request).reservation(it, owner);
    Ok(RestAnswer::found(body).tagged(tag(it.version)))
}

pub(super) fn update(
    world: &mut World,
    request: &RestRequest,
    owner: &str,
    above: &str,
    sid: &str,
) -> Answer {
    request.allow(&[], &UPDATE)?;
    let it = find(&world.router, request, (owner, above, sid))?;
    check_version(request, it.version)?;
    let (reservation, task) = (it.sid, it.task);
    match request.form_value("Instruction") {
        None => change_status(world, request, reservation, task)?,
        Some(_) if request.form_value("ReservationStatus").is_some() => {
            return Err(Refusal::invalid(
                "ReservationStatus and Instruction cannot be given together",
            ));
        }
        Some(name) => {
            let instruction = Instruction::from_form(name, request)?;
            world.obey(reservation, instruction)?;
        }
    }
    let it = find(&world.router, request, (owner, above, sid))?;
    let body = Show::new(world, request).reservation(it, owner);
    Ok(RestAnswer::found(body).tagged(tag(it.version)))
}

fn change_status(
    world: &mut World,
    request: &RestRequest,
    reservation: ReservationSid,
    task: TaskSid,
) -> Result<(), Refusal> {
    let now = world.now();
    let activity = request.form_value("WorkerActivitySid");
    let activity = activity
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::bad_value("WorkerActivitySid"))?;
    let status = request.form_value("ReservationStatus");
    match status.and_then(ReservationStatus::named) {
        Some(ReservationStatus::Accepted) => world.router.accept(reservation, now),
        Some(ReservationStatus::Rejected) => world.router.reject(reservation, activity, now),
        Some(ReservationStatus::Wrapping) => world.router.wrap_up(task, now),
        Some(ReservationStatus::Completed) => world.router.complete(task, None, now),
        _ => Err(Refusal::bad_value("ReservationStatus")),
    }
}
