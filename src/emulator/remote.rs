//! The remote control: people moved over HTTP, for `demo --stay` and for developers with `curl`.
//!
//! It stands on the emulator's own port under `/control`, never on the application's. Parameters come as a form or
//! in the query, answers are JSON; `GET /control` lists the routes. An agent is named by the SID of their worker or
//! by the name they sign in with, and can be moved once their browser sits at the desk ([`desk`]).

mod desk;

use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    routing::{get, post},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Browser, Emulator};
use crate::twilio::{party::E164, sid::CallSid};

const HELP: &str = "\
GET  /control/state                            calls, conferences, tasks, agents
GET  /control/journal?since=N                  what has happened, as text
POST /control/workflows                        makes the queues and workflows of the published parking sample
POST /control/numbers           number= voice_url= workflow= status_callback=   gives the account a number, or changes it
POST /control/calls             from= to=      somebody calls
POST /control/calls/{call}/hang-up             the person on a leg hangs up
POST /control/calls/{call}/press  keys=        the person on a leg presses keys
POST /control/calls/{call}/speak  seconds= words=   the person on a leg speaks into a recording
POST /control/texts   from= to= body=          somebody texts a number of the account
GET  /control/texts?number=N                   what has been texted to a phone
POST /control/tokens            worker=        somebody signs in: a Flex token for an hour
POST /control/agents            name= server= capacity=   an agent sits down, with the plugin set to your server
POST /control/agents/{agent}/accept            takes the oldest offer
POST /control/agents/{agent}/park              parks the caller they are talking to
POST /control/agents/{agent}/pick-up  call=    picks a parked caller up
POST /control/agents/{agent}/hang-up           hangs up on the caller they are talking to
POST /control/agents/{agent}/complete          finishes their oldest task
";

/// How long a token is good that the remote control gives out.
const TOKEN_LIFE: Duration = Duration::from_hours(1);

/// What is wrong with a command: status and sentence.
type Wrong = (StatusCode, String);

/// The parameters of a command.
type Wishes = BTreeMap<String, String>;

impl Emulator {
    /// Lets the remote control move an agent through their browser.
    pub fn seat(&self, browser: Browser) {
        let mut desk = self.0.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.insert(browser.worker(), browser);
    }

    /// Routes under `/control`.
    pub(super) fn remote(&self) -> Router {
        Router::new()
            .route("/control", get(|| async { HELP }))
            .route("/control/state", get(state))
            .route("/control/journal", get(journal))
            .route("/control/numbers", post(set_up_number))
            .route("/control/calls", post(place_call))
            .route("/control/calls/{call}/{act}", post(act_on_call))
            .route("/control/texts", get(inbox).post(text))
            .route("/control/tokens", post(sign_in))
            .route("/control/workflows", post(desk::parking_workflows))
            .route("/control/agents", post(desk::sit_down))
            .route("/control/agents/{agent}/{act}", post(desk::act))
            .with_state(self.clone())
    }
}

async fn state(State(emulator): State<Emulator>) -> Json<Value> {
    let calls: Vec<_> = emulator
        .calls()
        .iter()
        .map(|call| {
            json!({
                "call": call.sid, "from": call.from, "to": call.to, "status": call.status.as_str(),
                "conference": call.conference, "waits_for_task": call.in_queue,
                "plays": call.document_url, "hears": call.heard.last().map(ToString::to_string),
            })
        })
        .collect();
    let conferences: Vec<_> = emulator
        .conferences()
        .iter()
        .filter(|conference| !conference.ended)
        .map(|conference| {
            json!({
                "conference": conference.sid, "name": conference.name, "customer": conference.customer,
                "worker": conference.worker, "guests": conference.guests,
            })
        })
        .collect();
    let desk = emulator.0.desk.lock();
    let desk = desk.unwrap_or_else(PoisonError::into_inner).clone();
    let agents: Vec<_> = desk
        .values()
        .map(|browser| {
            let parked: Vec<_> = browser.parked().into_iter().map(|(call, _)| call).collect();
            json!({
                "worker": browser.worker(), "offers": browser.offers(), "tasks": browser.tasks(),
                "talks_on_task": browser.live(), "parked": parked,
            })
        })
        .collect();
    let tasks: Vec<_> = emulator
        .tasks()
        .iter()
        .map(|task| {
            json!({
                "task": task.sid, "status": task.status, "priority": task.priority, "call": task.call,
                "worker": task.worker, "attributes": task.attributes,
            })
        })
        .collect();
    Json(json!({ "calls": calls, "conferences": conferences, "tasks": tasks, "agents": agents }))
}

async fn journal(State(emulator): State<Emulator>, uri: Uri) -> String {
    let since = wishes(&uri, "").remove("since");
    let since = since.and_then(|text| text.parse().ok()).unwrap_or(0);
    let journal = emulator.journal();
    let lines = journal
        .since(since)
        .iter()
        .map(|entry| format!("{entry}\n"));
    lines.collect()
}

async fn set_up_number(
    State(emulator): State<Emulator>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, &body);
    let given: E164 = number(wanted(&wishes, "number")?)
        .parse()
        .map_err(|_| bad("number must be in E.164"))?;
    let mut line = emulator.number(&given);
    if let Some(url) = wishes.get("voice_url") {
        line = line.voice(super::Flow::Url(url.clone()));
    }
    if let Some(workflow) = wishes.get("workflow") {
        let workflow = workflow.parse().ok().or(emulator.workflow_named(workflow));
        let workflow = workflow.ok_or_else(|| bad("workflow must be a SID or a name"))?;
        line = line.voice(super::Flow::Enqueue {
            workflow,
            attributes: json!({ "direction": "inbound" }),
        });
    }
    if let Some(url) = wishes.get("status_callback") {
        line.status_callback(url.clone());
    }
    Ok(Json(json!({ "done": true })))
}

async fn place_call(
    State(emulator): State<Emulator>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, &body);
    let from = wishes
        .get("from")
        .map_or("+15125550123".to_owned(), |it| number(it));
    let to = number(wanted(&wishes, "to")?);
    let to: E164 = to
        .parse()
        .map_err(|_| bad("to must be a number of the account"))?;
    Ok(Json(json!({ "call": emulator.place_call(&from, &to) })))
}

async fn text(
    State(emulator): State<Emulator>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, &body);
    let from = number(wanted(&wishes, "from")?);
    let to = number(wanted(&wishes, "to")?).parse();
    let to: E164 = to.map_err(|_| bad("to must be a number of the account"))?;
    let said = wishes.get("body").map_or("", String::as_str);
    Ok(Json(json!({ "message": emulator.text(&from, &to, said) })))
}

async fn inbox(State(emulator): State<Emulator>, uri: Uri) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, "");
    let texts = emulator.inbox(&number(wanted(&wishes, "number")?));
    let shown = texts.iter().map(|text| {
        json!({ "message": text.sid, "from": text.from, "body": text.body, "at": text.at.to_string() })
    });
    Ok(Json(shown.collect()))
}

/// Only this Twilio takes such a token for one.
async fn sign_in(
    State(emulator): State<Emulator>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, &body);
    let worker = wanted(&wishes, "worker")?.parse();
    let worker = worker.map_err(|_| bad("worker must be the SID of a worker"))?;
    let token = emulator.mint_token(worker, TOKEN_LIFE);
    let token = token.map_err(|error| (StatusCode::NOT_FOUND, error.to_string()))?;
    Ok(Json(json!({ "token": token.expose_secret() })))
}

async fn act_on_call(
    State(emulator): State<Emulator>,
    Path((call, act)): Path<(String, String)>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let call = leg(&emulator, &call)?;
    match act.as_str() {
        "hang-up" => emulator.hang_up(call),
        "press" => emulator.press(call, wanted(&wishes(&uri, &body), "keys")?),
        "speak" => {
            let wishes = wishes(&uri, &body);
            let seconds = wanted(&wishes, "seconds")?.parse();
            let seconds = seconds.map_err(|_| bad("seconds must be a whole number"))?;
            let words = wishes.get("words").map_or("", String::as_str);
            emulator.speaks(call, Duration::from_secs(seconds), words);
        }
        _ => return Err((StatusCode::NOT_FOUND, HELP.to_owned())),
    }
    Ok(Json(json!({ "done": true })))
}

fn leg(emulator: &Emulator, text: &str) -> Result<CallSid, Wrong> {
    let call = text.parse().map_err(|_| bad("that is no call SID"))?;
    match emulator.call(call) {
        Some(_) => Ok(call),
        None => Err((StatusCode::NOT_FOUND, "there is no such call".to_owned())),
    }
}

fn wishes(uri: &Uri, body: &str) -> Wishes {
    let query = uri.query().unwrap_or_default().as_bytes();
    let given = [query, body.as_bytes()].into_iter();
    given
        .flat_map(|text| form_urlencoded::parse(text).into_owned())
        .collect()
}

fn wanted<'w>(wishes: &'w Wishes, name: &str) -> Result<&'w str, Wrong> {
    let given = wishes.get(name).map(String::as_str);
    given.ok_or_else(|| bad(&format!("{name} is missing")))
}

/// A number typed into a shell: its `+` may have been decoded to a space.
fn number(text: &str) -> String {
    let text = text.trim();
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

fn bad(text: &str) -> Wrong {
    (StatusCode::BAD_REQUEST, text.to_owned())
}
