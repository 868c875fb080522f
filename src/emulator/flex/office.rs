//! How a story gets its office: agents, workflows, tokens; and what can be seen of tasks and maps.

use std::time::Duration;

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::FlexError;
use crate::{
    emulator::{
        Emulator,
        taskrouter::{Attributes, ReservationStatus, Task, TaskOrder},
        tokens,
        world::World,
    },
    twilio::sid::{
        CallSid, SyncServiceSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid, WorkspaceSid,
    },
};

/// A task as a test or the demo may see it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// The task.
    pub sid: TaskSid,
    /// Its `assignment_status`.
    pub status: &'static str,
    /// What it says.
    pub attributes: Value,
    /// Its priority.
    pub priority: u64,
    /// Its workflow.
    pub workflow: WorkflowSid,
    /// The queue it is in, or was in last.
    pub queue: TaskQueueSid,
    /// The call that `<Enqueue>` made it for.
    pub call: Option<CallSid>,
    /// Who is offered it, has it, or had it last.
    pub worker: Option<WorkerSid>,
}

impl Emulator {
    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceSid {
        self.lock().router.workspace.sid
    }

    /// The Sync service.
    #[must_use]
    pub fn sync_service(&self) -> SyncServiceSid {
        self.lock().sync.service()
    }

    /// Makes a queue for the workers that an expression describes.
    ///
    /// # Errors
    /// When the expression is not understood.
    pub fn add_queue(&self, name: &str, target: &str) -> Result<TaskQueueSid, FlexError> {
        self.with(|world| Ok(world.router.add_queue(name, target, &world.rng)?))
    }

    /// Makes a workflow that leads to a queue, or to everyone.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn add_workflow(
        &self,
        name: &str,
        queue: Option<TaskQueueSid>,
    ) -> Result<WorkflowSid, FlexError> {
        self.with(|world| Ok(world.router.add_workflow(name, queue, &world.rng)?))
    }

    /// Makes a workflow that does what a configuration says, as Twilio's page writes them (`{"task_routing": …}`).
    ///
    /// # Errors
    /// When the configuration is not understood, or names a queue that is not here.
    pub fn add_routing(&self, name: &str, configuration: &Value) -> Result<WorkflowSid, FlexError> {
        let text = configuration.to_string();
        self.with(|world| Ok(world.router.add_routing(name, &text, &world.rng)?))
    }

    /// The workflow of this name, if there is one.
    #[must_use]
    pub fn workflow_named(&self, name: &str) -> Option<WorkflowSid> {
        let world = self.lock();
        let mut all = world.router.workflows().iter();
        all.find(|it| it.name == name).map(|it| it.sid)
    }

    /// Makes the queues and workflows of the published parking sample: gives the main line's workflow, and that of
    /// direct extensions.
    ///
    /// # Errors
    /// When the queue `Everyone` is not there.
    pub fn add_parking_workflows(&self) -> Result<(WorkflowSid, WorkflowSid), FlexError> {
        self.with(|world| Ok(world.router.add_parking_workflows(&world.rng)?))
    }

    /// Changes what a workflow does with tasks to come, and with those that wait if `again`.
    ///
    /// # Errors
    /// As [`Emulator::add_routing`].
    pub fn set_routing(
        &self,
        workflow: WorkflowSid,
        configuration: &Value,
        again: bool,
    ) -> Result<(), FlexError> {
        let text = configuration.to_string();
        self.with(|world| {
            let now = world.now();
            Ok(world.router.set_routing(workflow, &text, again, now)?)
        })
    }

    /// Changes whom a queue is for.
    ///
    /// # Errors
    /// When the expression is not understood.
    pub fn set_queue_target(&self, queue: TaskQueueSid, target: &str) -> Result<(), FlexError> {
        self.with(|world| Ok(world.router.set_queue_target(queue, target)?))
    }

    /// Changes to how many workers a queue offers a task at once, and whether its newest task goes first.
    ///
    /// # Errors
    /// When the number is not 1 to 50.
    pub fn set_queue_rules(
        &self,
        queue: TaskQueueSid,
        at_once: u64,
        newest_first: bool,
    ) -> Result<(), FlexError> {
        let order = if newest_first {
            TaskOrder::Lifo
        } else {
            TaskOrder::Fifo
        };
        self.with(|world| {
            let router = &mut world.router;
            Ok(router.set_queue_rules(queue, Some(at_once), Some(order))?)
        })
    }

    /// Everything that has happened in TaskRouter so far, as Twilio calls it (`EventType`), and the task and the
    /// worker it was about.
    #[must_use]
    pub fn routing_events(&self) -> Vec<(&'static str, Option<TaskSid>, Option<WorkerSid>)> {
        let world = self.lock();
        let told = world.router.happenings(0).iter();
        told.map(|it| (it.event_type(), it.task(), it.worker()))
            .collect()
    }

    /// How long an offer of a workflow stands; 120 seconds unless set.
    pub fn set_reservation_timeout(&self, workflow: WorkflowSid, timeout: Duration) {
        self.with(|world| {
            world
                .router
                .set_reservation_timeout(workflow, timeout.as_secs());
        });
    }

    /// How long TaskRouter takes to set a meeting up after the worker has answered a leg that it placed. Usually none;
    /// Twilio Support says "up to several minutes" ("TaskRouter Reservation Canceled Instead of Timing Out").
    pub fn set_up_takes(&self, time: Duration) {
        self.with(|world| world.set_up = time);
    }

    /// Makes an agent who is available: a worker whose calls ring at their browser. `user` is what they sign in as,
    /// such as `ann@example.com`; `more` is laid over the attributes that Flex and the plugin give a worker, and may
    /// hold `directExtension`, other `roles`, or `isAcdReady` for who takes no calls from the line.
    ///
    /// # Errors
    /// When the name is taken, or the attributes are too long.
    pub fn add_agent(&self, user: &str, more: &Value) -> Result<WorkerSid, FlexError> {
        let mut attributes = json!({
            "contact_uri": format!("client:{}", tokens::identity(user)),
            "email": user,
            "full_name": user.split('@').next(),
            "isAcdReady": true,
            "roles": ["agent"],
        });
        if let (Some(attributes), Some(more)) = (attributes.as_object_mut(), more.as_object()) {
            attributes.extend(more.clone());
        }
        let attributes = Attributes::of(attributes)?;
        self.with(|world| {
            let (activity, now) = (world.router.activity_named("Available"), world.now());
            let rng = &world.rng;
            Ok(world
                .router
                .add_worker(user, attributes, activity, rng, now)?)
        })
    }

    /// Sends a worker into an activity, by its name.
    ///
    /// # Errors
    /// When there is no such activity or worker.
    pub fn set_activity(&self, worker: WorkerSid, name: &str) -> Result<(), FlexError> {
        self.with(|world| {
            let activity = world.router.activity_named(name);
            let activity = activity.ok_or(FlexError::Plugin("there is no such activity"))?;
            let now = world.now();
            Ok(world.router.set_activity(worker, activity, now)?)
        })
    }

    /// Sets how many tasks a worker may have on a channel, as an administrator would.
    ///
    /// # Errors
    /// When there is no such worker or channel.
    pub fn set_worker_capacity(
        &self,
        worker: WorkerSid,
        channel: &str,
        capacity: u64,
    ) -> Result<(), FlexError> {
        self.with(|world| {
            let kind = world.router.channel(channel).map(|it| it.sid);
            let kind = kind.ok_or(FlexError::Plugin("there is no such task channel"))?;
            if world.router.worker(worker).is_none() {
                return Err(FlexError::Plugin("there is no such worker"));
            }
            let (kind, now) = (kind.as_str().to_owned(), world.now());
            world
                .router
                .set_channel(worker, &kind, Some(capacity), None, now);
            Ok(())
        })
    }

    /// How many tasks a worker may have on a channel.
    #[must_use]
    pub fn worker_capacity(&self, worker: WorkerSid, channel: &str) -> Option<u64> {
        let world = self.lock();
        let kind = world.router.channel(channel)?.sid;
        let mut channels = world.router.worker(worker)?.channels.iter();
        channels.find(|it| it.channel == kind).map(|it| it.capacity)
    }

    /// Mints a Flex token for a worker, with the roles that their attributes name.
    ///
    /// # Errors
    /// When there is no such worker.
    pub fn mint_token(&self, worker: WorkerSid, life: Duration) -> Result<SecretString, FlexError> {
        self.with(|world| {
            let it = world.router.worker(worker);
            let it = it.ok_or(FlexError::Plugin("there is no such worker"))?;
            let attributes = &it.attributes;
            let user = attributes.text_of("email").unwrap_or(&it.name).to_owned();
            let roles = attributes.value["roles"].as_array();
            let roles = roles.into_iter().flatten().filter_map(Value::as_str);
            let roles: Vec<_> = roles.map(str::to_owned).collect();
            let roles: Vec<_> = roles.iter().map(String::as_str).collect();
            let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
            let expires = world.now().saturating_add(life);
            let expires = expires.unwrap_or(jiff::Timestamp::MAX);
            let rng = &world.rng;
            Ok(world.tokens.mint(Some(worker), &user, &roles, expires, rng))
        })
    }

    /// Ends a token before its time, as signing out does.
    pub fn revoke_token(&self, token: &SecretString) {
        self.with(|world| world.tokens.revoke(token));
    }

    /// All tasks that can still be seen, in the order they were made.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskView> {
        let world = self.lock();
        let mut tasks: Vec<_> = world.router.tasks().collect();
        tasks.sort_by_key(|task| task.number);
        tasks.into_iter().map(|task| view(&world, task)).collect()
    }

    /// One task, if it can still be seen.
    #[must_use]
    pub fn task(&self, sid: TaskSid) -> Option<TaskView> {
        let world = self.lock();
        world.router.task(sid).map(|task| view(&world, task))
    }

    /// What a Sync map holds: key and data of every item, in order of key.
    #[must_use]
    pub fn map_items(&self, map: &str) -> Vec<(String, Value)> {
        self.with(|world| {
            let now = world.now();
            world.sync.sdk_items(map, now)
        })
    }

    /// The unique names of all Sync maps, sorted.
    #[must_use]
    pub fn map_names(&self) -> Vec<String> {
        self.with(|world| {
            let now = world.now();
            let maps = world.sync.maps(now);
            let mut names: Vec<_> = maps.filter_map(|map| map.unique_name.clone()).collect();
            names.sort_unstable();
            names
        })
    }

    /// Writes members over an item of a Sync map, as another user's browser might. False: there is no such item.
    #[must_use]
    pub fn meddle(&self, map: &str, key: &str, members: &Value) -> bool {
        let Some(members) = members.as_object() else {
            return false;
        };
        self.with(|world| {
            let now = world.now();
            world.sync.sdk_update(map, key, members, now)
        })
    }

    /// Removes an item of a Sync map, as another user's browser might. False: there is no such item.
    #[must_use]
    pub fn snatch(&self, map: &str, key: &str) -> bool {
        self.with(|world| {
            let now = world.now();
            world.sync.sdk_remove(map, key, now)
        })
    }

    /// Puts an item into a Sync map, as a program of another version might have left it there. A map that is missing is
    /// made, and an item of this key is written over.
    ///
    /// # Errors
    /// When Sync cannot hold it.
    pub fn plant(&self, map: &str, key: &str, data: &Value) -> Result<(), FlexError> {
        self.with(|world| {
            let (now, rng) = (world.now(), world.rng.clone());
            world.sync.sdk_put(map, (key, data), &rng, now)
        })?;
        Ok(())
    }

    /// Turns the rate limits of Sync and TaskRouter off or on again. They are on at first.
    pub fn limit_rates(&self, on: bool) {
        self.with(|world| {
            world.sync.limited = on;
            world.router.limited = on;
        });
    }

    /// Whether lists of tasks and workers show attributes: Twilio's pages say no, accounts have been seen to say yes.
    pub fn show_attributes_in_lists(&self, on: bool) {
        self.with(|world| world.router.lists_show_attributes = on);
    }
}

fn view(world: &World, task: &Task) -> TaskView {
    let claims = world.router.reservations();
    let claims = claims.filter(|it| it.task == task.sid);
    let latest = claims.max_by_key(|it| (it.status != ReservationStatus::Rescinded, it.created));
    TaskView {
        sid: task.sid,
        status: task.status.name(),
        attributes: task.attributes.value.clone(),
        priority: task.priority,
        workflow: task.workflow,
        queue: task.queue,
        call: task.call,
        worker: latest.map(|it| it.worker),
    }
}
