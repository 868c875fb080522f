//! The configuration of a workflow: which tasks go to which queue, how urgently, and for how long.
//!
//! It is JSON (Twilio: "Workflows overview"): filters from top to bottom, each with an expression about the task and
//! its targets in order, and a default filter for what no filter wants. It is read once, when the workflow is made or
//! changed; what cannot be obeyed is refused with 20001 and the place. Undefined members are left alone.

use serde_json::{Map, Value};

use super::TaskQueue;
use crate::{
    emulator::rest::Refusal,
    expression::{self, Expression, OrderBy, Path},
    twilio::sid::TaskQueueSid,
};

/// The longest configuration, in bytes (Twilio: "TaskRouter limits").
const LONGEST: usize = 1_038_576;

/// The highest priority (Twilio: "Task resource").
const HIGHEST: u64 = 2_147_483_647;

/// What a workflow does with its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// The first whose expression holds has the task.
    pub(crate) filters: Vec<Filter>,
    /// Has what no filter wants.
    pub(crate) default: Option<Target>,
}

/// Some tasks, and where they go one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Which tasks.
    pub(crate) expression: Expression,
    /// Where they go; there is one at least.
    pub(crate) targets: Vec<Target>,
}

/// One place where a task waits.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// In which queue.
    pub(crate) queue: TaskQueueSid,
    /// How urgent it becomes.
    pub(crate) priority: Option<u64>,
    /// For how many seconds; else for good.
    pub(crate) timeout: Option<u64>,
    /// Which of the queue's workers may have it.
    pub(crate) expression: Option<Expression>,
    /// Who of them goes first.
    pub(crate) order: OrderBy,
    /// When it does not wait here at all, unless a worker can have it at once.
    pub(crate) skip_if: Option<Expression>,
    /// The one worker who may have it.
    pub(crate) known: Option<Known>,
}

/// How a task names its worker.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// By SID, in this attribute.
    Sid(Path),
    /// By name, in this attribute.
    Name(Path),
}

/// Where in a configuration a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// At a target of a filter, both counted from zero.
    Target(usize, usize),
    /// At the default filter.
    Default,
}

impl Configuration {
    /// Reads a configuration that leads to some of `queues`.
    ///
    /// # Errors
    /// 20001, with the place, for whatever is not understood.
    pub(crate) fn read(text: &str, queues: &[TaskQueue]) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(refuse("", &format!("is limited to {LONGEST} bytes")));
        }
        let whole: Value =
            serde_json::from_str(text).map_err(|_| refuse("", "is not valid JSON"))?;
        let routing = whole.get("task_routing").and_then(Value::as_object);
        let routing = routing.ok_or_else(|| refuse("", "needs `task_routing`, an object"))?;
        let filters = match routing.get("filters") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(filters)) => filters.as_slice(),
            Some(_) => return Err(refuse("", "`filters` must be an array")),
        };
        let filters = filters.iter().enumerate();
        let filters = filters.map(|(index, filter)| read_filter(index, filter, queues));
        let default = match routing.get("default_filter") {
            None | Some(Value::Null) => None,
            Some(default) => {
                let target = read_target(", default filter", default, None, queues)?;
                // It takes no time-out (Twilio: "Workflows overview").
                let timeout = None;
                Some(Target { timeout, ..target })
            }
        };
        let filters = filters.collect::<Result<Vec<_>, _>>()?;
        if filters.is_empty() && default.is_none() {
            return Err(refuse("", "needs a filter or a default filter"));
        }
        Ok(Self { filters, default })
    }

    /// The one that leads every task to `queue`.
    pub(crate) fn to(queue: TaskQueueSid) -> Self {
        Self {
            filters: Vec::new(),
            default: Some(Target {
                queue,
                priority: None,
                timeout: None,
                expression: None,
                order: OrderBy::default(),
                skip_if: None,
                known: None,
            }),
        }
    }

    /// What stands at a stop.
    pub(crate) fn target(&self, stop: Stop) -> Option<&Target> {
        match stop {
            Stop::Target(filter, target) => self.filters.get(filter)?.targets.get(target),
            Stop::Default => self.default.as_ref(),
        }
    }

    /// The queue that is named first.
    pub(crate) fn first_queue(&self) -> Option<TaskQueueSid> {
        let mut targets = self.filters.iter().flat_map(|filter| &filter.targets);
        targets.next().or(self.default.as_ref()).map(|it| it.queue)
    }

    /// Where a task begins.
    pub(crate) fn first(&self, task: &Value) -> Option<Stop> {
        self.matching(0, task).or_else(|| self.fallback())
    }

    /// Where a task goes when its time at `stop` is up, or when it `skipped` it: to the next target of its filter, or
    /// to the next filter that wants it; only a task that skipped the last target may come to the default filter
    /// (Twilio: "Skipping based on worker availability").
    pub(crate) fn after(&self, stop: Stop, task: &Value, skipped: bool) -> Option<Stop> {
        let Stop::Target(filter, target) = stop else {
            return None;
        };
        let next = Stop::Target(filter, target + 1);
        if self.target(next).is_some() {
            return Some(next);
        }
        let fallback = || self.fallback().filter(|_| skipped);
        self.matching(filter + 1, task).or_else(fallback)
    }

    fn matching(&self, from: usize, task: &Value) -> Option<Stop> {
        let mut filters = self.filters.iter().enumerate().skip(from);
        let found = filters.find(|(_, filter)| filter.expression.holds(task));
        found.map(|(index, _)| Stop::Target(index, 0))
    }

    fn fallback(&self) -> Option<Stop> {
        self.default.as_ref().map(|_| Stop::Default)
    }
}

fn refuse(place: &str, why: &str) -> Refusal {
    Refusal::invalid(format!("The workflow's configuration{place} {why}"))
}

fn read_filter(index: usize, filter: &Value, queues: &[TaskQueue]) -> Result<Filter, Refusal> {
    let names = ["filter_friendly_name", "friendly_name"];
    let name = names.iter().find_map(|name| filter.get(name)?.as_str());
    let place = name.map_or_else(
        || format!(", filter {}", index + 1),
        |name| format!(", filter {} \"{}\"", index + 1, name.escape_debug()),
    );
    let members = members(&place, filter)?;
    let expression = expression(&place, members, "expression")?;
    let expression = expression.ok_or_else(|| refuse(&place, "needs an `expression`"))?;
    let targets = members.get("targets").and_then(Value::as_array);
    let targets = targets
        .filter(|it| !it.is_empty())
        .ok_or_else(|| refuse(&place, "needs `targets`, an array that is not empty"))?;
    let mut read: Vec<Target> = Vec::with_capacity(targets.len());
    for (index, target) in targets.iter().enumerate() {
        let place = format!("{place}, target {}", index + 1);
        let before = read.last().map(|target| target.queue);
        read.push(read_target(&place, target, before, queues)?);
    }
    Ok(Filter {
        expression,
        targets: read,
    })
}

fn read_target(
    place: &str,
    target: &Value,
    before: Option<TaskQueueSid>,
    queues: &[TaskQueue],
) -> Result<Target, Refusal> {
    let members = members(place, target)?;
    let queue = match text(place, members, "queue")? {
        None => before.ok_or_else(|| refuse(place, "needs a `queue`"))?,
        Some(sid) => {
            let mut queues = queues.iter();
            let known = queues.find(|queue| queue.sid.as_str() == sid);
            let known = known.ok_or_else(|| refuse(place, "names a `queue` that is not here"))?;
            known.sid
        }
    };
    let timeout = number(place, members, "timeout")?;
    if timeout == Some(0) {
        return Err(refuse(place, "needs a positive `timeout`"));
    }
    let priority = number(place, members, "priority")?;
    if priority.is_some_and(|it| it > HIGHEST) {
        return Err(refuse(place, "has too high a `priority`"));
    }
    let order = text(place, members, "order_by")?;
    let order = order.map(|text| within(place, "order_by", OrderBy::read(text)));
    Ok(Target {
        queue,
        priority,
        timeout,
        expression: expression(place, members, "expression")?,
        order: order.transpose()?.unwrap_or_default(),
        skip_if: expression(place, members, "skip_if")?,
        known: known(place, members)?,
    })
}

fn known(place: &str, members: &Map<String, Value>) -> Result<Option<Known>, Refusal> {
    let path = |name: &str| -> Result<Option<Path>, Refusal> {
        let Some(text) = text(place, members, name)? else {
            return Ok(None);
        };
        let path = within(place, name, Path::read(text))?;
        if path.begins_with(&["task"]) {
            Ok(Some(path))
        } else {
            let why = format!("needs an attribute of the task as `{name}`");
            Err(refuse(place, &why))
        }
    };
    match (
        path("known_worker_sid")?,
        path("known_worker_friendly_name")?,
    ) {
        (Some(_), Some(_)) => Err(refuse(place, "names its known worker twice")),
        (Some(path), None) => Ok(Some(Known::Sid(path))),
        (None, Some(path)) => Ok(Some(Known::Name(path))),
        (None, None) => Ok(None),
    }
}

fn members<'v>(place: &str, value: &'v Value) -> Result<&'v Map<String, Value>, Refusal> {
    let members = value.as_object();
    members.ok_or_else(|| refuse(place, "must be an object"))
}

/// The console writes an empty text where nothing was filled in.
fn text<'v>(
    place: &str,
    members: &'v Map<String, Value>,
    name: &str,
) -> Result<Option<&'v str>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
        Some(_) => Err(refuse(place, &format!("needs a text as `{name}`"))),
    }
}

/// A number, or a text that is one: both are seen.
fn number(place: &str, members: &Map<String, Value>, name: &str) -> Result<Option<u64>, Refusal> {
    let number = match members.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64(),
    };
    let wrong = || refuse(place, &format!("needs a whole number as `{name}`"));
    number.ok_or_else(wrong).map(Some)
}

fn expression(
    place: &str,
    members: &Map<String, Value>,
    name: &str,
) -> Result<Option<Expression>, Refusal> {
    let text = text(place, members, name)?;
    let read = text.map(|text| within(place, name, Expression::read(text)));
    read.transpose()
}

fn within<T>(
    place: &str,
    name: &str,
    read: Result<T, expression::Unreadable>,
) -> Result<T, Refusal> {
    read.map_err(|why| refuse(place, &format!("has an `{name}` that is refused. {why}")))
}
