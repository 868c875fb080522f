//! Calls that agents make: which number they show, and whom a call back reaches.

use axum::body::Body;
use http::Request;
use secrecy::ExposeSecret;
use serde_json::json;
use switchboard::emulator::Browser;
use tower::ServiceExt;

use super::{ANN, BOB, Office, SHARED};
use crate::stage::{Dids, Setting, number};

#[tokio::test(start_paused = true)]
async fn a1_18_19_and_21_an_agents_calls_show_their_own_number_or_the_default() {
    let office = Office::set(
        Setting::default()
            .dids(Dids::Ours)
            .variable("DID_DEFAULT_CALLER_ID", SHARED),
    );
    let emulator = &office.emulator;
    emulator.verify_caller_id(&number("+442079460958"));
    let shown = async |agent: &Browser| {
        let reply = agent.get("/caller-id").await.expect("an answer");
        (reply.status, reply.body)
    };
    let own = |number: &str, display: &str| {
        let body = json!({ "callerId": number, "display": display, "source": "own" });
        (200, body)
    };
    for (name, written) in [("ann", ANN), ("bea", "5127640580"), ("cid", "15127640580")] {
        let agent = office.agent(name, written);
        assert_eq!(shown(&agent).await, own(ANN, "(512) 764-0580"), "{written}");
    }
    let verified = office.agent("dot", "+442079460958");
    assert_eq!(
        shown(&verified).await,
        own("+442079460958", "020 7946 0958")
    );
    let without = office.agent("eve", "");
    let default = json!({ "callerId": SHARED, "display": "(512) 764-0590", "source": "default" });
    assert_eq!(shown(&without).await, (200, default));
    for (name, written) in [("fay", "+13035550199"), ("gil", "call me")] {
        let (status, body) = shown(&office.agent(name, written)).await;
        assert_eq!(status, 409, "{body}");
        let why = body["detail"].as_str().expect("a reason");
        assert!(why.starts_with("your number"), "{why}");
        assert!(!why.contains("3035550199"), "{why}");
    }
    office.stage.curtain().await;
    let office = Office::new(Dids::Ours);
    let none = json!({ "callerId": null, "display": null, "source": "none" });
    assert_eq!(shown(&office.agent("ann", "")).await, (200, none));
    office.stage.curtain().await;
}

/// A token in a URL would be written into logs on its way.
#[tokio::test(start_paused = true)]
async fn an_agents_number_is_asked_with_the_token_in_the_header_only() {
    let office = Office::new(Dids::Ours);
    let ann = office.agent("ann", ANN);
    let path = format!("/caller-id?Token={}", ann.token().expose_secret());
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = office.router().oneshot(request).await;
    assert_eq!(answer.expect("an answer").status(), 403);
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a1_20_a_call_back_reaches_the_agent_who_called() {
    for (dids, shown) in [
        (Dids::Published, ANN),
        (Dids::Ours, ANN),
        (Dids::Ours, SHARED),
    ] {
        let setting = Setting::default().dids(dids);
        let mut office = Office::set(setting.variable("DID_SHARED_NUMBERS", SHARED));
        office.agent("bob", BOB);
        let ann = office.agent("ann", ANN);
        let customer = office.next_caller();
        let workflow = office.workflow("The desk");
        let leg = ann.dial(workflow, &number(&customer), &number(shown));
        let leg = leg.expect("a call");
        office.seconds(5).await;
        office.emulator.hang_up(leg);
        office.seconds(5).await;
        for task in ann.tasks() {
            ann.complete(task).expect("completed");
        }
        let call = office.calls_from(&customer, shown).await;
        assert_eq!(office.offered(call), [ann.worker()], "{dids:?} {shown}");
        office.emulator.hang_up(call);
        office.moment().await;
        office.stage.curtain().await;
    }
}

/// Of two who called, the later one; and for as long as configured.
#[tokio::test(start_paused = true)]
async fn a1_20_the_agent_who_called_last_is_remembered_for_as_long_as_configured() {
    let setting = Setting::default()
        .dids(Dids::Ours)
        .variable("DID_SHARED_NUMBERS", SHARED)
        .variable("DID_CALL_BACK_HOURS", "1");
    let mut office = Office::set(setting);
    let ann = office.agent("ann", ANN);
    let bob = office.agent("bob", BOB);
    let customer = office.next_caller();
    let workflow = office.workflow("The desk");
    for agent in [&ann, &bob] {
        let leg = agent.dial(workflow, &number(&customer), &number(SHARED));
        office.seconds(5).await;
        office.emulator.hang_up(leg.expect("a call"));
        office.seconds(5).await;
        for task in agent.tasks() {
            agent.complete(task).expect("completed");
        }
    }
    let soon = office.calls_from(&customer, SHARED).await;
    assert_eq!(office.offered(soon), [bob.worker()]);
    assert_eq!(
        office.task_of(soon).attributes["did"]["routing"],
        "call-back"
    );
    office.emulator.hang_up(soon);
    office.seconds(3_700).await;
    let late = office.calls_from(&customer, SHARED).await;
    let did = office.task_of(late).attributes["did"].clone();
    assert_eq!(did, json!({ "routing": "direct" }), "nobody is remembered");
    office.emulator.hang_up(late);
    office.moment().await;
    // A number that was never called is nobody's in particular.
    let stranger = office.rings(SHARED).await;
    assert_eq!(office.offered(stranger).len(), 1);
    office.emulator.hang_up(stranger);
    office.moment().await;
    office.stage.curtain().await;
}

/// A record of who called that cannot be read is none, and the next call replaces it.
#[tokio::test(start_paused = true)]
async fn a_call_back_is_answered_although_the_record_of_who_called_cannot_be_read() {
    let setting = Setting::default().dids(Dids::Ours);
    let mut office = Office::set(setting.variable("DID_SHARED_NUMBERS", SHARED));
    let ann = office.agent("ann", ANN);
    let customer = office.next_caller();
    let workflow = office.workflow("The desk");
    for called in 0..2 {
        let leg = ann.dial(workflow, &number(&customer), &number(SHARED));
        office.seconds(5).await;
        office.emulator.hang_up(leg.expect("a call"));
        office.seconds(5).await;
        for task in ann.tasks() {
            ann.complete(task).expect("completed");
        }
        if called == 0 {
            let mut maps = office.emulator.map_names();
            maps.retain(|map| map.starts_with("Global.DidCallers."));
            for map in maps {
                for (key, _) in office.emulator.map_items(&map) {
                    let garbled = json!({ "workerSid": 7 });
                    assert!(office.emulator.meddle(&map, &key, &garbled));
                }
            }
        }
        let call = office.calls_from(&customer, SHARED).await;
        let routing = ["direct", "call-back"][called];
        assert_eq!(office.task_of(call).attributes["did"]["routing"], routing);
        office.emulator.hang_up(call);
        office.moment().await;
    }
    office.stage.curtain().await;
}

/// Refused before it rings anywhere: Twilio would show no number that is not the account's.
#[tokio::test(start_paused = true)]
async fn a1_18_a_call_that_shows_somebody_elses_number_is_refused() {
    let office = Office::new(Dids::Ours);
    let ann = office.agent("ann", "+13035550199");
    let workflow = office.workflow("The desk");
    let refused = ann.dial(workflow, &number("+13035550001"), &number("+13035550199"));
    assert!(refused.is_err());
    assert!(office.emulator.live_calls().is_empty());
    office.stage.curtain().await;
}
