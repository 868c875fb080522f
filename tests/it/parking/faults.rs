//! Every fault at every step: whatever fails between us and Twilio while a call is parked, picked up or ended, and
//! wherever our process is killed, a minute later things are as they should be.

use switchboard::emulator::Fault;

use crate::stage::{Setting, Stage, TROUBLES, live_task, many::Part};

/// How many requests any of the three acts makes at most.
const STEPS: u32 = 8;

/// Either the caller talks to the agent, or they are on hold and in the agent's list: nothing in between.
async fn settled(
    stage: &Stage,
    agent: &switchboard::emulator::Browser,
    caller: switchboard::twilio::sid::CallSid,
    what: &str,
) {
    stage.seconds(60).await;
    let (talks, holds) = (
        stage.call(caller).conference.is_some(),
        stage.on_hold(caller),
    );
    let listed = stage.listed(agent.worker(), caller).is_some();
    assert!(
        talks != holds,
        "{what}: talks={talks} holds={holds}\n{}",
        stage.emulator.journal()
    );
    assert_eq!(
        holds,
        listed,
        "{what}: on hold if and only if listed\n{}",
        stage.emulator.journal()
    );
}

#[tokio::test(start_paused = true)]
async fn m2_any_fault_while_parking_leaves_the_call_with_the_agent_or_listed() {
    let mut part = Part::of_a_matrix();
    for trouble in TROUBLES {
        for (step, times) in (1..=STEPS).flat_map(|step| [(step, 1), (step, 9)]) {
            if part.skips() {
                continue;
            }
            let stage = Stage::new();
            let ann = stage.agent("ann");
            let caller = stage.talks_to(&ann).await;
            stage
                .emulator
                .weather()
                .script(Fault::rest(trouble).nth(step).times(times));
            let reply = ann.park(live_task(&ann)).await.expect("an answer");
            stage.emulator.weather().clear();
            let what = format!(
                "{trouble:?} × {times} at request {step}, answered {}",
                reply.status
            );
            settled(&stage, &ann, caller, &what).await;
            assert!(
                !reply.is_success() || stage.on_hold(caller),
                "{what}: success means parked"
            );
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn m4_any_fault_while_picking_up_leaves_the_call_with_the_agent_or_listed() {
    let mut part = Part::of_a_matrix();
    for trouble in TROUBLES {
        for (step, times) in (1..=STEPS).flat_map(|step| [(step, 1), (step, 9)]) {
            if part.skips() {
                continue;
            }
            let stage = Stage::new();
            let ann = stage.agent("ann");
            let caller = stage.parked_by(&ann).await;
            stage
                .emulator
                .weather()
                .script(Fault::rest(trouble).nth(step).times(times));
            let reply = ann.pick_up(caller).await.expect("an answer");
            stage.emulator.weather().clear();
            let what = format!(
                "{trouble:?} × {times} at request {step}, answered {}",
                reply.status
            );
            settled(&stage, &ann, caller, &what).await;
            assert!(
                !reply.is_success() || !stage.on_hold(caller),
                "{what}: success means picked up"
            );
            assert!(
                stage.open_tasks(caller).len() <= 1,
                "{what}: never two tasks"
            );
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn m9_any_fault_while_the_caller_hangs_up_still_yields_one_wrap_up_task() {
    let mut part = Part::of_a_matrix();
    for trouble in TROUBLES {
        for (step, times) in (1..=STEPS).flat_map(|step| [(step, 1), (step, 9)]) {
            if part.skips() {
                continue;
            }
            let stage = Stage::new();
            let ann = stage.agent("ann");
            let caller = stage.parked_by(&ann).await;
            stage
                .emulator
                .weather()
                .script(Fault::rest(trouble).nth(step).times(times));
            stage.emulator.hang_up(caller);
            stage.seconds(20).await;
            stage.emulator.weather().clear();
            stage.seconds(70).await;
            let what = format!("{trouble:?} × {times} at request {step}");
            assert_eq!(
                stage.wrap_ups(caller).len(),
                1,
                "{what}\n{}",
                stage.emulator.journal()
            );
            assert!(
                stage.record(caller).is_none(),
                "{what}: nothing is left in the index"
            );
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn kill_9_between_any_two_requests_of_a_park_or_a_pick_up() {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (1..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        for picking_up in [false, true] {
            if part.skips() {
                continue;
            }
            let stage = Setting {
                replicas: 2,
                ..Setting::default()
            }
            .stage();
            let ann = stage.agent("ann");
            let caller = if picking_up {
                stage.parked_by(&ann).await
            } else {
                stage.talks_to(&ann).await
            };
            stage.kill_at(0, step, acted);
            stage.kill_at(1, step, acted);
            let answer = if picking_up {
                ann.pick_up(caller).await
            } else {
                ann.park(live_task(&ann)).await
            };
            stage.seconds(1).await;
            stage.start(0);
            stage.start(1);
            let what = format!("killed at request {step}, acted={acted}, picking_up={picking_up}");
            settled(&stage, &ann, caller, &what).await;
            if answer.is_ok_and(|reply| reply.is_success()) {
                assert_eq!(
                    stage.on_hold(caller),
                    !picking_up,
                    "{what}: success is durable"
                );
            }
            stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn kill_9_between_any_two_requests_of_a_hang_up() {
    let mut part = Part::of_a_matrix();
    for (step, acted) in (1..=STEPS).flat_map(|step| [(step, false), (step, true)]) {
        if part.skips() {
            continue;
        }
        let stage = Setting {
            replicas: 2,
            ..Setting::default()
        }
        .stage();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        stage.kill_at(0, step, acted);
        stage.kill_at(1, step, acted);
        stage.emulator.hang_up(caller);
        stage.seconds(10).await;
        stage.start(0);
        stage.start(1);
        stage.seconds(70).await;
        let what = format!("killed at request {step}, acted={acted}");
        assert_eq!(
            stage.wrap_ups(caller).len(),
            1,
            "{what}\n{}",
            stage.emulator.journal()
        );
        assert!(
            stage.record(caller).is_none(),
            "{what}: nothing is left in the index"
        );
        stage.curtain().await;
    }
}
