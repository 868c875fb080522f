//! The HTTP side: who may ask what, and what happens around every request.
//!
//! Start reading here. [`router`] is the route table, in groups by who asks (`layers::Face`): each group has the one
//! layer with its own patience, its own lane and its own way of refusing. A handler takes its parts and its form as
//! arguments, calls one domain function and wraps the answer; whatever it refuses is a [`Problem`].
//!
//! The order around a request, from the outside in:
//!
//! 1. [`server`]: connections are counted, idle and dribbling ones cut, because nothing inside can see them;
//! 2. axum's routing, so that the layer knows the route's template and which face it has;
//! 3. `layers`: CORS on the plugin's routes, then request id, limits, deadline, panic guard, and on the way out the
//!    problem's voice, log and metrics;
//! 4. the extractors: `form::TwilioForm` proves a signature, `flex::Flex` a token, and only then a place is taken in the
//!    face's `lane`, before a handler sees anything;
//! 5. the handler, and for whatever changes something `work::Work`, which is finished even if no client waits.

pub mod app;
pub mod body;
pub mod docs;
pub mod fields;
mod fixed;
pub mod flex;
pub mod form;
pub mod lane;
pub mod layers;
pub mod openapi;
pub mod ops;
pub mod pages;
pub mod prefix;
pub mod problem;
pub mod reply;
pub mod server;
pub mod supervisor;
pub mod throttle;
pub mod trail;
pub mod widget;
pub mod work;

use std::sync::LazyLock;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use app::{App, Parts};
pub(crate) use ops::prepare;
pub use problem::Problem;
pub use server::run;

use crate::features::{
    callback, capacity, dispatch, dispatch::cause::Cause, inbound, intake, music, overview,
    parking, voicemail,
};
use layers::{Face, Layers, cors};

type Routes = OpenApiRouter<App>;

/// Every route, without what an application adds to it. Describing the routes takes many times longer than making a
/// router of them, so it is done once in a process.
struct Described {
    faces: Vec<(Face, Router<App>)>,
    openapi: OpenApi,
}

static DESCRIBED: LazyLock<Described> = LazyLock::new(|| {
    let mut openapi = openapi::base();
    let mut faces = vec![];
    for (face, routes) in [
        (Face::Plugin, plugin()),
        (Face::Voice, voice()),
        (Face::Keypad, keypad()),
        (Face::Text, text()),
        (Face::Status, status()),
        (Face::Lookup, lookup()),
        // The answer to unknown paths belongs to this group, so it has its layer, too.
        (Face::Open, open().fallback(nothing_here)),
    ] {
        let (router, described) = routes.split_for_parts();
        openapi.merge(described);
        faces.push((face, router));
    }
    Described { faces, openapi }
});

/// Every route.
pub fn router(app: &App) -> Router {
    begin_counting(app);
    let general = &app.parts().config;
    let mut all = Router::new();
    for (face, routes) in &DESCRIBED.faces {
        let routes = routes.clone().layer(Layers::around(*face, app));
        all = all.merge(match face {
            Face::Plugin => routes.layer(cors::layer(&general.flex_origins)),
            _ => routes,
        });
    }
    let paths = DESCRIBED.openapi.paths.paths.keys().cloned();
    prefix::also_below(&general.public_url, paths, all.with_state(app.clone()))
}

/// The whole description, for `switchboard openapi` and `GET /openapi.json`.
#[must_use]
pub fn openapi() -> &'static OpenApi {
    &DESCRIBED.openapi
}

/// Every counter whose labels are known exists from the start, at 0.
fn begin_counting(app: &App) {
    static ROUTES: LazyLock<Vec<String>> =
        LazyLock::new(|| openapi().paths.paths.keys().cloned().collect());
    let causes: Vec<_> = Cause::ALL.iter().map(|cause| cause.word()).collect();
    let products = ["api", "flex-api", "iam", "sync", "taskrouter"];
    app.parts()
        .context
        .metrics
        .begin_with(&ROUTES, &causes, &products);
}

/// Twilio, with a caller on the line.
fn voice() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(parking::routes::hold))
        .routes(routes!(parking::routes::hold_left))
        .routes(routes!(parking::routes::hold_queue))
        .routes(routes!(parking::routes::pickup))
        .routes(routes!(inbound::routes::did))
        .routes(routes!(inbound::routes::did_left))
        .routes(routes!(inbound::routes::extension))
        .routes(routes!(inbound::routes::extension_keyed))
        .routes(routes!(inbound::routes::extension_left))
        .routes(routes!(
            callback::routes::wait_experience_by_get,
            callback::routes::wait_experience
        ))
        .routes(routes!(dispatch::routes::dispatch_leg))
        .routes(routes!(dispatch::routes::dispatch_key))
        .routes(routes!(dispatch::routes::dispatch_joined))
        .routes(routes!(dispatch::routes::meet::dispatch_meet))
        .routes(routes!(dispatch::routes::meet::dispatch_met))
        .routes(routes!(dispatch::routes::meet::dispatch_alone))
        .routes(routes!(voicemail::routes::voicemail))
        .routes(routes!(voicemail::routes::voicemail_recorded))
}

/// Twilio, with a worker on the line who wants one thing.
fn keypad() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(intake::routes::intake_voice))
        .routes(routes!(intake::routes::intake_voice_choice))
}

/// Twilio, with a text message.
fn text() -> Routes {
    OpenApiRouter::new().routes(routes!(intake::routes::intake_sms))
}

/// Twilio, reporting.
fn status() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(parking::routes::status::call_status_handler))
        .routes(routes!(dispatch::routes::assignment::assignment_callback))
        .routes(routes!(crate::app::events::taskrouter_events))
        .routes(routes!(dispatch::routes::dispatch_status))
        .routes(routes!(dispatch::routes::dispatch_amd))
        .routes(routes!(callback::routes::callback_recording))
        .routes(routes!(callback::routes::callback_transcript))
        .routes(routes!(voicemail::routes::voicemail_status))
        .routes(routes!(voicemail::routes::voicemail_transcript))
        .routes(routes!(ops::instance))
}

/// The Flex plugin.
fn plugin() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(parking::routes::park_call))
        .routes(routes!(parking::routes::pickup_parked_call))
        .routes(routes!(capacity::routes::worker_capacity))
        .routes(routes!(inbound::routes::caller_id))
        .routes(routes!(overview::routes::workers))
        .routes(routes!(overview::routes::parked_calls))
        .routes(routes!(callback::routes::requeue_callback))
        .routes(routes!(callback::routes::fetch_voicemail))
        .routes(routes!(
            voicemail::routes::messages::voicemails,
            voicemail::routes::messages::voicemails_page
        ))
        .routes(routes!(
            overview::routes::board::board,
            overview::routes::board::board_page
        ))
        .routes(routes!(overview::routes::board::board_events))
        .routes(routes!(voicemail::routes::messages::voicemails_mark))
        .routes(routes!(voicemail::routes::messages::voicemails_media))
}

/// Studio flows.
fn lookup() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(capacity::routes::worker_lookup))
        .routes(routes!(callback::routes::create_callback))
}

/// Anybody.
fn open() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(music::routes::hold_music))
        .routes(routes!(ops::live))
        .routes(routes!(ops::ready))
        .routes(routes!(ops::metrics))
        .routes(routes!(ops::openapi_json))
        .routes(routes!(ops::docs))
        .routes(routes!(ops::home))
}

async fn nothing_here() -> Problem {
    Problem::new(problem::Kind::NotFound, "There is no such route")
}
