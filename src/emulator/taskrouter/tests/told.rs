//! What is told of workers, and of what has just been deleted.

use super::*;

fn is_told(told: &[Happening], expected: &[(&str, Happening)], worker: WorkerSid) {
    let named: Vec<_> = told.iter().map(|it| (it.event_type(), *it)).collect();
    assert_eq!(named, expected);
    for it in told {
        assert_eq!(
            (it.worker(), it.task(), it.text()),
            (Some(worker), None, None)
        );
    }
}

#[test]
fn what_workers_do_is_told_with_what_they_did_before() {
    let mut office = Office::new();
    let ann = office.worker("ann", json!({}));
    let (later, voice) = (NOW + SignedDuration::from_secs(7), office.voice);
    let available = office.router.activity_named("Available").unwrap();
    let on_break = office.router.activity_named("Break").unwrap();
    office.go(ann, "Break", later);
    office.go(ann, "Break", later);
    let router = &mut office.router;
    router.set_channel(ann, voice.as_str(), Some(3), Some(true), later);
    router.set_channel(ann, voice.as_str(), Some(3), Some(false), later);
    let attributes = Attributes::read("{\"a\":1}").unwrap();
    router.set_worker(ann, Some("Ann"), Some(attributes), later);
    router.remove_worker(ann, later);
    let told = router.advance(&office.rng, later);
    let expected = [
        ("worker.created", Happening::WorkerCreated { worker: ann }),
        (
            "worker.activity.update",
            Happening::WorkerActivity {
                worker: ann,
                from: available,
                to: on_break,
                since: NOW,
            },
        ),
        (
            "worker.capacity.update",
            Happening::WorkerCapacity {
                worker: ann,
                channel: voice,
                from: 1,
            },
        ),
        (
            "worker.channel.availability.update",
            Happening::WorkerChannelAvailability {
                worker: ann,
                channel: voice,
            },
        ),
        (
            "worker.attributes.update",
            Happening::WorkerAttributes { worker: ann },
        ),
        ("worker.deleted", Happening::WorkerDeleted { worker: ann }),
    ];
    is_told(&told, &expected, ann);
    assert_eq!(office.router.remembered_worker(ann).unwrap().name, "Ann");
    office.router.advance(&office.rng, later);
    assert!(office.router.remembered_worker(ann).is_none());
}

#[test]
fn a_deleted_task_is_remembered_until_it_has_been_told() {
    let mut office = Office::new();
    let task = office.task(json!({"a": 1}), None, 0);
    office.offers(NOW);
    office.router.delete_task(task, NOW).unwrap();
    assert!(office.router.task(task).is_none());
    let told = office.router.advance(&office.rng, NOW);
    assert_eq!(told, [Happening::TaskDeleted { task }]);
    let remembered = office.router.remembered_task(task).unwrap();
    assert_eq!(remembered.attributes.value["a"], 1);
    office.router.advance(&office.rng, NOW);
    assert!(office.router.remembered_task(task).is_none());
    assert_eq!(office.router.wake_at(), None);
}
