//! What to do with an assignment: a pure decision.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    Settings,
    cause::Cause,
    record::{Connect, Screening},
};
use crate::twilio::{
    party::E164,
    sid::{CallSid, ReservationSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid},
};

/// The worker's attribute with how they want to be screened.
const SCREENING: &str = "screening";

/// The worker's attribute with how they meet callers.
const CONNECT: &str = "connect";

/// What TaskRouter asks about (Twilio: "Handling Task Assignment Callbacks").
#[derive(Clone)]
pub struct Assignment {
    /// The reservation.
    pub reservation: ReservationSid,
    /// The task.
    pub task: TaskSid,
    /// The worker.
    pub worker: WorkerSid,
    /// The workflow that made it.
    pub workflow: Option<WorkflowSid>,
    /// The queue it came from.
    pub queue: Option<TaskQueueSid>,
    /// The worker's attributes.
    pub worker_attributes: Map<String, Value>,
    /// The task's attributes.
    pub task_attributes: Map<String, Value>,
}

impl fmt::Debug for Assignment {
    /// Leaves out the attributes: they are full of names and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("reservation", &self.reservation)
            .field("task", &self.task)
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: the worker is not on a phone, or the task is no call.
    NotOurs,
    /// The phone must not be called.
    Refuse(E164, Cause),
    /// The phone is called.
    Call(Target),
}

/// Whom to call, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// The phone.
    pub phone: E164,
    /// How its owner is screened.
    pub screening: Screening,
    /// How they meet the caller.
    pub connect: Connect,
    /// The caller, where that needs to be known.
    pub caller: Option<CallSid>,
    /// Whose number they see.
    pub from: E164,
    /// What lets it be the caller's.
    pub token: Option<String>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("phone", &self.phone)
            .field("screening", &self.screening)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Decides about an assignment.
    #[must_use]
    pub fn plan(&self, assignment: &Assignment) -> Plan {
        let (worker, task) = (&assignment.worker_attributes, &assignment.task_attributes);
        let Some(caller_id) = self.caller_id() else {
            return Plan::NotOurs;
        };
        // A Flex agent's is `client:…`; a task without a call has no caller to join.
        let Some(phone) = number(worker, &self.attribute) else {
            return Plan::NotOurs;
        };
        if text(task, "call_sid").is_none() {
            return Plan::NotOurs;
        }
        let ends = ["from", "caller", "to", "called"];
        let is_an_end = |name: &&str| number(task, name).as_ref() == Some(&phone);
        if ends.iter().any(is_an_end) || *caller_id == phone {
            return Plan::Refuse(phone, Cause::Refused);
        }
        let screening = text(worker, SCREENING).and_then(Screening::read);
        let connect = text(worker, CONNECT).and_then(Connect::read);
        let caller = text(task, "call_sid").and_then(|call| call.parse().ok());
        let shown = self.show_caller.then(|| shown_caller(task)).flatten();
        let (from, token) = match shown {
            Some((from, token)) => (from, Some(token)),
            None => (caller_id.clone(), None),
        };
        Plan::Call(Target {
            phone,
            screening: screening.unwrap_or(self.screening),
            // A caller whose call is not known cannot be moved.
            connect: caller.map_or(Connect::Queue, |_: CallSid| connect.unwrap_or(self.connect)),
            caller,
            from,
            token,
        })
    }
}

/// The caller's number, and the token that lets a leg of ours show it; nothing if they withhold it.
fn shown_caller(task: &Map<String, Value>) -> Option<(E164, String)> {
    let from = number(task, "from")?;
    Some((from, text(task, "call_token")?.to_owned()))
}

fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = attributes.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// The phone number in an attribute, if it is one in E.164.
pub(super) fn number(attributes: &Map<String, Value>, name: &str) -> Option<E164> {
    text(attributes, name)?.parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::{
        features::dispatch::{Doubt, Phones, budget::Budget, cause::CoolDowns},
        twilio::sid::ActivitySid,
    };

    pub(in crate::features::dispatch) fn settings() -> Settings {
        let seconds = Duration::from_secs;
        Settings {
            public_url: "https://switchboard.example.com".to_owned(),
            phones: Some(Phones {
                caller_id: "+15125550100".parse().unwrap(),
                cool_down_activity: ActivitySid::from_bytes([7; 16]),
            }),
            show_caller: false,
            attribute: "contact_uri".to_owned(),
            screening: Screening::Amd,
            connect: Connect::Queue,
            whisper: None,
            caller_next: None,
            doubt: Doubt::Screen,
            budget: Budget {
                ring: seconds(20),
                listening: seconds(10),
                slack: seconds(15),
                reservation: seconds(120),
            },
            cool_downs: CoolDowns::default(),
            on_activity: "Available".to_owned(),
            misses: 3,
            missed_activity: None,
            missed_text: String::new(),
            supervisor: None,
            post_work_activity: None,
            nobody: None,
        }
    }

    fn asked(worker: Value, task: Value) -> Assignment {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        Assignment {
            reservation: ReservationSid::from_bytes([1; 16]),
            task: TaskSid::from_bytes([2; 16]),
            worker: WorkerSid::from_bytes([3; 16]),
            workflow: None,
            queue: None,
            worker_attributes: object(worker),
            task_attributes: object(task),
        }
    }

    const WORKER: &str = "+15125550111";

    fn call() -> Value {
        json!({"call_sid": "CA1", "from": "+13035550122", "to": "+15125550100", "call_token": "t"})
    }

    #[test]
    fn who_is_not_on_a_phone_is_not_ours() {
        for worker in [
            json!({}),
            json!({"contact_uri": "client:ann"}),
            json!({"contact_uri": 5}),
            json!({"contact_uri": ""}),
        ] {
            assert_eq!(settings().plan(&asked(worker, call())), Plan::NotOurs);
        }
        let chat = asked(json!({"contact_uri": WORKER}), json!({"name": "Carl"}));
        assert_eq!(settings().plan(&chat), Plan::NotOurs);
        let mut off = settings();
        off.phones = None;
        let plan = off.plan(&asked(json!({"contact_uri": WORKER}), call()));
        assert_eq!(plan, Plan::NotOurs);
    }

    #[test]
    fn neither_the_caller_nor_our_own_line_is_called() {
        for phone in ["+13035550122", "+15125550100"] {
            let plan = settings().plan(&asked(json!({"contact_uri": phone}), call()));
            assert!(
                matches!(plan, Plan::Refuse(_, Cause::Refused)),
                "{phone}: {plan:?}"
            );
        }
    }

    #[test]
    fn a_worker_may_want_another_screening() {
        for (said, wanted) in [
            ("press1", Screening::Press1),
            ("both", Screening::Both),
            ("none", Screening::None),
            ("nonsense", Screening::Amd),
        ] {
            let worker = json!({"contact_uri": WORKER, "screening": said});
            let Plan::Call(target) = settings().plan(&asked(worker, call())) else {
                panic!("not called");
            };
            assert_eq!(target.screening, wanted);
        }
    }

    #[test]
    fn a_worker_may_want_to_meet_callers_otherwise() {
        let caller = CallSid::from_bytes([4; 16]);
        let connect = |worker: Value, call: &str| {
            let task = json!({"call_sid": call});
            match settings().plan(&asked(worker, task)) {
                Plan::Call(target) => target.connect,
                other => panic!("{other:?}"),
            }
        };
        let plain = json!({"contact_uri": WORKER});
        assert_eq!(connect(plain, caller.as_str()), Connect::Queue);
        let other = json!({"contact_uri": WORKER, "connect": "conference"});
        assert_eq!(connect(other.clone(), caller.as_str()), Connect::Conference);
        assert_eq!(connect(other, "nonsense"), Connect::Queue);
    }

    #[test]
    fn the_caller_is_shown_only_with_a_token_and_a_number() {
        let from = |show: bool, task: Value| {
            let mut settings = settings();
            settings.show_caller = show;
            match settings.plan(&asked(json!({"contact_uri": WORKER}), task)) {
                Plan::Call(target) => (target.from.to_string(), target.token.is_some()),
                other => panic!("{other:?}"),
            }
        };
        let ours = ("+15125550100".to_owned(), false);
        assert_eq!(from(true, call()), ("+13035550122".to_owned(), true));
        assert_eq!(from(false, call()), ours);
        let withheld = json!({"call_sid": "CA1", "from": "anonymous", "call_token": "t"});
        assert_eq!(from(true, withheld), ours);
        let without = json!({"call_sid": "CA1", "from": "+13035550122"});
        assert_eq!(from(true, without), ours);
    }
}
