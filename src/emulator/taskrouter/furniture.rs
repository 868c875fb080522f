//! Changing the furniture of a workspace: what REST can do to activities, channels, queues and workflows.
//!
//! Names are unique in their kind, and nothing that is still in use can be taken away: an activity that a worker is
//! in, a queue that a workflow leads to or a task waits in, a channel with tasks. Twilio refuses all of it with 20001.

use jiff::Timestamp;

use super::{TaskChannel, TaskRouter, Workflow, worker::WorkerChannel};
use crate::{
    emulator::rest::Refusal,
    rng::Rng,
    twilio::sid::{ActivitySid, TaskChannelSid, TaskQueueSid, WorkerChannelSid, WorkflowSid},
};

/// The channels that every workspace has.
const LASTING: [&str; 2] = ["default", "voice"];

impl TaskRouter {
    /// Refuses a name for an activity that is too long or another's.
    ///
    /// # Errors
    /// 20001.
    pub(crate) fn check_activity_name(
        &self,
        name: &str,
        own: Option<ActivitySid>,
    ) -> Result<(), Refusal> {
        let mut others = self.activities.iter().filter(|it| Some(it.sid) != own);
        check_name(name, others.any(|it| it.name == name))
    }

    /// Gives an activity another name; whether it is available can never be changed.
    ///
    /// # Errors
    /// 20001 for a name that is too long or taken.
    pub(crate) fn rename_activity(&mut self, sid: ActivitySid, name: &str) -> Result<(), Refusal> {
        self.check_activity_name(name, Some(sid))?;
        let mut all = self.activities.iter_mut();
        if let Some(it) = all.find(|it| it.sid == sid) {
            name.clone_into(&mut it.name);
        }
        Ok(())
    }

    /// Takes an activity away.
    ///
    /// # Errors
    /// 20001 while a worker is in it, or the workspace sends people there.
    pub(crate) fn remove_activity(&mut self, sid: ActivitySid) -> Result<(), Refusal> {
        let at = &self.workspace;
        if sid == at.default_activity || sid == at.timeout_activity {
            return Err(in_use("activity", "workspace"));
        }
        if self.workers().any(|worker| worker.activity == sid) {
            return Err(in_use("activity", "worker"));
        }
        self.activities.retain(|it| it.sid != sid);
        Ok(())
    }

    /// Makes a kind of work; every worker may have one task of it.
    ///
    /// # Errors
    /// 20001 for a name that is too long or a unique name that is taken.
    pub(crate) fn add_channel(
        &mut self,
        name: &str,
        unique_name: &str,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<TaskChannelSid, Refusal> {
        check_name(name, false)?;
        check_name(unique_name, self.channel(unique_name).is_some())?;
        let channel = TaskChannelSid::from_bytes(rng.bytes());
        self.channels.push(TaskChannel {
            sid: channel,
            name: name.to_owned(),
            unique_name: unique_name.to_owned(),
        });
        let workers: Vec<_> = self.workers().map(|worker| worker.sid).collect();
        for worker in workers {
            if let Some(worker) = self.worker_mut(worker) {
                worker.channels.push(WorkerChannel {
                    sid: WorkerChannelSid::from_bytes(rng.bytes()),
                    channel,
                    capacity: 1,
                    available: true,
                    created: now,
                    updated: now,
                });
            }
        }
        Ok(channel)
    }

    /// Gives a kind of work another name for people.
    ///
    /// # Errors
    /// 20001 for a name that is too long.
    pub(crate) fn rename_channel(
        &mut self,
        sid: TaskChannelSid,
        name: &str,
    ) -> Result<(), Refusal> {
        check_name(name, false)?;
        let mut all = self.channels.iter_mut();
        if let Some(it) = all.find(|it| it.sid == sid) {
            name.clone_into(&mut it.name);
        }
        Ok(())
    }

    /// Takes a kind of work away.
    ///
    /// # Errors
    /// 20001 while there are tasks of it, and for those that every workspace has.
    pub(crate) fn remove_channel(&mut self, sid: TaskChannelSid) -> Result<(), Refusal> {
        let it = self.channel(sid.as_str());
        if it.is_some_and(|it| LASTING.contains(&it.unique_name.as_str())) {
            return Err(in_use("task channel", "workspace"));
        }
        if self.tasks().any(|task| task.channel == sid) {
            return Err(in_use("task channel", "task"));
        }
        self.channels.retain(|it| it.sid != sid);
        let workers: Vec<_> = self.workers().map(|worker| worker.sid).collect();
        for worker in workers {
            if let Some(worker) = self.worker_mut(worker) {
                worker.channels.retain(|it| it.channel != sid);
            }
        }
        Ok(())
    }

    /// Refuses a name for a queue that is too long or another's.
    ///
    /// # Errors
    /// 20001.
    pub(crate) fn check_queue_name(
        &self,
        name: &str,
        own: Option<TaskQueueSid>,
    ) -> Result<(), Refusal> {
        let mut others = self.queues.iter().filter(|it| Some(it.sid) != own);
        check_name(name, others.any(|it| it.name == name))
    }

    /// Gives a queue another name.
    ///
    /// # Errors
    /// 20001 for a name that is too long or taken.
    pub(crate) fn rename_queue(&mut self, sid: TaskQueueSid, name: &str) -> Result<(), Refusal> {
        self.check_queue_name(name, Some(sid))?;
        let mut all = self.queues.iter_mut();
        if let Some(it) = all.find(|it| it.sid == sid) {
            name.clone_into(&mut it.name);
        }
        Ok(())
    }

    /// Takes a queue away.
    ///
    /// # Errors
    /// 20001 while a workflow leads to it or a task waits in it.
    pub(crate) fn remove_queue(&mut self, sid: TaskQueueSid) -> Result<(), Refusal> {
        let leads = |it: &Workflow| it.configuration.contains(sid.as_str());
        if self.workflows.iter().any(leads) {
            return Err(in_use("task queue", "workflow"));
        }
        if self.tasks().any(|task| task.queue == sid) {
            return Err(in_use("task queue", "task"));
        }
        self.queues.retain(|it| it.sid != sid);
        Ok(())
    }

    /// Gives a workflow another name.
    ///
    /// # Errors
    /// 20001 for a name that is too long.
    pub(crate) fn rename_workflow(&mut self, sid: WorkflowSid, name: &str) -> Result<(), Refusal> {
        check_name(name, false)?;
        let mut all = self.workflows.iter_mut();
        if let Some(it) = all.find(|it| it.sid == sid) {
            name.clone_into(&mut it.name);
        }
        Ok(())
    }
}

fn check_name(name: &str, taken: bool) -> Result<(), Refusal> {
    if !(1..=64).contains(&name.chars().count()) {
        return Err(Refusal::invalid("A name must have 1 to 64 characters"));
    }
    if taken {
        return Err(Refusal::invalid("The name already exists"));
    }
    Ok(())
}

fn in_use(what: &str, by: &str) -> Refusal {
    Refusal::invalid(format!("The {what} is in use by a {by}"))
}
