//! The workspace and the Sync service are found where no variable names them.

use switchboard::{
    app::{self, Config, Outside, Undiscovered},
    cli::check::Verdict,
    emulator::{Fault, RestTrouble},
    rng::Rng,
};

use crate::{doctor::only, stage::Stage};

/// A configuration without these, and the way to Twilio.
fn untold(stage: &Stage) -> (Config, Outside) {
    let mut config = stage.config().clone();
    config.general.account.workspace = None;
    config.general.account.sync_service = None;
    let outside = Outside {
        transport: stage.emulator.transport(),
        clock: switchboard::clock::Clock::starting_at(stage.emulator.now()),
        rng: Rng::seeded(1),
    };
    (config, outside)
}

#[tokio::test(start_paused = true)]
async fn flex_names_the_workspace_and_the_account_has_one_default_sync_service() {
    let stage = Stage::new();
    let (mut config, outside) = untold(&stage);
    let account = &mut config.general.account;
    let asked = stage.asked();
    app::discover(account, &outside).await.expect("both");
    assert_eq!(account.workspace, Some(stage.emulator.workspace()));
    assert_eq!(account.sync_service, Some(stage.emulator.sync_service()));
    assert_eq!(
        stage.asked_since(asked),
        ["GET flex-api /v1/Configuration", "GET sync /v1/Services"]
    );
    // What is known is not asked for.
    let asked = stage.asked();
    app::discover(account, &outside).await.expect("both");
    assert_eq!(stage.asked_since(asked), [""; 0]);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_without_flex_is_told_from_one_that_cannot_be_asked() {
    let stage = Stage::new();
    let (mut config, outside) = untold(&stage);
    let account = &mut config.general.account;
    for (status, passes) in [(404, false), (401, false), (503, true)] {
        let fault = Fault::rest(RestTrouble::Answer(status, 20_404)).product("flex-api");
        stage.emulator.weather().script(fault.times(20));
        let error = app::discover(account, &outside).await.expect_err("a fault");
        assert_eq!(error.may_pass(), passes, "{status}: {error}");
        assert_eq!(matches!(error, Undiscovered::NoFlex), status == 404);
        assert!(error.to_string().contains("WORKSPACE_SID"), "{error}");
        stage.emulator.weather().clear();
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_doctor_says_what_could_not_be_discovered() {
    let stage = Stage::new();
    let fault = Fault::rest(RestTrouble::Answer(404, 20_404)).product("flex-api");
    stage.emulator.weather().script(fault);
    let report = stage
        .examined_as(|config| config.general.account.workspace = None)
        .await;
    let told = only(&report, "workspace", Verdict::Fail);
    assert!(told.contains("the account has no Flex"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_doctor_needs_neither_variable() {
    let stage = Stage::new();
    let report = stage
        .examined_as(|config| {
            config.general.account.workspace = None;
            config.general.account.sync_service = None;
        })
        .await;
    assert_eq!(report.failed(), 0, "{report:#?}");
    stage.curtain().await;
}
