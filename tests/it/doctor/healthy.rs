//! Where all is well the doctor says so, and where nothing can be seen it says why.

use std::collections::BTreeSet;

use switchboard::{
    cli::check::{CHECKS, Finding, Verdict},
    twilio::transport::{Broken, Transport},
};
use tower::service_fn;

use super::{failed, found, only};
use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn nothing_fails_on_a_stage_on_which_all_is_well() {
    let stage = Stage::new();
    let report = stage.examined().await;
    assert_eq!(failed(&report), []);
    let json = report.json();
    let named: BTreeSet<_> = json["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(named.len(), CHECKS.len());
    assert_eq!(json["failed"], 0);
    for outcome in &report.outcomes {
        assert!(!outcome.findings.is_empty(), "{outcome:?} says nothing");
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_server_its_checks_are_skipped_and_the_others_made() {
    let stage = Stage::new();
    let gone = Transport::new(service_fn(|_| async {
        Err::<reqwest::Response, _>(Broken::Refused("nothing listens there".into()))
    }));
    let report = stage.examined_at(stage.config().clone(), gone).await;
    let told = only(&report, "public-url", Verdict::Fail);
    assert!(told.contains("nothing listens there"), "{told}");
    assert_eq!(found(&report, "signatures")[0].verdict, Verdict::Skipped);
    assert_eq!(found(&report, "hold-music")[0].verdict, Verdict::Skipped);
    assert_eq!(found(&report, "workspace")[0].verdict, Verdict::Pass);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn where_twilio_refuses_us_nothing_behind_it_is_looked_at() {
    let stage = Stage::new();
    let report = stage
        .examined_as(|config| config.general.account.auth_tokens = vec!["wrong".into()])
        .await;
    let told = only(&report, "account", Verdict::Fail);
    assert!(told.contains("Twilio refuses the credentials"), "{told}");
    let skipped = &found(&report, "workspace")[0];
    assert_eq!(skipped.verdict, Verdict::Skipped);
    assert!(
        skipped.what.contains("because account failed"),
        "{skipped:?}"
    );
    assert_eq!(found(&report, "transfers")[0].verdict, Verdict::Skipped);
    // What is behind something else that was not checked is told to be behind what failed.
    let transfers = report
        .outcomes
        .iter()
        .find(|it| it.check.name == "transfers");
    assert_eq!(transfers.expect("a check").hindered_by, Some("account"));
    stage.curtain().await;
}

/// A check that is wired to another look, or to none, would say something else.
#[tokio::test(start_paused = true)]
async fn checks_of_features_that_are_off_say_which_variable_turns_them_on() {
    let stage = Stage::new();
    let report = stage.examined().await;
    for (check, words) in [
        ("assignment", "DISPATCH_CALLER_ID is not set"),
        ("transfers", "isAcdReady"),
        (
            "follow-ups",
            "neither VOICEMAIL_WORKFLOW nor CALLBACK_WORKFLOW",
        ),
    ] {
        let findings = found(&report, check).iter();
        let told: Vec<_> = findings.flat_map(Finding::lines).collect();
        assert!(told.iter().any(|line| line.contains(words)), "{told:?}");
    }
    stage.curtain().await;
}
