//! A whole day of a large contact centre: an act costs what it changes, whatever else there is.

use std::collections::VecDeque;

use super::*;

/// Eight hours, 6,000 calls an hour, 500 agents with four skills between them; more than they can answer, so that the
/// lines grow long. What is counted is the router's own work, so the test says how much there was of it, not how
/// fast the machine is; that it ends in time is what shows that nothing was scanned.
#[test]
fn a_day_of_48_000_tasks_is_routed_and_forgotten() {
    let mut office = Office::new();
    let skills = ["sales", "support", "billing", "returns"];
    let queues = skills.map(|skill| {
        let (target, chance) = (format!("skills HAS '{skill}'"), &office.chance);
        office.router.add_queue(skill, &target, chance).unwrap()
    });
    let filters = skills.iter().zip(queues).map(|(skill, queue)| {
        let targets = json!([
            {"queue": queue, "timeout": 120}, {"priority": 10, "timeout": 600},
        ]);
        json!({"expression": format!("type == '{skill}'"), "targets": targets})
    });
    let filters: Vec<_> = filters.collect();
    office.route(&json!({ "filters": filters }));
    for number in 0..500 {
        let both = [skills[number % 4], skills[number / 4 % 4]];
        office.worker(&format!("worker {number}"), json!({ "skills": both }));
    }
    let (mut talking, mut answered, mut canceled) = (VecDeque::new(), 0, 0);
    for number in 0..48_000_i32 {
        let at = NOW + SignedDuration::from_millis(i64::from(number) * 600);
        let skill = skills[usize::try_from(number).unwrap() * 7 / 3 % 4];
        let new = NewTask {
            timeout: 86_400,
            ..office.new_task(json!({ "type": skill }))
        };
        office.make(new, at);
        while talking.front().is_some_and(|(end, _)| *end <= at) {
            let (_, task) = talking.pop_front().unwrap();
            office.router.complete(task, None, at).unwrap();
        }
        let mut news = office.router.advance(&office.chance, at);
        while !news.is_empty() {
            for happening in news {
                match happening {
                    Happening::Reservation {
                        reservation,
                        task,
                        status: ReservationStatus::Pending,
                        ..
                    } => {
                        office.router.accept(reservation, at).unwrap();
                        talking.push_back((at + SignedDuration::from_secs(330), task));
                        answered += 1;
                    }
                    Happening::TaskCanceled { .. } => canceled += 1,
                    _ => {}
                }
            }
            news = office.router.advance(&office.chance, at);
        }
    }
    let seen = office.router.tasks().count();
    assert!(
        answered > 40_000 && canceled > 1_000,
        "{answered} {canceled}"
    );
    assert!(seen < 2_500, "{seen} tasks are kept");
    let end = NOW + SignedDuration::from_hours(9);
    for (_, task) in talking {
        office.router.complete(task, None, end).unwrap();
    }
    office.router.advance(&office.chance, end);
    let far = end + SignedDuration::from_hours(1);
    office.router.advance(&office.chance, far);
    assert_eq!(office.router.waiting.values().flatten().count(), 0);
}
