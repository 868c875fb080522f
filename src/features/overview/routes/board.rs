//! The supervisor's board: callers on hold, callers in line, and which agents are free; as a page, as JSON, and live.
//!
//! `/board` serves browsers and programs, as `/voicemails` does: a browser that navigates there asks for HTML and gets a
//! form for its user's token, and then the board; a program gets JSON. [`crate::web::pages`] tells how the token gets there.
//! `/board/events` sends the board every `EVERY` as a server-sent event, so that the page changes by itself.
//!
//! An answer of events ends within a minute: when the proof of its token has to be renewed, when the process stops, or
//! after `LONGEST`. The page then asks again, with its token, so no supervisor watches longer than their token is good for. A
//! connection that sends nothing for 75 s is taken for an idle one and cut (`server/patience.rs`); a minute is within
//! that.

mod view;

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use minijinja::{Value, context, value::Serde};
use phonenumber::country;
use secrecy::SecretString;
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    clock::Clock,
    config::General,
    features::{
        overview::{Latest, Overview},
        voicemail::routes::messages::wants_page,
    },
    twilio::deadline::Deadline,
    web::{
        App,
        fields::{Decode, Reader},
        flex::{self, Flex},
        openapi::{self, BoardForm},
        pages::{self, Page},
        problem::{Kind, Problem},
        supervisor::Supervisor,
    },
};
use view::Board;

const PAGE: Page = Page {
    here: "board",
    template: include_str!("board/page.html"),
    script: include_str!("board/board.js"),
    style: include_str!("board/style.css"),
    entry: true,
};
const LIVE: &str = include_str!("board/live.html");

/// How often the board is sent.
const EVERY: Duration = Duration::from_secs(5);

/// After how long an answer ends at the latest.
const LONGEST: Duration = Duration::from_mins(1);

/// How long one reading may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Proxies that collect an answer before they pass it on (nginx does) must not do so with events.
const UNBUFFERED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

/// What an event says.
#[derive(Serialize)]
struct News {
    /// The board as HTML; null if it has never been read.
    html: Option<String>,
    /// How many seconds ago it was so.
    age: u64,
    /// Whether Twilio could not be asked the last time.
    failing: bool,
}

/// Shows callers on hold, callers in line and which agents are free
///
/// For supervisors and admins. A browser that asks for HTML gets the form in which its user signs in.
#[utoipa::path(get, path = "/board", tag = openapi::PLUGIN, security(("flexToken" = [])),
    responses((status = 200, body = Board), openapi::PluginRefusal))]
pub(crate) async fn board(
    State(app): State<App>,
    by: Deadline,
    headers: HeaderMap,
    asks: Result<Supervisor, Problem>,
) -> Result<Response, Problem> {
    if wants_page(&headers) {
        return sign_in(&app.parts().config, "");
    }
    asks?;
    current(&app, by).await
}

/// Shows the board as a page
///
/// As the board, for a form that carries the token; as a page, to a browser that asks for HTML.
#[utoipa::path(post, path = "/board", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content = BoardForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Board), openapi::PluginRefusal))]
pub(crate) async fn board_page(
    State(app): State<App>,
    by: Deadline,
    headers: HeaderMap,
    asks: Result<Flex<Token>, Problem>,
) -> Result<Response, Problem> {
    let asks = asks.and_then(|asks| {
        if asks.agent.leads {
            Ok(asks.wish.0)
        } else {
            Err(not_yours())
        }
    });
    if !wants_page(&headers) {
        asks?;
        return current(&app, by).await;
    }
    let parts = app.parts();
    match asks {
        Ok(token) => {
            let latest = app.get::<Overview>().latest(by).await;
            shown(
                &parts.config,
                parts.context.clock,
                &latest,
                token.as_deref(),
            )
        }
        Err(problem) if is_about_the_token(problem.kind()) => {
            sign_in(&parts.config, problem.detail())
        }
        Err(problem) => Err(problem),
    }
}

/// Sends the board every few seconds
///
/// For supervisors and admins, as server-sent events named `board`. Each is JSON: `html` is the board, `age` how many
/// seconds ago that was so, and `failing` whether Twilio could not be asked since. Ends within a minute, and when the
/// process is stopping; ask again then.
#[utoipa::path(get, path = "/board/events", tag = openapi::PLUGIN, security(("flexToken" = [])),
    responses((status = 200, description = "Events", content_type = "text/event-stream"), openapi::PluginRefusal))]
pub(crate) async fn board_events(
    _: Supervisor,
    headers: HeaderMap,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let watch = Watch {
        token: flex::token(&headers, &[])?,
        app,
        end: Instant::now() + LONGEST,
        sent: false,
    };
    let events = stream::unfold(watch, async |mut watch| {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(EVERY * 2));
    Ok(([UNBUFFERED], events).into_response())
}

/// One answer of events.
struct Watch {
    app: App,
    token: SecretString,
    end: Instant,
    sent: bool,
}

impl Watch {
    async fn next(&mut self) -> Option<Event> {
        // The first event comes at once, even from a process that is stopping: its figures are as good as any.
        if self.sent {
            self.pause().await?;
        }
        self.sent = true;
        let parts = self.app.parts();
        let latest = self
            .app
            .get::<Overview>()
            .latest(Deadline::after(PATIENCE))
            .await;
        // Twilio may have taken its time, and the token may have ended meanwhile.
        if !self.may_look().await {
            return None;
        }
        let news = news(&latest, parts.context.clock, parts.config.home_country);
        let news =
            news.inspect_err(|error| tracing::error!(%error, "the board could not be written"));
        Event::default().event("board").json_data(news.ok()?).ok()
    }

    /// Waits until the next event is due; `None` if there will be none.
    async fn pause(&self) -> Option<()> {
        for _ in 0..EVERY.as_secs() {
            self.app
                .parts()
                .context
                .clock
                .sleep(Duration::from_secs(1))
                .await;
            let over = self.app.draining().has_begun() || Instant::now() >= self.end;
            if over || !self.may_look().await {
                return None;
            }
        }
        Some(())
    }

    /// Whether the token is known to be a supervisor's. What is known ends after a minute, or with the token.
    async fn may_look(&self) -> bool {
        let known = self.app.parts().gate.remembered(&self.token).await;
        matches!(known, Some(Ok(agent)) if agent.leads)
    }
}

fn news(latest: &Latest, clock: Clock, home: country::Id) -> Result<News, minijinja::Error> {
    let seen = latest.seen.as_ref();
    let html = seen.map(|seen| live(&Board::from(seen), home));
    Ok(News {
        html: html.transpose()?,
        age: age(latest, clock),
        failing: latest.failing,
    })
}

/// How many seconds old it is.
fn age(latest: &Latest, clock: Clock) -> u64 {
    let seen = latest.seen.as_ref();
    seen.map_or(0, |seen| clock.since(seen.at()).as_secs())
}

/// The board for programs. They are told of a failure, and get no old figures.
async fn current(app: &App, by: Deadline) -> Result<Response, Problem> {
    let latest = app.get::<Overview>().latest(by).await;
    let seen = latest.seen.filter(|_| !latest.failing);
    let seen = seen.ok_or_else(|| {
        let why = "Twilio could not be asked for the board";
        Problem::later(Kind::Unavailable, why, Duration::from_secs(5))
    })?;
    Ok(Json(Board::from(&seen)).into_response())
}

fn not_yours() -> Problem {
    Problem::new(Kind::NotYours, "This needs a supervisor or an admin")
}

/// Whether the form should say it and ask for a token again.
fn is_about_the_token(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::TokenRefused | Kind::NotYours | Kind::Unavailable | Kind::Overloaded
    )
}

fn live(board: &Board, home: country::Id) -> Result<String, minijinja::Error> {
    let mut pages = pages::environment(home)?;
    pages.add_template("live.html", LIVE)?;
    let shown = context! { board => Value::from(Serde(board)) };
    pages.get_template("live.html")?.render(shown)
}

/// The form that asks for a token; `told` says what was wrong with the last one.
fn sign_in(config: &General, told: &str) -> Result<Response, Problem> {
    written(config, context! { told })
}

fn shown(
    config: &General,
    clock: Clock,
    latest: &Latest,
    token: Option<&str>,
) -> Result<Response, Problem> {
    let board = latest.seen.as_ref().map(Board::from);
    let shown = context! {
        token,
        signed_in => true,
        age => age(latest, clock),
        failing => latest.failing,
        board => board.as_ref().map(|board| Value::from(Serde(board))),
    };
    written(config, shown)
}

fn written(config: &General, shown: Value) -> Result<Response, Problem> {
    let origins = config.flex_origins.join(" ");
    let shown = context! { origins, ..shown };
    let html = PAGE.render_with(config.home_country, "", &[("live.html", LIVE)], shown);
    PAGE.answer(html.map_err(Problem::internal)?, &config.flex_origins)
}

/// The token of a form, to be written into the page that answers it.
pub(crate) struct Token(Option<String>);

impl Decode for Token {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self(reader.text("Token").map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_are_called_stays_text_and_waits_are_told_in_minutes() {
        let html = live(&Board::sample(), phonenumber::country::Id::US).unwrap();
        assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
        for words in ["12 min 05 s", "59 s", "of 1", "voice (Sales)"] {
            assert!(html.contains(words), "{words} is missing in {html}");
        }
    }

    #[test]
    fn a_number_is_told_as_people_write_it() {
        let mut board = Board::sample();
        board.name_first("+15127640580");
        let html = live(&board, phonenumber::country::Id::US).unwrap();
        assert!(html.contains("(512) 764-0580"), "{html}");
    }
}
