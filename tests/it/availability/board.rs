//! The board that supervisors leave open all day: what it shows, to whom, and what it says while Twilio does not answer.

use axum::body::{Body, BodyDataStream};
use futures_util::{StreamExt, future::join_all};
use http::{Request, header};
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;
use switchboard::emulator::{Browser, Fault, RestTrouble};
use tokio::time::Instant;
use tower::ServiceExt;

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Setting, Stage};

/// A board that is open in a browser, connected until its answer ends.
struct Screen {
    pieces: BodyDataStream,
    text: String,
}

impl Screen {
    async fn open(stage: &Stage, token: &SecretString) -> Self {
        let answer = asks(stage, "/board/events", Some(token.expose_secret())).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache");
        Self {
            pieces: answer.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next board; `None` when the answer has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.strip_prefix("event: board\ndata: ");
                let board = data.map(|data| serde_json::from_str(data).expect("JSON"));
                // Anything else keeps the connection open and says nothing.
                assert!(board.is_some() || event.starts_with(':'), "{event}");
                let rest = rest.to_owned();
                self.text = rest;
                if board.is_some() {
                    return board;
                }
                continue;
            }
            let piece = self.pieces.next().await?.expect("a piece");
            self.text
                .push_str(std::str::from_utf8(&piece).expect("text"));
        }
    }

    /// The board of a moment from now: what was read before has become old by then.
    async fn later(&mut self) -> Value {
        self.next().await.expect("a board");
        self.next().await.expect("a board")
    }
}

async fn asks(stage: &Stage, path: &str, token: Option<&str>) -> axum::response::Response {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    stage.router().oneshot(request).await.expect("an answer")
}

/// The board for programs.
async fn figures(stage: &Stage, supervisor: &Browser) -> (u16, Value) {
    let token = supervisor.token();
    let answer = asks(stage, "/board", Some(token.expose_secret())).await;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body");
    (
        status,
        serde_json::from_slice(&body.to_bytes()).expect("JSON"),
    )
}

/// The agents on a board, each with their state and how many calls they have parked.
fn agents(seen: &Value) -> Vec<String> {
    let agents = seen["workers"].as_array().expect("agents").iter();
    let line = |it: &Value| {
        let text = |field: &str| it[field].as_str().expect("text").to_owned();
        format!("{} {} {}", text("name"), text("state"), it["parked"])
    };
    agents.map(line).collect()
}

const READY_1_OF_2: &str = "<dd class=\"figure\">1</dd><dd>of 2</dd>";
const READY_0_OF_2: &str = "<dd class=\"figure\">0</dd><dd>of 2</dd>";

fn html(board: &Value) -> &str {
    board["html"].as_str().expect("HTML")
}

#[tokio::test(start_paused = true)]
async fn a_parked_call_comes_onto_the_board_and_leaves_it_with_its_caller() {
    let floor = Floor::new();
    let stage = &floor.stage;
    let (ann, sue) = (floor.agent("ann"), stage.supervisor("sue"));
    sue.go_to("Offline").expect("an activity");
    let mut screen = Screen::open(stage, &sue.token()).await;
    let board = screen.next().await.expect("a board at once");
    assert!(html(&board).contains("No caller is on hold."), "{board}");
    assert!(html(&board).contains(READY_1_OF_2), "Ann is ready: {board}");

    let call = stage.parked_by(&ann).await;
    let board = screen.later().await;
    assert_eq!(
        (&board["failing"], board["age"].as_u64() < Some(6)),
        (&json!(false), true)
    );
    let number = stage.call(call).from.clone();
    assert!(
        !html(&board).contains(&number),
        "numbers are shown in national form: {board}"
    );
    let national = format!("({}) {}-{}", &number[2..5], &number[5..8], &number[8..]);
    for words in [
        national.as_str(),
        "ann@example.com",
        "Inbound ACD",
        READY_0_OF_2,
    ] {
        assert!(html(&board).contains(words), "{words} is missing: {board}");
    }
    let (_, seen) = figures(stage, &sue).await;
    let age = seen["calls"][0]["seconds"].as_u64().expect("an age");
    stage.seconds(10).await;
    let (_, seen) = figures(stage, &sue).await;
    let older = seen["calls"][0]["seconds"].as_u64().expect("an age");
    assert!(
        (age + 5..=age + 15).contains(&older),
        "{age} s, then {older} s"
    );
    assert_eq!(
        (&seen["onHold"], &seen["longestSeconds"]),
        (&json!(1), &json!(older))
    );

    stage.emulator.hang_up(call);
    stage.seconds(6).await;
    let mut screen = Screen::open(stage, &sue.token()).await;
    let board = screen.next().await.expect("a board");
    assert!(html(&board).contains("No caller is on hold."), "{board}");
    assert!(!html(&board).contains(&national), "{board}");
    drop(screen);
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn queues_and_agents_are_counted_as_taskrouter_has_them() {
    let floor = Floor::new();
    let stage = &floor.stage;
    let [ann, bob] = ["ann", "bob"].map(|name| floor.agent(name));
    let sue = stage.supervisor("sue");
    for away in [&bob, &sue] {
        away.go_to("Offline").expect("an activity");
    }
    stage.parked_by(&ann).await;
    let first = stage.calls(MAIN_LINE).await;
    stage.seconds(20).await;
    let second = stage.calls(MAIN_LINE).await;
    stage.seconds(6).await;
    let waiting = [first, second].map(|call| stage.open_tasks(call));
    assert!(
        waiting.iter().all(|tasks| tasks.len() == 1),
        "both wait in line"
    );
    let (status, seen) = figures(stage, &sue).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&seen["inLine"], &seen["onHold"], &seen["ready"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let queue = &seen["queues"][0];
    assert_eq!(seen["queues"].as_array().map(Vec::len), Some(1), "{seen}");
    assert_eq!(
        (&queue["name"], &queue["inLine"], &queue["onHold"]),
        (&json!("Inbound ACD"), &json!(2), &json!(1))
    );
    let oldest = queue["lineSeconds"].as_u64().expect("an age");
    assert!((26..=32).contains(&oldest), "{oldest}");
    assert_eq!(
        agents(&seen),
        [
            "ann@example.com busy 1",
            "bob@example.com away 0",
            "sue@example.com away 0"
        ]
    );
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn only_a_supervisor_watches_and_only_while_the_token_is_valid() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let anns = ann.token();
    for path in ["/board", "/board/events"] {
        for (token, kind) in [
            (None, "token-refused"),
            (Some("e30.nobody.knows"), "token-refused"),
            (Some(anns.expose_secret()), "not-yours"),
        ] {
            let answer = asks(&stage, path, token).await;
            assert_eq!(answer.status(), 403, "{path}");
            let body = answer
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes();
            let body: Value = serde_json::from_slice(&body).expect("a problem");
            assert_eq!(body["type"], format!("/docs#{kind}"), "{path}");
            assert!(body.get("calls").is_none());
        }
    }
    let short = stage
        .emulator
        .mint_token(sue.worker(), Duration::from_secs(12))
        .expect("a token");
    let start = Instant::now();
    let mut screen = Screen::open(&stage, &short).await;
    while screen.next().await.is_some() {}
    let watched = start.elapsed().as_secs();
    assert!((11..=13).contains(&watched), "watched for {watched} s");
    let answer = asks(&stage, "/board/events", Some(short.expose_secret())).await;
    assert_eq!(answer.status(), 403, "an expired token is refused");

    // A valid one is asked for again every minute, before the server takes the connection for an idle one.
    let start = Instant::now();
    let mut screen = Screen::open(&stage, &sue.token()).await;
    let mut boards = 0;
    while screen.next().await.is_some() {
        boards += 1;
    }
    let watched = start.elapsed().as_secs();
    assert!(
        (55..75).contains(&watched) && boards >= 11,
        "{boards} in {watched} s"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stops_does_not_wait_for_open_boards() {
    let stage = Stage::new();
    let sue = stage.supervisor("sue");
    let mut screen = Screen::open(&stage, &sue.token()).await;
    screen.next().await.expect("a board");
    stage.app().draining().begin();
    let start = Instant::now();
    while screen.next().await.is_some() {}
    assert!(
        start.elapsed() <= Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    // One board still comes for a browser whom the balancer sends here meanwhile.
    let mut screen = Screen::open(&stage, &sue.token()).await;
    assert!(screen.next().await.is_some() && screen.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn while_twilio_does_not_answer_the_board_says_how_old_it_is() {
    let trouble = [
        RestTrouble::Answer(503, 20_503),
        RestTrouble::Hang,
        RestTrouble::Refused,
    ];
    for (trouble, part) in trouble.into_iter().zip(["/Workers", "/Maps", "/Tasks"]) {
        let floor = Floor::new();
        let stage = &floor.stage;
        let (ann, sue) = (floor.agent("ann"), stage.supervisor("sue"));
        sue.go_to("Offline").expect("an activity");
        stage.parked_by(&ann).await;
        let mut screen = Screen::open(stage, &sue.token()).await;
        screen.next().await.expect("a board");
        let fault = Fault::rest(trouble).method("GET").path(part);
        stage.emulator.weather().script(fault.times(10_000));
        let mut ages = vec![];
        for _ in 0..3 {
            let board = screen.next().await.expect("a board");
            assert!(
                html(&board).contains("Inbound ACD"),
                "the call is still shown: {board}"
            );
            ages.push((
                board["failing"] == true,
                board["age"].as_u64().expect("an age"),
            ));
        }
        let (failing, age) = *ages.last().expect("ages");
        assert!(failing && age >= 10, "{part}: {ages:?}");
        assert!(ages.is_sorted_by_key(|(_, age)| *age), "{part}: {ages:?}");
        let (status, body) = figures(stage, &sue).await;
        assert_eq!(
            (status, &body["type"]),
            (503, &json!("/docs#unavailable")),
            "programs are told"
        );

        stage.emulator.weather().clear();
        stage.seconds(6).await;
        let mut screen = Screen::open(stage, &sue.token()).await;
        let board = screen.later().await;
        assert_eq!(board["failing"], false, "{part}: it recovers: {board}");
        assert!(board["age"].as_u64() < Some(6), "{board}");
        drop(screen);
        floor.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_open_boards_ask_twilio_no_more_than_one_does() {
    let mut asked = vec![];
    for (boards, trouble) in [
        (1, None),
        (100, None),
        (1, Some(RestTrouble::Answer(503, 20_503))),
        (100, Some(RestTrouble::Answer(503, 20_503))),
    ] {
        let stage = Setting::default().stage();
        let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
        stage.parked_by(&ann).await;
        if let Some(trouble) = trouble {
            let fault = Fault::rest(trouble).method("GET").path("/Tasks");
            stage.emulator.weather().script(fault.times(10_000));
        }
        let before = stage.asked();
        let token = sue.token();
        let watch = async |number: u64| {
            // They were not opened at the same moment.
            tokio::time::sleep(Duration::from_millis(number * 47)).await;
            let mut screen = Screen::open(&stage, &token).await;
            let mut boards = 0;
            while screen.next().await.is_some() {
                boards += 1;
            }
            boards
        };
        let shown = join_all((0..boards).map(watch)).await;
        assert!(shown.iter().all(|boards| *boards >= 3), "{shown:?}");
        let asks = stage.asked_since(before);
        let tasks = asks
            .iter()
            .filter(|it| it.contains("GET") && it.contains("/Tasks"));
        asked.push(tasks.count());
        stage.emulator.weather().clear();
        stage.curtain().await;
    }
    let [one, hundred, refused, refused_hundred] = asked[..] else {
        panic!("four counts");
    };
    // They watch for five seconds longer in all.
    assert!(one > 10 && hundred <= one + 4, "{asked:?}");
    assert!(
        refused > 3 && refused_hundred <= refused * 3 / 2 + 8,
        "{asked:?}"
    );
}
