//! Stories of voicemail: what a caller hears who reaches nobody, what their message becomes, and who can hear it.
//!
//! Ann has a number that leads to her box, as it does when she is off line or does not answer.

mod boxes;
mod faults;
mod messages;
mod nobody;
mod operator;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use switchboard::{
    emulator::{Browser, CallView, Exchange, Flow, Heard, TaskView},
    twilio::{
        deadline::Deadline,
        sid::{CallSid, RecordingSid},
    },
};
use tower::ServiceExt;

use crate::stage::{Boxes, PUBLIC_URL, Setting, Stage, number};

/// The number that leads to Ann's box.
const ANNS_LINE: &str = "+15125550120";

const THANKS: &str = "Thank you. Your message has been recorded. Goodbye.";

fn setting() -> Setting {
    Setting::default().boxes(Boxes::Usual)
}

/// A stage on which Ann has a box, and a number that leads to it.
struct Office {
    stage: Stage,
    ann: Browser,
}

impl Office {
    fn with(setting: Setting) -> Self {
        let stage = setting.stage();
        let ann = stage.agent("ann");
        let office = Self { stage, ann };
        let worker = office.ann.worker();
        office.leads_to(&format!("box={worker}"));
        office
    }

    fn new() -> Self {
        Self::with(setting())
    }

    /// Ann's line leads to another box.
    fn leads_to(&self, query: &str) {
        let voice = Flow::Url(format!("{PUBLIC_URL}/voicemail?{query}#rc=3&rp=ct,rt,5xx"));
        self.stage.emulator.number(&number(ANNS_LINE)).voice(voice);
    }

    /// Somebody calls Ann's line.
    fn rings(&self) -> CallSid {
        let calls = self.stage.emulator.calls().len();
        let from = format!("+1303555{:04}", 100 + calls);
        self.stage.emulator.place_call(&from, &number(ANNS_LINE))
    }

    /// Somebody calls Ann's line, speaks for so long after the beep, and stays until it is over.
    async fn leaves(&self, seconds: u64, words: &str) -> CallSid {
        let call = self.rings();
        let long = Duration::from_secs(seconds);
        self.stage.emulator.speaks(call, long, words);
        let over = || self.call(call).status.is_final();
        self.stage
            .until(seconds + 60, "the call is over", over)
            .await;
        self.stage.seconds(30).await;
        call
    }

    /// Waits until somebody hears the beep.
    async fn beep(&self, call: CallSid) {
        let beeped = || self.call(call).heard.contains(&Heard::Beep);
        self.stage.until(60, "the beep", beeped).await;
    }

    fn call(&self, call: CallSid) -> CallView {
        self.stage.call(call)
    }

    /// The tasks of messages that Twilio was asked to make and made, also those that are gone by now.
    fn made(&self) -> Vec<Exchange> {
        let all = self.stage.emulator.exchanges().into_iter();
        all.filter(|exchange| {
            let task = exchange.method == "POST" && exchange.path.ends_with("/Tasks");
            task && exchange.status == 201
                && field(exchange, "Attributes").contains("\"voicemail\"")
        })
        .collect()
    }

    /// The tasks of messages as they are now.
    fn tasks(&self) -> Vec<TaskView> {
        let all = self.stage.emulator.tasks().into_iter();
        all.filter(|task| task.attributes["taskType"] == "voicemail")
            .collect()
    }

    /// The one task of a message that there is.
    fn task(&self) -> TaskView {
        let mut tasks = self.tasks();
        assert_eq!(tasks.len(), 1, "{tasks:#?}");
        assert_eq!(self.made().len(), 1, "one task was made");
        tasks.remove(0)
    }

    /// What stands in a box.
    fn kept(&self, mailbox: impl std::fmt::Display) -> Vec<Value> {
        let items = self
            .stage
            .emulator
            .map_items(&format!("{mailbox}.Voicemails"));
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// The one recording of a call.
    fn recording(&self, call: CallSid) -> RecordingSid {
        let recordings = self.stage.emulator.recordings(call);
        assert_eq!(recordings.len(), 1, "{recordings:?}");
        recordings[0]
    }

    /// A user's token, which Flex renews.
    fn token(&self, who: &Browser) -> SecretString {
        let life = Duration::from_hours(1);
        let token = self.stage.emulator.mint_token(who.worker(), life);
        token.expect("a token")
    }

    /// A browser posts a form with a user's token, as `fetch` does.
    async fn posts(&self, who: &Browser, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.posts_for(who, path, fields, "application/json").await
    }

    async fn posts_for(
        &self,
        who: &Browser,
        path: &str,
        fields: &[(&str, &str)],
        accept: &str,
    ) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Token", self.token(who).expose_secret())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, accept)
            .body(Body::from(body));
        self.sends(request.expect("a request")).await
    }

    /// A program reads, with a user's token in the header.
    async fn reads(&self, who: &Browser, path: &str) -> Reply {
        let token = format!("Bearer {}", self.token(who).expose_secret());
        let request = Request::get(path).header(header::AUTHORIZATION, token);
        self.sends(request.body(Body::empty()).expect("a request"))
            .await
    }

    async fn sends(&self, request: Request<Body>) -> Reply {
        let answer = self.stage.router().oneshot(request).await;
        let (parts, body) = answer.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn curtain(self) {
        self.stage.curtain().await;
    }
}

/// What came back.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A message that is heard and deleted, and what the client can ask of recordings: for the contract.
pub(crate) async fn an_answering_machine() -> Stage {
    let office = Office::with(setting().variable("VOICEMAIL_TRANSCRIBE", "on"));
    let call = office.leaves(12, "Please call me.").await;
    let (mailbox, recording) = (office.ann.worker(), office.recording(call));
    let (text, of) = (mailbox.to_string(), recording.to_string());
    let fields = [("box", text.as_str()), ("recordingSid", &of)];
    let heard = office
        .posts(&office.ann, "/voicemails/media", &fields)
        .await;
    assert_eq!(heard.status, StatusCode::OK);
    assert_eq!(
        office.reads(&office.ann, "/voicemails").await.status,
        StatusCode::OK
    );
    office.stage.seconds(120).await;
    let twilio = office.stage.twilio();
    let recordings = twilio.recordings(by());
    assert_eq!(recordings.of_call(call).await.expect("an answer").len(), 1);
    let found = recordings.fetch(recording).await.expect("an answer");
    assert_eq!(found.expect("a recording").duration, Some(12));
    recordings.delete(recording).await.expect("gone");
    recordings.delete(recording).await.expect("gone already");
    assert!(
        recordings
            .fetch(recording)
            .await
            .expect("an answer")
            .is_none()
    );
    let gone = office
        .posts(&office.ann, "/voicemails/media", &fields)
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    office.stage
}

/// A field of the form that was sent.
fn field<'e>(exchange: &'e Exchange, name: &str) -> &'e str {
    let found = exchange.form.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

/// Everything that was said on a call.
fn words(call: &CallView) -> Vec<&str> {
    let words = call.heard.iter().filter_map(|heard| match heard {
        Heard::Words(words) => Some(words.as_str()),
        _ => None,
    });
    words.collect()
}

fn by() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}
