//! Queries by expression: their turns, what a refusal means for all that wait, and what is asked as one.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use http::Response;
use secrecy::SecretString;
use serde_json::json;
use switchboard::{
    clock::Clock,
    rng::Rng,
    twilio::{
        Settings, Twilio,
        deadline::Deadline,
        error::Error,
        host::Hosts,
        sid::{AccountSid, SyncServiceSid, TaskSid, WorkspaceSid},
        transport::{Broken, Transport},
    },
};
use tokio::time::Instant;
use tower::service_fn;

/// What TaskRouter was asked: when, in milliseconds, and by which expression.
type Asked = Arc<Mutex<Vec<(u128, String)>>>;

/// A `TaskRouter` that has one task for each ticket, and first refuses so many queries, asking for `wait` seconds.
fn taskrouter(refusals: usize, wait: Option<u32>, attributes_shown: bool) -> (Twilio, Asked) {
    let (asked, start) = (Asked::default(), Instant::now());
    let log = Arc::clone(&asked);
    let answer = move |request: reqwest::Request| {
        let mut pairs = request.url().query_pairs();
        let expression = pairs.find(|(name, _)| name == "EvaluateTaskAttributes");
        let Some((_, expression)) = expression else {
            let sid = request.url().path().rsplit('/').next().unwrap_or_default();
            let number: u8 = sid.parse::<TaskSid>().map_or(0, |it| number_of(&it));
            return reply(200, None, &task(number, true).to_string());
        };
        let mut log = log.lock().unwrap();
        log.push((start.elapsed().as_millis(), expression.to_string()));
        if log.len() <= refusals {
            return reply(429, wait, r#"{"code":20429}"#);
        }
        let tickets = expression.split('"').skip(1).step_by(2);
        let tasks: Vec<_> = tickets
            .map(|ticket| task(ticket.parse().unwrap(), attributes_shown))
            .collect();
        let body = json!({ "tasks": tasks, "meta": { "key": "tasks", "next_page_url": null } });
        reply(200, None, &body.to_string())
    };
    let transport = Transport::new(service_fn(move |request: reqwest::Request| {
        let answer = answer(request);
        async move { Ok::<_, Broken>(answer) }
    }));
    let settings = Settings {
        account: AccountSid::from_bytes([1; 16]),
        user: "AC".to_owned(),
        password: SecretString::from("secret"),
        workspace: WorkspaceSid::from_bytes([2; 16]),
        sync_service: SyncServiceSid::from_bytes([3; 16]),
        hosts: Hosts::at("https://{product}.example"),
    };
    let (rng, clock) = (Rng::seeded(1), Clock::system());
    (Twilio::new(settings, transport, rng, clock, None), asked)
}

fn task(number: u8, attributes_shown: bool) -> serde_json::Value {
    let attributes = json!({ "parkTicket": number.to_string() }).to_string();
    json!({
        "sid": TaskSid::from_bytes([number; 16]),
        "assignment_status": "pending",
        "attributes": attributes_shown.then_some(attributes),
    })
}

fn number_of(task: &TaskSid) -> u8 {
    u8::from_str_radix(&task.as_str()[32..], 16).unwrap_or_default()
}

fn reply(status: u16, wait: Option<u32>, body: &str) -> reqwest::Response {
    let mut reply = Response::builder().status(status);
    if let Some(wait) = wait {
        reply = reply.header("Retry-After", wait);
    }
    reply.body(body.to_owned()).unwrap().into()
}

async fn ask(twilio: &Twilio, number: u8, patience: Duration) -> Result<Vec<TaskSid>, Error> {
    let tasks = twilio.tasks(Deadline::after(patience));
    let ticket = number.to_string();
    let found = tasks.with_attribute("parkTicket", &ticket);
    Ok(found.await?.into_iter().map(|task| task.sid).collect())
}

const PLENTY: Duration = Duration::from_secs(25);

#[tokio::test(start_paused = true)]
async fn questions_of_one_moment_are_one_query_and_everybody_has_their_own_answer() {
    for attributes_shown in [true, false] {
        let (twilio, asked) = taskrouter(0, None, attributes_shown);
        // The same number twice: a report that was delivered again.
        let all = join_all((0..30_u8).map(|number| ask(&twilio, number / 2, PLENTY))).await;
        for (number, found) in (0..30_u8).zip(all) {
            assert_eq!(found.unwrap(), [TaskSid::from_bytes([number / 2; 16])]);
        }
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(
            asked[0].1.starts_with("parkTicket IN [\"0\", "),
            "{asked:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_query_is_too_long_and_none_comes_before_its_turn() {
    let (twilio, asked) = taskrouter(0, None, true);
    let all = join_all((0..100_u8).map(|number| ask(&twilio, number, PLENTY))).await;
    assert!(
        all.iter()
            .all(|found| found.as_ref().is_ok_and(|it| it.len() == 1))
    );
    let asked = asked.lock().unwrap();
    let at: Vec<_> = asked.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [0, 500, 1_000], "two a second");
    assert!(asked.iter().all(|(_, text)| text.len() < 500));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_comes_after_a_query_was_sent_is_asked_anew() {
    let (twilio, asked) = taskrouter(0, None, true);
    assert_eq!(ask(&twilio, 1, PLENTY).await.unwrap().len(), 1);
    assert_eq!(ask(&twilio, 1, PLENTY).await.unwrap().len(), 1);
    assert_eq!(asked.lock().unwrap().len(), 2, "no answer is remembered");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_waited_out_for_as_long_as_twilio_asks_and_by_all() {
    let (twilio, asked) = taskrouter(1, Some(7), true);
    let first = ask(&twilio, 1, PLENTY);
    let second = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        ask(&twilio, 2, PLENTY).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (1, 1));
    let at: Vec<_> = asked.lock().unwrap().iter().map(|(at, _)| *at).collect();
    assert_eq!((at.len(), at[0]), (3, 0), "{at:?}");
    assert!(at[1] >= 7_000 && at[2] >= at[1] + 500, "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_wait_is_told_that_twilio_is_busy() {
    let (twilio, asked) = taskrouter(1_000, Some(2), true);
    let start = Instant::now();
    let found = ask(&twilio, 1, Duration::from_secs(3)).await;
    assert!(found.as_ref().is_err_and(Error::is_busy), "{found:?}");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    assert!(asked.lock().unwrap().len() <= 2);
}
