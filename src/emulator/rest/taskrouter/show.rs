//! TaskRouter's resources as Twilio writes them, one function each.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::super::{RestRequest, iso, object};
use crate::{
    emulator::{
        taskrouter::{Reservation, Task, TaskRouter, Worker, WorkerChannel},
        world::World,
    },
    twilio::sid::WorkspaceSid,
};

/// A resource among what all of them have.
#[derive(Serialize)]
struct Framed<'a, M> {
    #[serde(flatten)]
    members: M,
    account_sid: &'a str,
    workspace_sid: WorkspaceSid,
    url: String,
    #[serde(skip_serializing_if = "Links::is_none")]
    links: Links,
}

/// Where more is to be found.
struct Links(Vec<(&'static str, String)>);

impl Links {
    fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Links {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_map(self.0.iter().map(|(name, url)| (name, url)))
    }
}

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
    pub(super) fn frame<M: Serialize>(
        &self,
        members: M,
        url: &str,
        links: &[(&'static str, String)],
    ) -> impl Serialize + use<'a, M> {
        let links = links.iter().map(|(name, rest)| (*name, self.url(rest)));
        Framed {
            members,
            account_sid: self.account,
            workspace_sid: self.router.workspace.sid,
            url: self.url(url),
            links: Links(links.collect()),
        }
    }

    pub(super) fn task<'t>(&self, task: &'t Task, in_list: bool) -> impl Serialize + use<'a, 't> {
        let router = self.router;
        let queue = router.queue(task.queue);
        let channel = router.channel(task.channel.as_str());
        let workflow = router.workflow(task.workflow);
        let path = format!("/Tasks/{}", task.sid);
        let members = object! {
            sid: task.sid,
            age: self.now.duration_since(task.created).as_secs(),
            assignment_status: task.status.name(),
            attributes: self.attributes(&task.attributes.text, in_list),
            addons: "{}",
            date_created: iso(task.created),
            date_updated: iso(task.updated),
            task_queue_entered_date: iso(task.queue_entered),
            priority: task.priority,
            reason: task.reason.as_deref(),
            task_queue_sid: task.queue,
            task_queue_friendly_name: queue.map(|it| &it.name),
            task_channel_sid: task.channel,
            task_channel_unique_name: channel.map(|it| &it.unique_name),
            timeout: task.timeout,
            workflow_sid: task.workflow,
            workflow_friendly_name: workflow.map(|it| &it.name),
            virtual_start_time: iso(task.virtual_start),
            ignore_capacity: task.ignore_capacity,
            routing_target: task.target.as_deref(),
        };
        let links = [
            ("task_queue", format!("/TaskQueues/{}", task.queue)),
            ("workflow", format!("/Workflows/{}", task.workflow)),
            ("workspace", String::new()),
            ("reservations", format!("{path}/Reservations")),
        ];
        self.frame(members, &path, &links)
    }

    /// A reservation, below the task or the worker it was asked for.
    pub(super) fn reservation(&self, it: &Reservation, owner: &str) -> impl Serialize + use<'a> {
        let above = match owner {
            "Tasks" => it.task.to_string(),
            _ => it.worker.to_string(),
        };
        let worker = self.router.worker(it.worker);
        let members = object! {
            sid: it.sid,
            date_created: iso(it.created),
            date_updated: iso(it.updated),
            reservation_status: it.status.name(),
            task_sid: it.task,
            worker_name: worker.map(|it| &it.name),
            worker_sid: it.worker,
        };
        let links = [
            ("task", format!("/Tasks/{}", it.task)),
            ("worker", format!("/Workers/{}", it.worker)),
            ("workspace", String::new()),
        ];
        let url = format!("/{owner}/{above}/Reservations/{}", it.sid);
        self.frame(members, &url, &links)
    }

    pub(super) fn worker<'w>(
        &self,
        worker: &'w Worker,
        in_list: bool,
    ) -> impl Serialize + use<'a, 'w> {
        let activity = self.router.activity(worker.activity);
        let path = format!("/Workers/{}", worker.sid);
        let members = object! {
            sid: worker.sid,
            friendly_name: &worker.name,
            activity_name: activity.map(|it| &it.name),
            activity_sid: worker.activity,
            attributes: self.attributes(&worker.attributes.text, in_list),
            available: self.router.is_available(worker),
            date_created: iso(worker.created),
            date_status_changed: iso(worker.active_since),
            date_updated: iso(worker.updated),
        };
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

    pub(super) fn worker_channel(
        &self,
        worker: &Worker,
        it: &WorkerChannel,
    ) -> impl Serialize + use<'a> {
        let kind = self.router.channel(it.channel.as_str());
        let load = self.router.load(worker.sid, it.channel);
        let free = it.capacity.saturating_sub(load);
        let members = object! {
            sid: it.sid,
            assigned_tasks: load,
            available: it.available,
            available_capacity_percentage: (100 * free).checked_div(it.capacity).unwrap_or(0),
            configured_capacity: it.capacity,
            date_created: iso(it.created),
            date_updated: iso(it.updated),
            task_channel_sid: it.channel,
            task_channel_unique_name: kind.map(|kind| &kind.unique_name),
            worker_sid: worker.sid,
        };
        let url = format!("/Workers/{}/Channels/{}", worker.sid, it.sid);
        self.frame(members, &url, &[])
    }

    fn attributes<'t>(&self, text: &'t str, in_list: bool) -> Option<&'t str> {
        (!in_list || self.router.lists_show_attributes).then_some(text)
    }
}
