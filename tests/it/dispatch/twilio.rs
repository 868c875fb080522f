//! What a story asks of Twilio, changes there, or says in its name.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;
use switchboard::twilio::{
    deadline::Deadline,
    resource::workers::WorkerChange,
    sid::{AccountSid, WorkerSid},
};

use super::remote::Remote;
use crate::stage::TOKEN;

impl Remote {
    /// Twilio tells us something, signed; the status of our answer.
    pub(super) async fn told(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        self.asked(path, fields).await.0
    }

    /// Twilio asks us something, signed; our answer.
    pub(super) async fn asked(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.stage.hears_from_twilio(path, fields).await
    }

    /// Asks Twilio itself: a path of TaskRouter's workspace if it begins with a slash, or else one of the account.
    pub(super) fn rest(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let emulator = &self.stage.emulator;
        let account = AccountSid::from_bytes([0xac; 16]);
        let url = if path.starts_with('/') {
            let workspace = emulator.workspace();
            format!("https://taskrouter.twilio.com/v1/Workspaces/{workspace}{path}")
        } else {
            format!("https://api.twilio.com/2010-04-01/Accounts/{account}/{path}")
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let proof = STANDARD.encode(format!("{account}:{TOKEN}"));
        let request = http::Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {proof}"))
            .body(Bytes::from(body));
        let answer = emulator.rest(&request.expect("a request"));
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// TaskRouter offers each task to so many workers at once.
    pub(super) fn offers_at_once(&self, workers: u64) {
        let (_, queues) = self.rest("GET", "/TaskQueues", &[]);
        let queues = queues["task_queues"].as_array().expect("queues").clone();
        for queue in queues {
            let path = format!("/TaskQueues/{}", queue["sid"].as_str().expect("a SID"));
            let most = [("MaxReservedWorkers", workers.to_string())];
            let form = most.each_ref().map(|(name, value)| (*name, value.as_str()));
            let (status, body) = self.rest("POST", &path, &form);
            assert_eq!(status, 200, "{body}");
        }
    }

    /// The worker comes on line, wherever they were.
    pub(super) async fn comes_on_line(&self, worker: WorkerSid) {
        let available = self.activity_named("Available", true);
        let twilio = self.stage.twilio();
        let by = Deadline::after(Duration::from_secs(10));
        let change = WorkerChange {
            activity: Some(available),
            ..Default::default()
        };
        let back = twilio.workers(by).update(worker, &change, None).await;
        back.expect("on line");
    }

    /// The worker goes off line: their activity changes, and what is offered to them is rejected, as the intake does.
    pub(super) async fn goes_off_line(&self, worker: WorkerSid) {
        let offline = self.activity_named("Offline", false);
        let twilio = self.stage.twilio();
        let by = Deadline::after(Duration::from_secs(10));
        let change = WorkerChange {
            activity: Some(offline),
            reject_pending: true,
            ..Default::default()
        };
        let gone = twilio.workers(by).update(worker, &change, None).await;
        gone.expect("off line");
    }
}
