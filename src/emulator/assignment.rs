//! Assignment callbacks: TaskRouter asks the application what to do with a worker and a task it has brought together.
//!
//! When a reservation is made, the workflow's `AssignmentCallbackUrl` gets a form about it, and has five seconds for
//! 200 with `application/json`; otherwise the answer is ignored and the `FallbackAssignmentCallbackUrl` is asked the
//! same. `{}` or nothing means *I will see to it*; an [`Instruction`] is carried out ([`obey`]); anything else goes to
//! the error log, with the codes of Twilio's error dictionary: 40000 (no JSON type, and the fallback is asked), 40001
//! (no JSON), 40005 (JSON without an instruction). A second answer to the same reservation is carried out as well;
//! a late answer finds it no longer pending.
//!
//! Twilio: "Assigning Tasks to Workers: Handling Assignment Callbacks". The URLs live here and not in the routing
//! engine, which knows nothing of a world outside.

mod instruction;
mod meeting;
mod obey;
mod office;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

pub use self::office::{ReservationView, WorkerView};
pub(super) use self::{
    instruction::Instruction,
    meeting::{Connecting, Talk},
};
use super::{
    Emulator,
    hooks::{Fields, Hook, Send},
    journal::Event,
    rest::Refusal,
    taskrouter::{Happening, ReservationStatus},
    world::{Errand, World},
};
use crate::twilio::sid::{ActivitySid, CallSid, ReservationSid, TaskSid, WorkflowSid};

/// How long the application has (Twilio: "Handling Assignment Callbacks").
const LIMIT: Duration = Duration::from_secs(5);

/// Whom TaskRouter asks and tells.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    workflows: BTreeMap<WorkflowSid, Asked>,
    /// Where a worker goes once the conversation of a reservation is over.
    after_work: BTreeMap<ReservationSid, ActivitySid>,
}

/// Where a workflow asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) url: Option<String>,
    pub(super) fallback: Option<String>,
}

impl Callbacks {
    /// Where a workflow asks.
    pub(super) fn of(&self, workflow: WorkflowSid) -> Asked {
        self.workflows.get(&workflow).cloned().unwrap_or_default()
    }

    /// Says where a workflow asks from now on.
    pub(super) fn set(&mut self, workflow: WorkflowSid, asked: Asked) {
        self.workflows.insert(workflow, asked);
    }

    /// A workflow is gone.
    pub(super) fn forget(&mut self, workflow: WorkflowSid) {
        self.workflows.remove(&workflow);
    }
}

/// One question on its way.
#[derive(Debug)]
pub(super) struct Assignment {
    reservation: ReservationSid,
    task: TaskSid,
    call: Option<CallSid>,
    asked: Asked,
    fields: Fields,
}

impl World {
    /// What the world outside has to do with something that happened in TaskRouter.
    pub(super) fn follow_up(&mut self, happening: Happening) {
        let Happening::Reservation {
            reservation,
            worker,
            status,
            ..
        } = happening
        else {
            return;
        };
        match status {
            ReservationStatus::Pending => self.ask_what_to_do(reservation),
            ReservationStatus::Wrapping | ReservationStatus::Completed => {
                if let Some(activity) = self.callbacks.after_work.remove(&reservation) {
                    // Refused only when worker or activity are gone.
                    let _ = self.router.set_activity(worker, activity, self.clock.now());
                }
            }
            _ => {}
        }
    }

    fn ask_what_to_do(&mut self, reservation: ReservationSid) {
        let Some(it) = self.router.reservation(reservation) else {
            return;
        };
        let Some(task) = self.router.task(it.task) else {
            return;
        };
        let asked = self.callbacks.of(task.workflow);
        if asked.url.is_none() && asked.fallback.is_none() {
            return;
        }
        let now = self.now();
        let worker = self.router.worker(it.worker);
        let fields = [
            ("Timestamp", now.as_second().to_string()),
            ("AccountSid", self.account.to_string()),
            ("WorkspaceSid", self.router.workspace.sid.to_string()),
            ("WorkflowSid", task.workflow.to_string()),
            ("TaskQueueSid", task.queue.to_string()),
            ("WorkerSid", it.worker.to_string()),
            (
                "WorkerAttributes",
                worker.map_or_else(String::new, |it| it.attributes.text.clone()),
            ),
            ("TaskSid", task.sid.to_string()),
            ("TaskAttributes", task.attributes.text.clone()),
            (
                "TaskAge",
                now.duration_since(task.created).as_secs().to_string(),
            ),
            ("TaskPriority", task.priority.to_string()),
            ("ReservationSid", reservation.to_string()),
        ];
        let question = Assignment {
            reservation,
            task: task.sid,
            call: task.call,
            asked,
            fields: fields.into(),
        };
        self.errands.push(Errand::Assign(Box::new(question)));
    }
}

impl Emulator {
    /// Asks what to do with a reservation, and does it.
    pub(super) async fn assign(&self, question: Assignment) {
        let Asked { url, fallback } = question.asked;
        let asks = [
            ("assignment callback", url),
            ("assignment fallback", fallback),
        ];
        for (name, url) in asks {
            let Some(url) = url else {
                continue;
            };
            let send = Send {
                call: question.call,
                name,
                hook: Hook::post(url),
                fields: question.fields.clone(),
                document: false,
            };
            let understood = match self.ask_within(send, LIMIT).await {
                Ok(reply) => understood(&reply),
                Err(failure) => Err(Refusal::new(UNHEARD, failure.code(), failure.text())),
            };
            let wrong = match understood {
                Ok(None) => return,
                Ok(Some(instruction)) => {
                    let done = self.with(|world| {
                        world.note(Event::Routing {
                            task: Some(question.task),
                            text: format!("the application says {}", instruction.name()),
                        });
                        world.obey(question.reservation, instruction)
                    });
                    let Err(refusal) = done else {
                        return;
                    };
                    refusal
                }
                Err(refusal) => refusal,
            };
            self.warn(
                question.call,
                wrong.code,
                format!("{name}: {}", wrong.message),
            );
            if wrong.status != UNHEARD {
                return;
            }
        }
    }
}

/// The status by which [`understood`] says that the answer counts for nothing, so that the fallback is asked.
const UNHEARD: u16 = 502;

/// What the application wants done; `None` when it will see to it itself.
fn understood(reply: &Response<Bytes>) -> Result<Option<Instruction>, Refusal> {
    if reply.status() != StatusCode::OK {
        let text = format!("HTTP {} instead of 200", reply.status().as_u16());
        return Err(Refusal::new(UNHEARD, 11200, text));
    }
    let kind = reply.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
        let text = "the answer is not application/json";
        return Err(Refusal::new(UNHEARD, 40000, text));
    }
    if reply.body().trim_ascii().is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(reply.body()) else {
        return Err(Refusal::new(400, 40001, "the answer is no JSON object"));
    };
    if members.is_empty() {
        return Ok(None);
    }
    if !members.contains_key("instruction") {
        return Err(Refusal::new(400, 40005, "the answer has no instruction"));
    }
    Instruction::from_json(&members).map(Some)
}
