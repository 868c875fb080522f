//! The defects of the published sample, each by its number in `tests/README.md` and by what the test prevents.

use serde_json::json;
use switchboard::emulator::{CallStatus, Fault, HookTrouble, RestTrouble};

use crate::stage::{Setting, Stage, live_task};

#[tokio::test(start_paused = true)]
async fn m1_a_caller_who_hangs_up_while_being_parked_leaves_no_ghost() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    // Twilio is slow to put the caller on hold, and meanwhile they hang up.
    let slow = RestTrouble::Slow(std::time::Duration::from_secs(2));
    stage
        .emulator
        .weather()
        .script(Fault::rest(slow).method("POST").path("/Calls/"));
    let task = live_task(&ann);
    let (reply, ()) = tokio::join!(ann.park(task), async {
        stage.seconds(1).await;
        stage.emulator.hang_up(caller);
    });
    assert_eq!(reply.expect("an answer").status, 409);
    stage.seconds(180).await;
    assert!(stage.wrap_ups(caller).is_empty(), "they were with Ann");
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "the list ends empty"
    );
    assert!(stage.record(caller).is_none(), "and so does the index");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m4_a_failed_pick_up_leaves_the_call_on_hold_and_listed() {
    for (trouble, times) in [
        (RestTrouble::Answer(429, 20_429), 9),
        (RestTrouble::Answer(500, 20_500), 1),
        (RestTrouble::Refused, 9),
        (RestTrouble::Reset, 1),
        (RestTrouble::Hang, 1),
    ] {
        let stage = Stage::new();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        stage.emulator.weather().script(
            Fault::rest(trouble)
                .method("POST")
                .path("/Calls/")
                .times(times),
        );
        let reply = ann.pick_up(caller).await.expect("an answer");
        assert!(reply.status >= 500, "{trouble:?}: {reply:?}");
        assert!(stage.on_hold(caller), "{trouble:?}: on hold");
        assert!(
            stage.listed(ann.worker(), caller).is_some(),
            "{trouble:?}: listed"
        );
        stage.emulator.weather().clear();
        stage.seconds(60).await;
        let reply = ann.pick_up(caller).await.expect("an answer");
        assert!(
            reply.is_success(),
            "{trouble:?}: within a minute another try works: {reply:?}"
        );
        stage.moment().await;
        assert!(stage.call(caller).conference.is_some());
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn m4_a_pick_up_that_was_carried_out_but_not_answered_is_seen_through() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.emulator.weather().script(
        Fault::rest(RestTrouble::Lost)
            .method("POST")
            .path("/Calls/"),
    );
    let reply = ann.pick_up(caller).await.expect("an answer");
    assert!(reply.status >= 500, "we do not know");
    stage.seconds(60).await;
    assert!(
        stage.call(caller).conference.is_some(),
        "the caller talks to Ann"
    );
    assert!(
        stage.listed(ann.worker(), caller).is_none(),
        "and has left the list"
    );
    assert_eq!(
        stage.open_tasks(caller).len(),
        1,
        "there is one task for them"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m5_of_two_pick_ups_at_once_exactly_one_wins() {
    let stage = Setting {
        replicas: 2,
        ..Setting::default()
    }
    .stage();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    let caller = stage.parked_by(&ann).await;
    let call = caller.to_string();
    let (ann_sid, sue_sid) = (ann.worker().to_string(), sue.worker().to_string());
    let (for_ann, for_sue) = (
        [("callSid", call.as_str()), ("workerSid", &ann_sid)],
        [("callSid", call.as_str()), ("workerSid", &sue_sid)],
    );
    let (one, two, three) = tokio::join!(
        ann.post("/pickup-parked-call", &for_ann),
        sue.post("/pickup-parked-call", &for_sue),
        ann.post("/pickup-parked-call", &for_ann),
    );
    let replies = [one, two, three].map(|reply| reply.expect("an answer"));
    let mut statuses = replies.clone().map(|reply| reply.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
    let reason = replies
        .iter()
        .find(|reply| reply.status == 409)
        .expect("a loser");
    assert!(reason.text.contains("picked up"), "{reason:?}");
    stage.moment().await;
    assert_eq!(stage.open_tasks(caller).len(), 1, "one task");
    assert!(stage.call(caller).conference.is_some());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m8_every_final_status_ends_a_parked_call() {
    use CallStatus::{Busy, Canceled, Completed, Failed, NoAnswer};
    for status in [Completed, Busy, Failed, NoAnswer, Canceled] {
        let stage = Stage::new();
        let ann = stage.agent("ann");
        let caller = stage.parked_by(&ann).await;
        stage.emulator.cut_off(caller, status);
        stage.moment().await;
        assert_eq!(stage.wrap_ups(caller).len(), 1, "{status}");
        assert!(stage.record(caller).is_none(), "{status}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn m9_a_hang_up_reported_many_times_yields_one_wrap_up_task() {
    let stage = Setting {
        replicas: 3,
        ..Setting::default()
    }
    .stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let weather = stage.emulator.weather();
    weather.script(
        Fault::webhook(HookTrouble::Repeated(3))
            .path("/call-status-handler")
            .times(2),
    );
    stage.emulator.hang_up(caller);
    stage.seconds(60).await;
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m13_the_number_and_the_call_both_report_the_end_and_there_is_one_wrap_up_task() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let reports = || {
        let told = stage.emulator.journal().to_string();
        told.matches("--> status callback").count()
    };
    let before = reports();
    stage.emulator.hang_up(caller);
    stage.moment().await;
    assert_eq!(reports() - before, 2, "by two routes");
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m10_attributes_the_browser_broke_still_lead_to_a_wrap_up_task() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    // The plugin writes its own entry; it is a view, and nothing is decided from it.
    let map = format!("{}.ParkedCalls", ann.worker());
    assert!(
        stage
            .emulator
            .meddle(&map, caller.as_str(), &json!({ "attributes": "{not json" }))
    );
    stage.emulator.hang_up(caller);
    stage.moment().await;
    let wrap_ups = stage.wrap_ups(caller);
    assert_eq!(wrap_ups.len(), 1);
    assert_eq!(wrap_ups[0]["direction"], "inbound", "from the record");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m19_a_call_parked_for_more_than_a_day_is_still_listed() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(25 * 3_600).await;
    assert!(stage.on_hold(caller));
    assert!(stage.listed(ann.worker(), caller).is_some());
    stage.emulator.hang_up(caller);
    stage.moment().await;
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_the_browser_deleted_comes_back() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    assert!(
        stage
            .emulator
            .snatch(&format!("{}.ParkedCalls", ann.worker()), caller.as_str())
    );
    assert!(stage.listed(ann.worker(), caller).is_none());
    stage.seconds(60).await;
    assert!(
        stage.listed(ann.worker(), caller).is_some(),
        "listed again within a minute"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_be_enqueued_goes_back_on_hold() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.emulator.remove_workflow(stage.acd);
    assert!(
        ann.pick_up(caller).await.expect("an answer").is_success(),
        "Twilio took the request"
    );
    stage.seconds(60).await;
    assert!(
        stage.on_hold(caller),
        "but the workflow is gone, so the caller is on hold"
    );
    assert!(stage.listed(ann.worker(), caller).is_some(), "and listed");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn parking_twice_and_picking_up_too_late_have_clear_answers() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let task = live_task(&ann);
    let (one, two) = tokio::join!(ann.park(task), ann.park(task));
    let mut statuses = [
        one.expect("an answer").status,
        two.expect("an answer").status,
    ];
    statuses.sort_unstable();
    assert!(
        statuses[0] == 200 && [200, 409].contains(&statuses[1]),
        "parked while parking: {statuses:?}"
    );
    stage.moment().await;
    assert!(stage.on_hold(caller));

    let call = caller.to_string();
    let worker = ann.worker().to_string();
    let fields = [("callSid", call.as_str()), ("workerSid", &worker)];
    assert!(
        ann.post("/pickup-parked-call", &fields)
            .await
            .expect("an answer")
            .is_success()
    );
    stage.moment().await;
    assert_eq!(
        ann.post("/pickup-parked-call", &fields)
            .await
            .expect("an answer")
            .status,
        409,
        "picked up already"
    );
    assert!(ann.hang_up());
    stage.emulator.hang_up(caller);
    stage.seconds(600).await;
    let late = ann
        .post("/pickup-parked-call", &fields)
        .await
        .expect("an answer");
    assert_eq!(late.status, 404, "long over: {late:?}");
    assert!(
        stage.wrap_ups(caller).is_empty(),
        "it was not on hold when it ended"
    );
    assert!(stage.records().is_empty(), "no debris");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_at_the_limit_is_refused_before_the_call_is_touched() {
    let stage = Setting::default().variable("PARK_LIMIT", "1").stage();
    let ann = stage.agent("ann");
    stage.parked_by(&ann).await;
    let caller = stage.talks_to(&ann).await;
    let reply = ann.park(live_task(&ann)).await.expect("an answer");
    assert_eq!(reply.status, 409);
    stage.moment().await;
    assert!(stage.call(caller).conference.is_some(), "they still talk");
    assert!(stage.record(caller).is_none());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn attributes_too_long_for_a_live_update_travel_by_document() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let task = live_task(&ann);
    let note = "<note> & \"quotes\" ".repeat(150);
    assert!(
        stage
            .emulator
            .set_task_attribute(task, "note", &json!(note))
    );
    stage.parks(&ann).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    assert!(stage.call(caller).conference.is_some());
    let picked_up = stage.emulator.task(live_task(&ann)).expect("the task");
    assert_eq!(
        picked_up.attributes["note"],
        json!(note),
        "every character arrived"
    );
    stage.curtain().await;
}
