//! What can be seen of workers at home, of their phones, and of what the server has written down about them.

use serde_json::Value;

use super::super::{book::Book, homes::SALES_LINE, world::World};
use crate::{
    emulator::{CallView, Heard, TaskView},
    twilio::{
        party::E164,
        sid::{CallSid, WorkerSid},
    },
};

impl World {
    /// A worker texts the sales line; gives the answer, empty if there is none.
    pub(super) async fn texts(
        &self,
        book: &mut Book,
        from: &str,
        body: &str,
    ) -> anyhow::Result<String> {
        let line: E164 = SALES_LINE.parse()?;
        let before = self.emulator.inbox(from).len();
        let message = self.emulator.text(from, &line, body);
        book.text(message, body);
        let reply = || self.emulator.inbox(from).into_iter().nth(before);
        self.until(|| reply().is_some()).await;
        Ok(reply().map(|it| it.body).unwrap_or_default())
    }

    /// The legs to a worker's phone, oldest first.
    pub(super) fn legs(&self, phone: &str) -> Vec<CallView> {
        let calls = self.emulator.calls().into_iter();
        calls.filter(|it| it.to == phone).collect()
    }

    /// What has been heard on a leg.
    pub(super) fn heard(&self, call: CallSid) -> Vec<Heard> {
        let call = self.emulator.call(call);
        call.map(|it| it.heard).unwrap_or_default()
    }

    /// Whether a caller waits in a queue.
    pub(super) fn waits(&self, call: CallSid) -> bool {
        let call = self.emulator.call(call);
        call.is_some_and(|it| it.in_queue.is_some())
    }

    /// The task of a caller.
    pub(super) fn task(&self, call: CallSid) -> Option<TaskView> {
        let mut tasks = self.emulator.tasks().into_iter();
        tasks.find(|it| it.call == Some(call))
    }

    /// What a worker is doing.
    pub(super) fn activity(&self, worker: WorkerSid) -> String {
        self.emulator.worker_activity(worker).unwrap_or_default()
    }

    /// How what was offered to a worker stands, oldest first.
    pub(super) fn offers(&self, worker: WorkerSid) -> Vec<&'static str> {
        let offers = self.emulator.reservations().into_iter();
        let offers = offers.filter(|it| it.worker == worker);
        offers.map(|it| it.status).collect()
    }

    /// The server's records of legs.
    pub(super) fn records(&self) -> Vec<Value> {
        let maps = self.emulator.map_names().into_iter();
        let maps = maps.filter(|name| name.starts_with("Global.Dispatch."));
        let items = maps.flat_map(|name| self.emulator.map_items(&name));
        items.map(|(_, item)| item).collect()
    }

    /// Why the legs to a worker came to nothing, by the server's records.
    pub(super) fn causes(&self, worker: WorkerSid) -> Vec<String> {
        let records = self.records().into_iter();
        let records = records.filter(|it| it["workerSid"] == worker.as_str());
        let causes = records.map(|it| it["cause"].as_str().map(str::to_owned));
        causes.flatten().collect()
    }
}
