//! The furniture of a workspace: activities, channels, queues, workflows.
//!
//! A story sets it up by hand, or an application over REST. What changes here reaches the tasks that wait: a queue's
//! new workers are offered them; a workflow's new configuration is for tasks to come, unless it is told to look at the
//! waiting ones again (`ReEvaluateTasks`).

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::{
    TaskRouter,
    configuration::Configuration,
    task::{TaskOrder, TaskStatus},
};
use crate::{
    emulator::rest::Refusal,
    expression::Expression,
    rng::Rng,
    twilio::sid::{ActivitySid, TaskChannelSid, TaskQueueSid, WorkflowSid, WorkspaceSid},
};

/// The workspace itself.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// Its SID.
    pub(crate) sid: WorkspaceSid,
    /// Its name.
    pub(crate) name: String,
    /// Where new workers begin.
    pub(crate) default_activity: ActivitySid,
    /// Where workers are sent who let an offer time out.
    pub(crate) timeout_activity: ActivitySid,
}

/// Where the SIDs grow from that every emulator has alike: far from any seed that a test would choose, because the
/// same seed gives the same SIDs.
const FURNITURE: u64 = 0x9d5c_37e1_04b8_6f2a;

impl Workspace {
    pub(super) fn new() -> Self {
        let rng = Rng::seeded(FURNITURE);
        let offline = ActivitySid::from_bytes(rng.bytes());
        Self {
            sid: WorkspaceSid::from_bytes(rng.bytes()),
            name: "Flex Task Assignment".to_owned(),
            default_activity: offline,
            timeout_activity: offline,
        }
    }
}

/// Something a worker may be doing.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    /// Its SID.
    pub(crate) sid: ActivitySid,
    /// Its name.
    pub(crate) name: String,
    /// Whether who does it gets tasks.
    pub(crate) available: bool,
}

/// A kind of work.
#[derive(Clone, Debug)]
pub(crate) struct TaskChannel {
    /// Its SID.
    pub(crate) sid: TaskChannelSid,
    /// What people call it.
    pub(crate) name: String,
    /// What programs call it: `voice`, `default`.
    pub(crate) unique_name: String,
}

/// Where tasks wait, and for whom.
#[derive(Clone, Debug)]
pub(crate) struct TaskQueue {
    /// Its SID.
    pub(crate) sid: TaskQueueSid,
    /// Its name.
    pub(crate) name: String,
    /// Which workers it is for, as it was written.
    pub(crate) target: String,
    /// How many workers are offered a task at once.
    pub(crate) max_reserved: u64,
    /// Which of its tasks goes first.
    pub(crate) order: TaskOrder,
    pub(super) workers: Expression,
    /// Whether who is in it depends on how much they have to do.
    pub(super) by_load: bool,
}

/// What brings a task to a queue.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    /// Its SID.
    pub(crate) sid: WorkflowSid,
    /// Its name.
    pub(crate) name: String,
    /// Its configuration, as it was written.
    pub(crate) configuration: String,
    /// What the configuration says.
    pub(super) routing: Arc<Configuration>,
    /// How many seconds an offer stands.
    pub(crate) reservation_timeout: u64,
}

impl TaskRouter {
    /// What Flex puts into a new workspace.
    pub(super) fn furnish(&mut self, rng: &Rng) {
        let offline = self.workspace.default_activity;
        self.activities.push(Activity {
            sid: offline,
            name: "Offline".to_owned(),
            available: false,
        });
        self.add_activity("Available", true, rng);
        self.add_activity("Break", false, rng);
        for (name, unique_name) in [("Default", "default"), ("Voice", "voice")] {
            self.channels.push(TaskChannel {
                sid: TaskChannelSid::from_bytes(rng.bytes()),
                name: name.to_owned(),
                unique_name: unique_name.to_owned(),
            });
        }
        // `1==1` is an expression that the evaluator knows.
        let _ = self.add_queue("Everyone", "1==1", rng);
    }

    /// Makes an activity.
    pub(crate) fn add_activity(&mut self, name: &str, available: bool, rng: &Rng) -> ActivitySid {
        let sid = ActivitySid::from_bytes(rng.bytes());
        self.activities.push(Activity {
            sid,
            name: name.to_owned(),
            available,
        });
        sid
    }

    /// Makes a queue for the workers whom `target` describes.
    ///
    /// # Errors
    /// 20001 when the expression is not understood.
    pub(crate) fn add_queue(
        &mut self,
        name: &str,
        target: &str,
        rng: &Rng,
    ) -> Result<TaskQueueSid, Refusal> {
        let sid = TaskQueueSid::from_bytes(rng.bytes());
        let workers = Expression::read(target)?;
        self.queues.push(TaskQueue {
            sid,
            name: name.to_owned(),
            target: target.to_owned(),
            max_reserved: 1,
            order: TaskOrder::Fifo,
            by_load: workers.asks_for(&["channel"]),
            workers,
        });
        self.queue_changed(sid);
        Ok(sid)
    }

    /// Changes whom a queue is for.
    ///
    /// # Errors
    /// 20001 when the expression is not understood.
    pub(crate) fn set_queue_target(
        &mut self,
        queue: TaskQueueSid,
        target: &str,
    ) -> Result<(), Refusal> {
        let workers = Expression::read(target)?;
        for it in self.queues.iter_mut().filter(|it| it.sid == queue) {
            target.clone_into(&mut it.target);
            it.by_load = workers.asks_for(&["channel"]);
            it.workers = workers.clone();
        }
        self.queue_changed(queue);
        Ok(())
    }

    /// Changes how a queue offers its tasks: to how many workers at once (at most 50), and which first.
    ///
    /// # Errors
    /// 20001 when the number is out of range.
    pub(crate) fn set_queue_rules(
        &mut self,
        queue: TaskQueueSid,
        max_reserved: Option<u64>,
        order: Option<TaskOrder>,
    ) -> Result<(), Refusal> {
        if max_reserved.is_some_and(|it| !(1..=50).contains(&it)) {
            return Err(Refusal::invalid("MaxReservedWorkers must be 1 to 50"));
        }
        for it in self.queues.iter_mut().filter(|it| it.sid == queue) {
            it.max_reserved = max_reserved.unwrap_or(it.max_reserved);
            it.order = order.unwrap_or(it.order);
        }
        self.queue_changed(queue);
        Ok(())
    }

    /// Everybody is looked at again, and every task that waits in the queue is offered anew.
    pub(crate) fn queue_changed(&mut self, queue: TaskQueueSid) {
        self.floor.touch_all(self.workers.keys().copied());
        let tasks = self.tasks.values();
        let tasks = tasks.filter(|task| task.queue == queue && task.status.waits());
        for sid in tasks.map(|task| task.sid).collect::<Vec<_>>() {
            self.settle(sid);
            self.fresh.insert(sid);
        }
    }

    /// Makes a workflow that leads to `queue`, or to the first queue.
    ///
    /// # Errors
    /// 20001 when there is no such queue.
    pub(crate) fn add_workflow(
        &mut self,
        name: &str,
        queue: Option<TaskQueueSid>,
        rng: &Rng,
    ) -> Result<WorkflowSid, Refusal> {
        let queue = queue.or_else(|| self.queues.first().map(|queue| queue.sid));
        let queue = queue.ok_or_else(|| Refusal::invalid("There is no queue"))?;
        let configuration = json!({ "task_routing": { "default_filter": { "queue": queue } } });
        self.add_routing(name, &configuration.to_string(), rng)
    }

    /// Makes a workflow that does what `configuration` says.
    ///
    /// # Errors
    /// 20001 when the configuration is not understood or names a queue that is not here.
    pub(crate) fn add_routing(
        &mut self,
        name: &str,
        configuration: &str,
        rng: &Rng,
    ) -> Result<WorkflowSid, Refusal> {
        let routing = Configuration::read(configuration, &self.queues)?;
        let sid = WorkflowSid::from_bytes(rng.bytes());
        self.workflows.push(Workflow {
            sid,
            name: name.to_owned(),
            configuration: configuration.to_owned(),
            routing: Arc::new(routing),
            reservation_timeout: 120,
        });
        Ok(sid)
    }

    /// Changes what a workflow does with tasks to come, and with those that wait if `again`.
    ///
    /// # Errors
    /// As [`TaskRouter::add_routing`].
    pub(crate) fn set_routing(
        &mut self,
        workflow: WorkflowSid,
        configuration: &str,
        again: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let routing = Arc::new(Configuration::read(configuration, &self.queues)?);
        for it in self.workflows.iter_mut().filter(|it| it.sid == workflow) {
            configuration.clone_into(&mut it.configuration);
            it.routing = Arc::clone(&routing);
        }
        let tasks = self.tasks.values();
        let tasks = tasks.filter(|task| {
            again && task.workflow == workflow && task.status == TaskStatus::Pending
        });
        for sid in tasks.map(|task| task.sid).collect::<Vec<_>>() {
            self.set_out(sid, Arc::clone(&routing), now);
        }
        Ok(())
    }

    /// Deletes a workflow.
    pub(crate) fn remove_workflow(&mut self, workflow: WorkflowSid) {
        self.workflows.retain(|it| it.sid != workflow);
    }

    /// Changes how long the offers of a workflow stand.
    pub(crate) fn set_reservation_timeout(&mut self, workflow: WorkflowSid, seconds: u64) {
        for it in self.workflows.iter_mut().filter(|it| it.sid == workflow) {
            it.reservation_timeout = seconds;
        }
    }

    /// All activities.
    pub(crate) fn activities(&self) -> &[Activity] {
        &self.activities
    }

    /// All kinds of work.
    pub(crate) fn channels(&self) -> &[TaskChannel] {
        &self.channels
    }

    /// All queues.
    pub(crate) fn queues(&self) -> &[TaskQueue] {
        &self.queues
    }

    /// All workflows.
    pub(crate) fn workflows(&self) -> &[Workflow] {
        &self.workflows
    }

    /// An activity.
    pub(crate) fn activity(&self, sid: ActivitySid) -> Option<&Activity> {
        self.activities.iter().find(|it| it.sid == sid)
    }

    /// The activity with this name.
    pub(crate) fn activity_named(&self, name: &str) -> Option<ActivitySid> {
        let mut all = self.activities.iter();
        all.find(|it| it.name == name).map(|it| it.sid)
    }

    /// The kind of work with this SID or unique name.
    pub(crate) fn channel(&self, id: &str) -> Option<&TaskChannel> {
        let mut all = self.channels.iter();
        all.find(|it| it.unique_name == id || it.sid.as_str() == id)
    }

    /// A queue.
    pub(crate) fn queue(&self, sid: TaskQueueSid) -> Option<&TaskQueue> {
        self.queues.iter().find(|it| it.sid == sid)
    }

    /// A workflow.
    pub(crate) fn workflow(&self, sid: WorkflowSid) -> Option<&Workflow> {
        self.workflows.iter().find(|it| it.sid == sid)
    }
}
