//! TaskRouter's resources as Twilio writes them, one function each.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::{RestRequest, iso};
use crate::emulator::{
    taskrouter::{Reservation, Task, TaskRouter, Worker, WorkerChannel},
    world::World,
};

/// Names account and workspace in every resource, and the base in every link.
pub(super) struct Show<'a> {
    router: &'a TaskRouter,
    account: &'a str,
    request: &'a RestRequest,
    now: Timestamp,
}

impl<'a> Show<'a> {
    pub(super) fn new(world: &'a World, request: &'a RestRequest) -> Self {
        Self {
            router: &world.router,
            account: world.account.as_str(),
            request,
            now: world.now(),
        }
    }

    /// The URL of something in the workspace.
    pub(super) fn url(&self, rest: &str) -> String {
        let workspace = self.router.workspace.sid;
        self.request
            .url(&format!("/v1/Workspaces/{workspace}{rest}"))
    }

    /// `account_sid`, `workspace_sid`, `url` and, unless there are none, `links` laid beside `members`.
    pub(super) fn frame(&self, members: Value, url: &str, links: &[(&str, String)]) -> Value {
        let mut body = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("account_sid", json!(self.account));
        put("workspace_sid", json!(self.router.workspace.sid));
        put("url", json!(self.url(url)));
        if !links.is_empty() {
            let links = links.iter();
            let links = links.map(|(name, rest)| ((*name).to_owned(), json!(self.url(rest))));
            put("links", Value::Object(links.collect()));
        }
        body.into()
    }

    pub(super) fn task(&self, task: &Task, in_list: bool) -> Value {
        let router = self.router;
        let queue = router.queue(task.queue);
        let channel = router.channel(task.channel.as_str());
        let workflow = router.workflow(task.workflow);
        let path = format!("/Tasks/{}", task.sid);
        let members = json!({
            "sid": task.sid,
            "age": self.now.duration_since(task.created).as_secs(),
            "assignment_status": task.status.name(),
            "attributes": self.attributes(&task.attributes.text, in_list),
            "addons": "{}",
            "date_created": iso(task.created),
            "date_updated": iso(task.updated),
            "task_queue_entered_date": iso(task.queue_entered),
            "priority": task.priority,
            "reason": task.reason,
            "task_queue_sid": task.queue,
            "task_queue_friendly_name": queue.map(|it| &it.name),
            "task_channel_sid": task.channel,
            "task_channel_unique_name": channel.map(|it| &it.unique_name),
            "timeout": task.timeout,
            "workflow_sid": task.workflow,
            "workflow_friendly_name": workflow.map(|it| &it.name),
            "virtual_start_time": iso(task.virtual_start),
            "ignore_capacity": task.ignore_capacity,
            "routing_target": task.target,
        });
        let links = [
            ("task_queue", format!("/TaskQueues/{}", task.queue)),
            ("workflow", format!("/Workflows/{}", task.workflow)),
            ("workspace", String::new()),
            ("reservations", format!("{path}/Reservations")),
        ];
        self.frame(members, &path, &links)
    }

    /// A reservation, below the task or the worker it was asked for.
    pub(super) fn reservation(&self, it: &Reservation, owner: &str) -> Value {
        let above = match owner {
            "Tasks" => it.task.to_string(),
            _ => it.worker.to_string(),
        };
        let worker = self.router.worker(it.worker);
        let members = json!({
            "sid": it.sid,
            "date_created": iso(it.created),
            "date_updated": iso(it.updated),
            "reservation_status": it.status.name(),
            "task_sid": it.task,
            "worker_name": worker.map(|it| &it.name),
            "worker_sid": it.worker,
        });
        let links = [
            ("task", format!("/Tasks/{}", it.task)),
            ("worker", format!("/Workers/{}", it.worker)),
            ("workspace", String::new()),
        ];
        let url = format!("/{owner}/{above}/Reservations/{}", it.sid);
        self.frame(members, &url, &links)
    }

    pub(super) fn worker(&self, worker: &Worker, in_list: bool) -> Value {
        let activity = self.router.activity(worker.activity);
        let path = format!("/Workers/{}", worker.sid);
        let members = json!({
            "sid": worker.sid,
            "friendly_name": worker.name,
            "activity_name": activity.map(|it| &it.name),
            "activity_sid": worker.activity,
            "attributes": self.attributes(&worker.attributes.text, in_list),
            "available": self.router.is_available(worker),
            "date_created": iso(worker.created),
            "date_status_changed": iso(worker.active_since),
            "date_updated": iso(worker.updated),
        });
        let links = [
            ("channels", format!("{path}/Channels")),
            ("activity", format!("/Activities/{}", worker.activity)),
            ("workspace", String::new()),
            ("worker_channels", format!("{path}/Channels")),
            ("reservations", format!("{path}/Reservations")),
            ("worker_statistics", format!("{path}/Statistics")),
        ];
        self.frame(members, &path, &links)
    }

    pub(super) fn worker_channel(&self, worker: &Worker, it: &WorkerChannel) -> Value {
        let kind = self.router.channel(it.channel.as_str());
        let load = self.router.load(worker.sid, it.channel);
        let free = it.capacity.saturating_sub(load);
        let members = json!({
            "sid": it.sid,
            "assigned_tasks": load,
            "available": it.available,
            "available_capacity_percentage": (100 * free).checked_div(it.capacity).unwrap_or(0),
            "configured_capacity": it.capacity,
            "date_created": iso(it.created),
            "date_updated": iso(it.updated),
            "task_channel_sid": it.channel,
            "task_channel_unique_name": kind.map(|kind| &kind.unique_name),
            "worker_sid": worker.sid,
        });
        let url = format!("/Workers/{}/Channels/{}", worker.sid, it.sid);
        self.frame(members, &url, &[])
    }

    fn attributes<'t>(&self, text: &'t str, in_list: bool) -> Option<&'t str> {
        (!in_list || self.router.lists_show_attributes).then_some(text)
    }
}
