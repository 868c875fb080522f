//! Extensions that are looked up while callers wait: always right, and never asked for more than TaskRouter answers.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use switchboard::{
    emulator::Browser,
    twilio::{deadline::Deadline, resource::workers::WorkerChange, sid::WorkerSid},
};

use crate::{security::lookup::ask_as, stage::Stage};

/// A line with so many agents, whose extensions are from 1000 on.
fn line(agents: u32) -> (Stage, Browser, Vec<WorkerSid>) {
    let stage = Stage::new();
    let zoe = stage.agent("zoe");
    let agents = (0..agents).map(|number| {
        let extension = json!({ "directExtension": (1_000 + number).to_string() });
        let name = format!("agent-{number}@example.com");
        let agent = stage.emulator.add_agent(&name, &extension);
        agent.expect("an agent")
    });
    let agents = agents.collect();
    (stage, zoe, agents)
}

/// Callers key in these extensions in the same moment.
async fn all_at_once(stage: &Stage, zoe: &Browser, extensions: &[u32]) -> Vec<Value> {
    let asked = extensions.iter().map(|extension| async move {
        let extension = extension.to_string();
        ask_as(stage, zoe, &extension).await
    });
    join_all(asked).await
}

fn refused(stage: &Stage) -> usize {
    let exchanges = stage.emulator.exchanges();
    let refused = exchanges.iter().filter(|it| it.status == 429);
    refused.count()
}

fn by_expression(stage: &Stage) -> usize {
    let exchanges = stage.emulator.exchanges();
    let asked = |query: &[(String, String)]| {
        let mut names = query.iter().map(|(name, _)| name);
        names.any(|name| name == "TargetWorkersExpression")
    };
    exchanges.iter().filter(|it| asked(&it.query)).count()
}

/// Takes an extension from somebody, or gives them one.
async fn set_extension(stage: &Stage, worker: WorkerSid, extension: &str) {
    let (twilio, by) = (stage.twilio(), Deadline::after(Duration::from_secs(5)));
    let mut attributes = twilio
        .workers(by)
        .fetch(worker)
        .await
        .expect("a worker")
        .attributes;
    attributes.insert("directExtension".to_owned(), json!(extension));
    let change = WorkerChange {
        attributes: Some(attributes),
        ..WorkerChange::default()
    };
    let changed = twilio.workers(by).update(worker, &change, None).await;
    changed.expect("a change");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_key_in_extensions_of_five_hundred_agents_in_one_second() {
    let (stage, zoe, agents) = line(500);
    let extensions: Vec<u32> = (0..100).map(|caller| 1_000 + caller * 5).collect();
    let answers = all_at_once(&stage, &zoe, &extensions).await;
    for (caller, answer) in answers.iter().enumerate() {
        assert_eq!(answer["workerSid"], json!(agents[caller * 5]), "{answer}");
        assert_eq!(answer["success"], true);
    }
    assert_eq!((refused(&stage), by_expression(&stage)), (0, 0));
    let lists = stage.asked_since(0);
    let lists = lists.iter().filter(|it| it.ends_with("/Workers"));
    assert_eq!(lists.count(), 1, "one list answers all of them");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn where_lists_hide_attributes_nobody_is_refused_either() {
    let (stage, zoe, agents) = line(20);
    stage.emulator.show_attributes_in_lists(false);
    let extensions: Vec<u32> = (1_000..1_010).collect();
    let answers = all_at_once(&stage, &zoe, &extensions).await;
    for (agent, answer) in agents.iter().zip(&answers) {
        assert_eq!(answer["workerSid"], json!(agent), "{answer}");
    }
    assert_eq!((refused(&stage), by_expression(&stage)), (0, 10));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_was_just_given_is_found() {
    let (stage, zoe, agents) = line(3);
    assert_eq!(ask_as(&stage, &zoe, "7777").await["success"], false);
    set_extension(&stage, agents[0], "7777").await;
    stage.seconds(2).await;
    assert_eq!(
        ask_as(&stage, &zoe, "7777").await["workerSid"],
        json!(agents[0])
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_was_passed_on_reaches_who_has_it_now() {
    let (stage, zoe, agents) = line(3);
    let first = ask_as(&stage, &zoe, "1000").await;
    assert_eq!(first["workerSid"], json!(agents[0]));
    set_extension(&stage, agents[0], "2000").await;
    set_extension(&stage, agents[1], "1000").await;
    let now = ask_as(&stage, &zoe, "1000").await;
    assert_eq!(now["workerSid"], json!(agents[1]));
    set_extension(&stage, agents[2], "1000").await;
    stage.seconds(61).await;
    let several = ask_as(&stage, &zoe, "1000").await;
    assert_eq!(several["message"], "several workers have this extension");
    set_extension(&stage, agents[1], "3000").await;
    stage.seconds(2).await;
    let one = ask_as(&stage, &zoe, "1000").await;
    assert_eq!(one["workerSid"], json!(agents[2]));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_does_is_told_as_it_is_now() {
    let (stage, zoe, _) = line(3);
    let ann = stage.agent("ann");
    stage.seconds(3).await;
    assert_eq!(
        ask_as(&stage, &zoe, "1234").await["workerActivity"],
        "Available"
    );
    ann.go_to("Offline").expect("an activity");
    assert_eq!(
        ask_as(&stage, &zoe, "1234").await["workerActivity"],
        "Offline"
    );
    stage.curtain().await;
}
