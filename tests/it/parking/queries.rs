//! TaskRouter answers three queries by expression a second for the whole account. Callers who hang up together must not
//! make a storm of them, and every one of them comes to the right end.

use switchboard::{
    emulator::{Browser, Fault, RestTrouble},
    twilio::sid::CallSid,
};

use crate::stage::{Setting, Stage};

/// How often TaskRouter was asked by expression since then, and how often it refused.
fn queries(stage: &Stage, since: usize) -> (usize, usize) {
    let exchanges = stage.emulator.exchanges();
    let asked = exchanges[since..].iter().filter(|it| {
        it.query
            .iter()
            .any(|(name, _)| name == "EvaluateTaskAttributes")
    });
    let refused = asked.clone().filter(|it| it.status == 429).count();
    (asked.count(), refused)
}

/// How many reports of ends were answered with 503.
fn told_to_report_again(stage: &Stage) -> u64 {
    stage.counted("switchboard_requests_total{route=\"/call-status-handler\",status=\"503\"}")
}

/// So many callers, each on hold at an agent's.
async fn on_hold(stage: &Stage, count: usize) -> Vec<(Browser, CallSid)> {
    let mut all = vec![];
    for number in 0..count {
        let agent = stage.agent(&format!("agent{number}"));
        let caller = stage.parked_by(&agent).await;
        // The next caller is offered to the next agent.
        agent.go_to("Offline").expect("an activity");
        all.push((agent, caller));
    }
    all
}

/// All are picked up, and while it rings they hang up, in the same moment. Gives the queries that were asked.
async fn leave_while_it_rings(stage: &Stage, all: &[(Browser, CallSid)]) -> (usize, usize) {
    for (agent, caller) in all {
        agent.go_to("Available").expect("an activity");
        assert!(
            agent
                .pick_up(*caller)
                .await
                .expect("an answer")
                .is_success()
        );
        agent.close();
    }
    stage.seconds(3).await;
    for (_, caller) in all {
        assert!(stage.call(*caller).in_queue.is_some(), "it rings");
    }
    let before = stage.asked();
    for (_, caller) in all {
        stage.emulator.hang_up(*caller);
    }
    stage.seconds(60).await;
    for (agent, caller) in all {
        agent.go_to("Available").expect("an activity");
        assert!(
            stage.wrap_ups(*caller).is_empty(),
            "their own task was there"
        );
        assert!(stage.listed(agent.worker(), *caller).is_none());
    }
    queries(stage, before)
}

#[tokio::test(start_paused = true)]
async fn callers_who_hang_up_while_their_pick_up_rings_are_asked_about_together() {
    for (callers, most) in [(1, 2), (4, 4), (50, 10)] {
        for replicas in [1, 3] {
            let stage = Setting {
                replicas,
                ..Setting::default()
            }
            .stage();
            let all = on_hold(&stage, callers).await;
            let (asked, refused) = leave_while_it_rings(&stage, &all).await;
            println!("{callers} callers, {replicas} replicas: {asked} asked, {refused} refused");
            assert!(
                asked <= most * replicas,
                "{callers} callers: asked {asked} times"
            );
            assert!(refused <= 3 * (replicas - 1), "{refused} were refused");
            assert_eq!(told_to_report_again(&stage), 0);
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_taskrouter_takes_no_questions_reports_are_answered_and_the_reconciler_asks_later() {
    let stage = Stage::new();
    let all = on_hold(&stage, 4).await;
    // Their pick-up comes to nothing: no task is made, and they are waiting on hold still.
    let weather = stage.emulator.weather();
    let to_the_call = Fault::rest(RestTrouble::Hang).method("POST");
    weather.script(to_the_call.path("/Calls/").times(20));
    for (agent, caller) in &all {
        agent.go_to("Available").expect("an activity");
        let reply = agent.pick_up(*caller).await.expect("an answer");
        assert!(!reply.is_success());
    }
    weather.clear();
    let busy = Fault::rest(RestTrouble::Answer(429, 20_429)).method("GET");
    weather.script(busy.path("/Tasks").times(10_000));
    let before = stage.asked();
    for (_, caller) in &all {
        stage.emulator.hang_up(*caller);
    }
    stage.seconds(30).await;
    let (asked, refused) = queries(&stage, before);
    assert_eq!(asked, refused);
    assert!(asked < 20, "asked {asked} times in half a minute");
    assert_eq!(told_to_report_again(&stage), 0);
    weather.clear();
    stage.seconds(60).await;
    for (_, caller) in &all {
        assert_eq!(
            stage.wrap_ups(*caller).len(),
            1,
            "they hung up on hold\n{}",
            stage.emulator.journal()
        );
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn callers_who_hang_up_on_hold_together_need_no_query_at_all() {
    let stage = Stage::new();
    let all = on_hold(&stage, 50).await;
    let before = stage.asked();
    for (_, caller) in &all {
        stage.emulator.hang_up(*caller);
    }
    stage.seconds(60).await;
    assert_eq!(queries(&stage, before), (0, 0));
    for (_, caller) in &all {
        assert_eq!(stage.wrap_ups(*caller).len(), 1);
    }
    stage.curtain().await;
}
