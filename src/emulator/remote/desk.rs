//! Agents under remote control: they sit down at a desk, and are moved there.

use std::sync::PoisonError;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    super::{Browser, Emulator, FlexError, Line, Reply},
    Wrong, bad, leg, wanted, wishes,
};

/// The queues and workflows of the published parking sample; those that are there already, if they are.
pub(super) async fn parking_workflows(
    State(emulator): State<Emulator>,
) -> Result<Json<Value>, Wrong> {
    let named = ["Inbound ACD", "Direct Extension"].map(|name| emulator.workflow_named(name));
    let (main, direct) = match named {
        [Some(main), Some(direct)] => (main, direct),
        _ => emulator
            .add_parking_workflows()
            .map_err(|error| failed(&error))?,
    };
    Ok(Json(json!({ "main": main, "direct": direct })))
}

/// An agent sits down. A worker is made for a name that has none; an agent who sits there already is left alone.
pub(super) async fn sit_down(
    State(emulator): State<Emulator>,
    uri: Uri,
    body: String,
) -> Result<Json<Value>, Wrong> {
    let wishes = wishes(&uri, &body);
    let name = wanted(&wishes, "name")?;
    if let Ok(browser) = emulator.agent(name) {
        return Ok(Json(json!({ "worker": browser.worker() })));
    }
    let server = wishes.get("server").cloned();
    if server.is_none() && emulator.goes_anywhere() {
        return Err(bad(
            "server is missing: where your server listens, such as http://127.0.0.1:8080",
        ));
    }
    let workers = emulator.workers().into_iter();
    let mut known = workers
        .filter(|it| is_called(&it.name, name))
        .map(|it| it.sid);
    let worker = match known.next_back() {
        Some(worker) => worker,
        None => emulator
            .add_agent(&format!("{name}@example.com"), &json!({}))
            .map_err(|error| failed(&error))?,
    };
    if let Some(capacity) = wishes.get("capacity") {
        let capacity = capacity.parse();
        let capacity = capacity.map_err(|_| bad("capacity must be a whole number"))?;
        let set = emulator.set_worker_capacity(worker, "voice", capacity);
        set.map_err(|error| failed(&error))?;
    }
    let browser = Browser::sign_in(&emulator, worker).map_err(|error| failed(&error))?;
    if let Some(server) = server {
        browser.serve_from(&server);
    }
    emulator.seat(browser);
    Ok(Json(json!({ "worker": worker })))
}

/// Moves an agent who sits at their desk.
pub(super) async fn act(
    State(emulator): State<Emulator>,
    Path((agent, act)): Path<(String, String)>,
    uri: Uri,
    body: String,
) -> Result<Response, Wrong> {
    let agent = emulator.agent(&agent)?;
    let none = |what: &str| (StatusCode::CONFLICT, format!("the agent has no {what}"));
    let done = Json(json!({ "done": true })).into_response();
    match act.as_str() {
        "accept" => {
            let offer = *agent.offers().first().ok_or_else(|| none("offer"))?;
            agent.accept(offer).await.map_err(|error| failed(&error))?;
            Ok(done)
        }
        "park" => {
            let task = agent.live().ok_or_else(|| none("caller on the line"))?;
            Ok(told(
                &agent.park(task).await.map_err(|error| failed(&error))?,
            ))
        }
        "pick-up" => {
            let wishes = wishes(&uri, &body);
            let call = leg(&emulator, wanted(&wishes, "call")?)?;
            Ok(told(
                &agent.pick_up(call).await.map_err(|error| failed(&error))?,
            ))
        }
        "hang-up" if agent.hang_up() => Ok(done),
        "hang-up" => Err(none("caller on the line")),
        "complete" => {
            let task = *agent.tasks().first().ok_or_else(|| none("task"))?;
            agent.complete(task).map_err(|error| failed(&error))?;
            Ok(done)
        }
        _ => Err((StatusCode::NOT_FOUND, super::HELP.to_owned())),
    }
}

/// What the application answered to the agent's browser, passed on.
fn told(reply: &Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, Json(reply.body.clone())).into_response()
}

impl Emulator {
    /// Whether requests may go to any server, because the emulator is connected to none of its own.
    fn goes_anywhere(&self) -> bool {
        let line = self.0.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().is_some_and(Line::goes_anywhere)
    }

    fn agent(&self, name: &str) -> Result<Browser, Wrong> {
        let desk = self.0.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let world = self.lock();
        let mut seated = desk.values().filter(|browser| {
            let worker = browser.worker();
            let known_as = world
                .router
                .worker(worker)
                .map(|worker| worker.name.as_str());
            worker.as_str() == name || known_as.is_some_and(|known_as| is_called(known_as, name))
        });
        let found = seated.next().cloned();
        found.ok_or_else(|| {
            (
                StatusCode::NOT_FOUND,
                format!("no agent {name} at the desk"),
            )
        })
    }
}

/// Whether a worker of this name is meant: by all of it, or by what stands before its `@`.
fn is_called(worker: &str, name: &str) -> bool {
    worker == name || worker.split('@').next() == Some(name)
}

fn failed(error: &FlexError) -> Wrong {
    (StatusCode::CONFLICT, error.to_string())
}
