//! Queues: their order, several reservations for one task, routing targets, and who goes first.

use super::*;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn ready(office: &mut Office, name: &str) -> WorkerSid {
    office.worker(name, json!({"isAcdReady": true}))
}

fn queue(office: &Office) -> TaskQueueSid {
    let all = office.router.queues().iter();
    let mut acd = all.filter(|queue| queue.name == "ACD");
    acd.next().unwrap().sid
}

/// An office whose queue asks `at_once` workers.
fn asking(at_once: u64, order: TaskOrder) -> Office {
    let mut office = Office::new();
    let queue = queue(&office);
    let (at_once, order) = (Some(at_once), Some(order));
    office
        .router
        .set_queue_rules(queue, at_once, order)
        .unwrap();
    office
}

#[test]
fn the_longest_idle_worker_goes_first_and_a_refused_task_may_come_back() {
    let mut office = Office::new();
    let (ann, bob) = (ready(&mut office, "ann"), ready(&mut office, "bob"));
    let first = office.task(json!({}), None, 0);
    let (_, chosen) = office.offers(NOW)[0];
    let other = if chosen == ann { bob } else { ann };
    let at = |seconds: i32| NOW + SECOND * seconds;
    let offer = office.offer(first, chosen);
    office.router.reject(offer, None, at(1)).unwrap();
    assert_eq!(office.offers(at(1)), [(first, other)]);
    let offer = office.offer(first, other);
    office.router.reject(offer, None, at(2)).unwrap();
    assert_eq!(office.offers(at(2)), [(first, chosen)]);
    // With an activity, the worker who refused is not asked again.
    let offer = office.offer(first, chosen);
    let on_break = office.router.activity_named("Break");
    office.router.reject(offer, on_break, at(3)).unwrap();
    assert_eq!(office.offers(at(3)), [(first, other)]);
    assert!(office.router.reject(offer, None, at(3)).is_err());
    // Who has not been offered anything for longer goes first.
    office.go(chosen, "Available", at(4));
    let second = office.task(json!({}), None, 0);
    assert_eq!(office.offers(at(4)), [(second, chosen)]);
}

#[test]
fn an_offer_that_runs_out_sends_its_worker_to_the_time_out_activity() {
    let mut office = Office::new();
    let workflow = office.workflow;
    office.router.set_reservation_timeout(workflow, 15);
    let ann = ready(&mut office, "ann");
    let task = office.task(json!({}), None, 0);
    office.offers(NOW);
    assert_eq!(office.router.wake_at(), Some(NOW + SECOND * 15));
    assert_eq!(office.offers(NOW + SECOND * 15), []);
    let worker = office.router.worker(ann).unwrap();
    assert_eq!(worker.activity, office.router.workspace.timeout_activity);
    assert_eq!(office.status(task), TaskStatus::Pending);
    let bob = ready(&mut office, "bob");
    assert_eq!(office.offers(NOW + SECOND * 16), [(task, bob)]);
    office.router.remove_worker(bob, NOW + SECOND * 17);
    assert_eq!(office.offers(NOW + SECOND * 17), []);
    assert_eq!(office.status(task), TaskStatus::Pending);
}

#[test]
fn several_workers_are_asked_at_once_and_the_first_to_accept_has_the_task() {
    let mut office = asking(3, TaskOrder::Fifo);
    let names = ["ann", "bob", "cid", "dot"];
    let workers = names.map(|name| ready(&mut office, name));
    let task = office.task(json!({}), None, 0);
    let offers = office.offers(NOW);
    assert_eq!(offers.len(), 3);
    // Who refuses makes room for another; no worker is asked twice in one round.
    let refused = office.offer(task, offers[0].1);
    office.router.reject(refused, None, NOW).unwrap();
    assert_eq!(office.status(task), TaskStatus::Reserved);
    let fourth = workers
        .into_iter()
        .find(|it| !offers.iter().any(|offer| offer.1 == *it));
    let fourth = fourth.unwrap();
    assert_eq!(office.offers(NOW), [(task, fourth)]);
    assert_eq!(office.offers(NOW), []);
    let taken = office.offer(task, fourth);
    office.router.accept(taken, NOW).unwrap();
    let lost = office.router.reservations();
    let lost = lost.filter(|it| it.status == ReservationStatus::Rescinded);
    assert_eq!(lost.count(), 2);
    assert_eq!(office.status(task), TaskStatus::Assigned);
    assert_eq!(office.router.load(offers[1].1, office.voice), 0);

    // When all have refused, the task is pending, and a new round asks them all again.
    let mut office = asking(2, TaskOrder::Fifo);
    let workers = ["ann", "bob"].map(|name| ready(&mut office, name));
    let task = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW).len(), 2);
    for worker in workers {
        let offer = office.offer(task, worker);
        office.router.reject(offer, None, NOW).unwrap();
    }
    assert_eq!(office.status(task), TaskStatus::Pending);
    assert_eq!(office.offers(NOW).len(), 2);
    office.router.cancel(task, Some("hangup"), NOW).unwrap();
    let queue = queue(&office);
    for wrong in [0, 51] {
        assert!(
            office
                .router
                .set_queue_rules(queue, Some(wrong), None)
                .is_err()
        );
    }
}

#[test]
fn a_queue_may_take_the_newest_first_but_never_before_the_more_urgent() {
    for (order, expected) in [(TaskOrder::Fifo, [2, 0, 1]), (TaskOrder::Lifo, [2, 1, 0])] {
        let mut office = asking(1, order);
        let tasks = [0, 0, 1].map(|priority| office.task(json!({}), None, priority));
        let ann = ready(&mut office, "ann");
        let mut seen = Vec::new();
        while let Some((task, _)) = office.offers(NOW).first().copied() {
            let offer = office.offer(task, ann);
            office.router.accept(offer, NOW).unwrap();
            office.router.complete(task, None, NOW).unwrap();
            seen.push(task);
        }
        assert_eq!(seen, expected.map(|index: usize| tasks[index]), "{order:?}");
    }
}

#[test]
fn a_virtual_start_time_counts_as_waiting() {
    let mut office = Office::new();
    let early = Some(NOW - SECOND * 60);
    let plain = office.task(json!({}), None, 0);
    let virtually = NewTask {
        virtual_start: early,
        ..office.new_task(json!({}))
    };
    let virtually = office.make(virtually, NOW);
    let ann = ready(&mut office, "ann");
    assert_eq!(office.offers(NOW), [(virtually, ann)]);
    let voice = office.voice;
    office
        .router
        .set_channel(ann, voice.as_str(), Some(2), None, NOW);
    assert_eq!(office.offers(NOW), [(plain, ann)]);
}

#[test]
fn a_routing_target_is_obeyed() {
    let mut office = Office::new();
    let everyone = office.router.queues()[0].sid;
    let ann = office.worker("ann", json!({}));
    office.go(ann, "Break", NOW);
    let to = |office: &Office, target: &str, ignore_capacity: bool| NewTask {
        target: Some(target.to_owned()),
        ignore_capacity,
        ..office.new_task(json!({}))
    };
    let patient = office.make(to(&office, ann.as_str(), false), NOW);
    let pressing = office.make(to(&office, ann.as_str(), true), NOW);
    assert_eq!(office.offers(NOW), [(pressing, ann)]);
    let bob = office.worker("bob", json!({}));
    let queued = office.make(to(&office, everyone.as_str(), false), NOW);
    assert_eq!(office.offers(NOW), [(queued, bob)]);
    assert_eq!(office.router.task(queued).unwrap().queue, everyone);
    // On line again, but with a task already.
    office.go(ann, "Available", NOW);
    assert_eq!(office.offers(NOW), []);
    let offer = office.offer(pressing, ann);
    office.router.accept(offer, NOW).unwrap();
    office.router.complete(pressing, None, NOW).unwrap();
    assert_eq!(office.offers(NOW), [(patient, ann)]);
    let workflow = office.workflow;
    let routed = office.make(to(&office, workflow.as_str(), false), NOW);
    assert_eq!(office.router.task(routed).unwrap().queue, queue(&office));
    for gone in [WorkerSid::from_bytes([9; 16]).to_string(), "W".to_owned()] {
        let new = to(&office, &gone, true);
        assert!(office.router.create_task(new, &office.rng, NOW).is_err());
    }
}

#[test]
fn what_changes_later_reaches_the_tasks_that_wait() {
    let mut office = Office::new();
    let ann = office.worker("ann", json!({}));
    let task = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW), []);
    // The worker.
    let attributes = Attributes::of(json!({"isAcdReady": true})).unwrap();
    office.router.set_worker(ann, None, Some(attributes), NOW);
    assert_eq!(office.offers(NOW), [(task, ann)]);
    office.router.reject_all(ann, NOW);
    office.go(ann, "Break", NOW);
    assert_eq!(office.offers(NOW), []);
    // The queue.
    let bob = office.worker("bob", json!({"isAcdReady": false}));
    assert_eq!(office.offers(NOW), []);
    let queue = queue(&office);
    office
        .router
        .set_queue_target(queue, "channel.voice.available == true")
        .unwrap();
    assert_eq!(office.offers(NOW), [(task, bob)]);
    assert!(office.router.set_queue_target(queue, "a-b == 1").is_err());
    // The task's channel: the worker has room for another call now.
    let second = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW), []);
    let other = office.router.channel("default").unwrap().sid;
    office
        .router
        .change_task(task, NOW, |task| task.channel = other);
    assert_eq!(office.offers(NOW), [(second, bob)]);
    // A channel that is closed takes nothing.
    let voice = office.voice;
    let third = office.task(json!({}), None, 0);
    let close = |office: &mut Office, open: bool| {
        let router = &mut office.router;
        router.set_channel(bob, voice.as_str(), Some(5), Some(open), NOW);
    };
    close(&mut office, false);
    assert_eq!(office.offers(NOW), []);
    close(&mut office, true);
    assert_eq!(office.offers(NOW), [(third, bob)]);
}

#[test]
fn a_task_that_is_refused_a_thousand_times_is_given_up() {
    let mut office = Office::new();
    let ann = ready(&mut office, "ann");
    let task = office.task(json!({}), None, 0);
    let mut offered = 0;
    while !office.offers(NOW).is_empty() {
        offered += 1;
        let offer = office.offer(task, ann);
        office.router.reject(offer, None, NOW).unwrap();
    }
    assert_eq!(offered, 1_000);
    assert_eq!(office.status(task), TaskStatus::Canceled);
}

#[test]
fn a_task_that_is_worked_on_for_a_day_is_deleted_and_its_worker_is_free() {
    let mut office = Office::new();
    let ann = ready(&mut office, "ann");
    let task = office.task(json!({}), None, 0);
    office.offers(NOW);
    let offer = office.offer(task, ann);
    office.router.accept(offer, NOW).unwrap();
    let day = NOW + LONGEST_WORK;
    office.offers(day - SECOND);
    assert_eq!(office.status(task), TaskStatus::Assigned);
    let news = office.router.advance(&office.rng, day);
    assert_eq!(news, [Happening::TaskSystemDeleted { task }]);
    assert!(office.router.task(task).is_none());
    assert_eq!(office.router.load(ann, office.voice), 0);
    let next = office.make(office.new_task(json!({})), day);
    assert_eq!(office.offers(day), [(next, ann)]);
}
