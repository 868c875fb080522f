//! A whole day of a large contact center: an act costs what it changes, whatever else there is.

use std::collections::VecDeque;

use super::*;

const SKILLS: [&str; 4] = ["sales", "support", "billing", "returns"];

/// 500 agents with two of four skills each, and a workflow that escalates and gives up.
fn centre() -> Office {
    let mut office = Office::new();
    let queues = SKILLS.map(|skill| {
        let (target, rng) = (format!("skills HAS '{skill}'"), &office.rng);
        office.router.add_queue(skill, &target, rng).unwrap()
    });
    let filters = SKILLS.iter().zip(queues).map(|(skill, queue)| {
        let targets = json!([
            {"queue": queue, "timeout": 120}, {"priority": 10, "timeout": 600},
        ]);
        json!({"expression": format!("type == '{skill}'"), "targets": targets})
    });
    let filters: Vec<_> = filters.collect();
    office.route(&json!({ "filters": filters }));
    for number in 0..500 {
        let both = [SKILLS[number % 4], SKILLS[number / 4 % 4]];
        office.worker(&format!("worker {number}"), json!({ "skills": both }));
    }
    office
}

/// Agents accept at once what they are offered; gives the tasks, and counts those that were given up.
fn accept_all(office: &mut Office, at: Timestamp, given_up: &mut u64) -> Vec<TaskSid> {
    let mut accepted = Vec::new();
    loop {
        let news = office.router.advance(&office.rng, at);
        if news.is_empty() {
            return accepted;
        }
        for happening in news {
            match happening {
                Happening::Reservation {
                    reservation,
                    task,
                    status: ReservationStatus::Pending,
                    ..
                } => {
                    office.router.accept(reservation, at).unwrap();
                    accepted.push(task);
                }
                Happening::TaskCanceled { .. } => *given_up += 1,
                _ => {}
            }
        }
    }
}

/// 6,000 calls an hour of five and a half minutes each, for eight hours (`ROUTED_TASKS=48000`) or less than three: more
/// than 500 agents can answer, so that the lines grow long. That it ends in time is what shows that nothing is scanned
/// again and again.
#[test]
fn a_day_of_48_000_tasks_is_routed_and_forgotten() {
    // How many is in the table of sizes, `tests/it/stage/many.rs`.
    let tasks = std::env::var("ROUTED_TASKS").ok();
    let tasks: i32 = tasks.and_then(|it| it.parse().ok()).unwrap_or(16_000);
    let (mut office, mut talking) = (centre(), VecDeque::new());
    let (mut answered, mut given_up) = (0, 0);
    for number in 0..tasks {
        let at = NOW + SignedDuration::from_millis(i64::from(number) * 600);
        let skill = SKILLS[usize::try_from(number).unwrap() * 7 / 3 % 4];
        let new = NewTask {
            timeout: 86_400,
            ..office.new_task(json!({ "type": skill }))
        };
        office.make(new, at);
        while talking.front().is_some_and(|(end, _)| *end <= at) {
            let (_, task) = talking.pop_front().unwrap();
            office.router.complete(task, None, at).unwrap();
        }
        for task in accept_all(&mut office, at, &mut given_up) {
            talking.push_back((at + SignedDuration::from_secs(330), task));
            answered += 1;
        }
    }
    let seen = office.router.tasks().count();
    // The lines need some hours to grow as long as that.
    let many = if tasks < 48_000 { 100 } else { 1_000 };
    assert!(
        answered > tasks * 5 / 6 && given_up > many,
        "{answered} {given_up}"
    );
    assert!(seen < 2_500, "{seen} tasks are kept");
    let end = NOW + SignedDuration::from_hours(9);
    for (_, task) in talking {
        office.router.complete(task, None, end).unwrap();
    }
    office.router.advance(&office.rng, end);
    let far = end + SignedDuration::from_hours(1);
    office.router.advance(&office.rng, far);
    assert_eq!(office.router.waiting.values().flatten().count(), 0);
}
