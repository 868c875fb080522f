//! Tasks on their way through a workflow: filters, targets, time-outs, `skip_if`, known workers.

use super::*;

const TEN: SignedDuration = SignedDuration::from_secs(10);

/// Two queues, for those who sell and those who support.
fn shop() -> (Office, TaskQueueSid, TaskQueueSid) {
    let mut office = Office::new();
    let mut queue = |skill: &str| {
        let target = format!("skills HAS '{skill}'");
        let rng = &office.rng;
        office.router.add_queue(skill, &target, rng).unwrap()
    };
    let (sales, support) = (queue("sales"), queue("support"));
    (office, sales, support)
}

fn events(office: &Office, task: TaskSid) -> Vec<&'static str> {
    let told = office.router.happenings(0).iter();
    let told = told.filter(|it| it.task() == Some(task));
    told.map(|it| it.event_type()).collect()
}

#[test]
fn the_first_filter_that_matches_has_the_task() {
    let (mut office, sales, support) = shop();
    office.route(&json!({
        "filters": [
            {"expression": "type == 'sales'", "targets": [{"queue": sales, "priority": "7"}]},
            {"expression": "vip == true", "targets": [{"queue": support, "priority": 9}]},
        ],
        "default_filter": {"queue": support},
    }));
    for (attributes, queue, priority) in [
        (json!({"type": "sales", "vip": true}), sales, 7),
        (json!({"vip": true}), support, 9),
        (json!({"type": "other"}), support, 0),
    ] {
        let task = office.task(attributes, None, 0);
        let task = office.router.task(task).unwrap();
        assert_eq!((task.queue, task.priority), (queue, priority));
    }
    office.route(&json!({"filters": [
        {"expression": "vip == true", "targets": [{"queue": support}]}
    ]}));
    let unwanted = office.task(json!({}), None, 0);
    assert_eq!(office.status(unwanted), TaskStatus::Canceled);
}

#[test]
fn a_task_goes_from_target_to_target_and_is_canceled_at_the_end() {
    let (mut office, sales, support) = shop();
    office.route(&json!({
        "filters": [{"expression": "1==1", "targets": [
            {"queue": sales, "timeout": 10}, {"timeout": "10", "priority": 5},
            {"queue": support, "timeout": 10},
        ]}],
        "default_filter": {"queue": sales},
    }));
    let ann = office.worker("ann", json!({"skills": ["support"]}));
    let task = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW), []);
    assert_eq!(office.router.wake_at(), Some(NOW + TEN));
    assert_eq!(office.offers(NOW + TEN), []);
    let it = office.router.task(task).unwrap();
    assert_eq!((it.queue, it.priority), (sales, 5));
    assert_eq!(office.offers(NOW + TEN * 2), [(task, ann)]);
    let offer = office.offer(task, ann);
    // The target's time passes while the task is offered; it is over as soon as the offer is.
    assert_eq!(office.offers(NOW + TEN * 4), []);
    assert_eq!(office.status(task), TaskStatus::Reserved);
    office.router.reject(offer, None, NOW + TEN * 4).unwrap();
    assert_eq!(office.offers(NOW + TEN * 4), []);
    let it = office.router.task(task).unwrap();
    assert_eq!(it.reason.as_deref(), Some("Workflow timed out"));
    assert_eq!(
        events(&office, task),
        [
            "task.created",
            "workflow.entered",
            "workflow.target-matched",
            "task-queue.entered",
            "task-queue.timeout",
            "workflow.target-matched",
            "task-queue.timeout",
            "workflow.target-matched",
            "task-queue.moved",
            "task-queue.entered",
            "reservation.created",
            "reservation.rejected",
            "task-queue.timeout",
            "workflow.timeout",
            "task.canceled",
        ]
    );
}

#[test]
fn each_targets_time_is_counted_from_the_end_of_the_one_before() {
    let (mut office, sales, support) = shop();
    office.route(&json!({"filters": [{"expression": "1==1", "targets": [
        {"queue": sales, "timeout": 10}, {"queue": support, "timeout": 10},
    ]}]}));
    let ann = office.worker("ann", json!({"skills": ["sales"]}));
    let task = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW), [(task, ann)]);
    let offer = office.offer(task, ann);
    let late = NOW + SignedDuration::from_secs(13);
    office.go(ann, "Break", late);
    office.router.reject(offer, None, late).unwrap();
    assert_eq!(office.offers(late), []);
    assert_eq!(office.router.task(task).unwrap().queue, support);
    assert_eq!(office.router.wake_at(), Some(NOW + TEN * 2));
}

#[test]
fn a_target_is_skipped_when_nobody_can_take_the_task_at_once() {
    let (mut office, sales, support) = shop();
    let on_break = office.router.activity_named("Break").unwrap();
    let by_break = format!("workers.{on_break} >= 1 AND task.vip == true");
    office.route(&json!({
        "filters": [
            {"expression": "1==1", "targets": [
                {"queue": sales, "timeout": 60, "skip_if": "workers.available == 0"},
                {"queue": support, "timeout": 60, "skip_if": by_break},
            ]},
            {"expression": "vip == null", "targets": [{"queue": sales, "timeout": 5}]},
        ],
        "default_filter": {"queue": sales},
    }));
    let sue = office.worker("sue", json!({"skills": ["support"]}));
    office.go(sue, "Break", NOW);
    let plain = office.task(json!({}), None, 0);
    let vip = office.task(json!({"vip": true}), None, 0);
    office.offers(NOW);
    let at = |office: &Office, task| office.router.task(task).unwrap().queue;
    assert_eq!((at(&office, plain), at(&office, vip)), (support, sales));
    // Who came to the default filter by skipping waits there for good.
    office.offers(NOW + SignedDuration::from_secs(59));
    assert_eq!(office.status(vip), TaskStatus::Pending);

    // A worker who is available but busy does not make it skip by number, so the task waits.
    let (mut office, sales, support) = shop();
    office.route(&json!({"filters": [{"expression": "1==1", "targets": [
        {"queue": sales, "skip_if": "workers.available == 0"}, {"queue": support},
    ]}]}));
    let ann = office.worker("ann", json!({"skills": ["sales"]}));
    let first = office.task(json!({}), None, 0);
    assert_eq!(office.offers(NOW), [(first, ann)]);
    let second = office.task(json!({}), None, 0);
    office.offers(NOW);
    assert_eq!(at(&office, second), sales);
}

#[test]
fn a_known_worker_is_waited_for_and_nobody_else() {
    let (mut office, sales, support) = shop();
    office.route(&json!({"filters": [{"expression": "1==1", "targets": [
        {"queue": sales, "known_worker_friendly_name": "task.agent.name", "timeout": 10},
        {"known_worker_sid": "task.agent.sid", "timeout": 10},
        {"timeout": 10},
    ]}]}));
    let ann = office.worker("ann", json!({"skills": ["sales"]}));
    let bob = office.worker("bob", json!({"skills": ["sales"]}));
    let sue = office.worker("sue", json!({"skills": ["support"]}));
    office.go(ann, "Break", NOW);
    let by_name = office.task(json!({"agent": {"name": "ann"}}), None, 0);
    let elsewhere = office.task(json!({"agent": {"name": "sue", "sid": sue}}), None, 0);
    let by_nothing = office.task(json!({"agent": null}), None, 0);
    let by_sid = office.task(json!({"agent": {"sid": bob}}), None, 0);
    assert_eq!(office.offers(NOW), []);
    office.go(ann, "Available", NOW + TEN / 2);
    assert_eq!(office.offers(NOW + TEN / 2), [(by_name, ann)]);
    assert_eq!(office.offers(NOW + TEN), [(by_sid, bob)]);
    // Only the last target is for anybody; the oldest goes first.
    let offer = office.offer(by_sid, bob);
    office.router.accept(offer, NOW + TEN).unwrap();
    office.router.complete(by_sid, None, NOW + TEN).unwrap();
    assert_eq!(office.offers(NOW + TEN), []);
    assert_eq!(office.offers(NOW + TEN * 2), [(elsewhere, bob)]);
    assert_eq!(office.router.task(by_nothing).unwrap().queue, sales);
    assert_ne!(sales, support);
}

#[test]
fn a_targets_expression_and_order_choose_among_the_queues_workers() {
    let (mut office, sales, _) = shop();
    office.route(&json!({"filters": [{"expression": "1==1", "targets": [{
        "queue": sales,
        "expression": "task.language IN worker.languages AND worker.channel.voice.assigned_tasks == 0",
        "order_by": "worker.level DESC",
    }]}]}));
    let worker = |office: &mut Office, name: &str, languages: Value, level: u64| {
        let more = json!({"skills": ["sales"], "languages": languages, "level": level});
        office.worker(name, more)
    };
    worker(&mut office, "low", json!(["es"]), 1);
    let high = worker(&mut office, "high", json!(["en", "es"]), 3);
    let middle = worker(&mut office, "middle", json!(["es"]), 2);
    worker(&mut office, "other", json!(["en"]), 9);
    let voice = office.voice;
    for sid in [high, middle] {
        office
            .router
            .set_channel(sid, voice.as_str(), Some(5), None, NOW);
    }
    let first = office.task(json!({"language": "es"}), None, 0);
    let second = office.task(json!({"language": "es"}), None, 0);
    assert_eq!(office.offers(NOW), [(first, high), (second, middle)]);
}

fn bad_filters() -> Vec<(Value, &'static str)> {
    let gone = TaskQueueSid::from_bytes([9; 16]);
    let filter = |filter: Value| json!({"filters": [filter]});
    vec![
        (json!({}), "needs a filter or a default filter"),
        (json!({"filters": {}}), "`filters` must be an array"),
        (filter(json!(7)), "filter 1 must be an object"),
        (filter(json!({"targets": []})), "1 needs an `expression`"),
        (
            filter(json!({"expression": "a-b == 1"})),
            "filter 1 has an `expression` that is refused.",
        ),
        (
            filter(json!({"expression": "1==1", "targets": []})),
            "filter 1 needs `targets`",
        ),
        (
            json!({"default_filter": {"queue": gone}}),
            "default filter names a `queue` that is not here",
        ),
    ]
}

fn bad_targets(sales: TaskQueueSid) -> Vec<(Value, &'static str)> {
    let gone = TaskQueueSid::from_bytes([9; 16]);
    let with = |name: &str, value: Value| {
        let mut target = json!({ "queue": sales });
        target[name] = value;
        target
    };
    let (sid, name) = ("known_worker_sid", "known_worker_friendly_name");
    let mut twice = with(sid, json!("task.a"));
    twice[name] = json!("task.b");
    let targets = [
        (json!({}), "filter 1 \"One\", target 1 needs a `queue`"),
        (json!({"queue": gone}), "names a `queue` that is not here"),
        (with("timeout", json!(0)), "a positive `timeout`"),
        (with("timeout", json!(-1)), "a whole number as `timeout`"),
        (with("timeout", json!("no")), "a whole number as `timeout`"),
        (
            with("priority", json!(1_u64 << 31)),
            "too high a `priority`",
        ),
        (with("skip_if", json!("w =")), "is not valid at position 3"),
        (
            with("order_by", json!("x UP")),
            "`order_by` that is refused",
        ),
        (with("expression", json!(true)), "a text as `expression`"),
        (with(sid, json!("agent")), "an attribute of the task"),
        (twice, "twice"),
    ];
    let targets = targets.into_iter().map(|(target, said)| {
        let filter = json!({
            "filter_friendly_name": "One", "expression": "1==1", "targets": [target],
        });
        (json!({"filters": [filter]}), said)
    });
    targets.collect()
}

#[test]
fn a_configuration_that_cannot_be_obeyed_is_refused_by_its_place() {
    let (mut office, sales, _) = shop();
    for (routing, said) in bad_filters().into_iter().chain(bad_targets(sales)) {
        let text = json!({ "task_routing": routing }).to_string();
        let refused = office.router.add_routing("Wrong", &text, &office.rng);
        let refused = refused.unwrap_err();
        assert_eq!((refused.status, refused.code), (400, 20001), "{text}");
        assert!(
            refused.message.contains(said),
            "{text}: {}",
            refused.message
        );
    }
    for text in ["", "[]", "{\"task_routing\": 7}", &" ".repeat(1_038_577)] {
        let refused = office.router.add_routing("Wrong", text, &office.rng);
        assert!(refused.is_err(), "{text:.40}");
    }
}

#[test]
fn a_new_configuration_is_for_tasks_to_come_unless_it_is_told_otherwise() {
    let (mut office, sales, support) = shop();
    office.route(&json!({"default_filter": {"queue": sales}}));
    let task = office.task(json!({}), None, 0);
    let text = json!({"task_routing": {"default_filter": {"queue": support}}}).to_string();
    let workflow = office.workflow;
    office
        .router
        .set_routing(workflow, &text, false, NOW)
        .unwrap();
    let later = office.task(json!({}), None, 0);
    let at = |office: &Office, task| office.router.task(task).unwrap().queue;
    assert_eq!((at(&office, task), at(&office, later)), (sales, support));
    office
        .router
        .set_routing(workflow, &text, true, NOW)
        .unwrap();
    assert_eq!(at(&office, task), support);
    assert!(
        office
            .router
            .set_routing(workflow, "{}", true, NOW)
            .is_err()
    );
}
