//! The doctor at the numbers that calls of ours show: does Twilio let the account show them?
//!
//! A call may show a number of the account's, or one whose owner has agreed ("verified caller ID"). With any other,
//! Twilio refuses each call (error 21210), and no worker's phone rings.

use super::{Finding, Scene, words};
use crate::twilio::{error::Error, party::E164};

/// How Twilio knows a number.
enum Standing {
    Own,
    Verified,
    Unknown,
}

/// Looks for each number that the configuration shows.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let phones = config.features.dispatch.phones.as_ref();
    let shown = [
        ("DISPATCH_CALLER_ID", phones.map(|it| &it.caller_id)),
        (
            "DID_DEFAULT_CALLER_ID",
            config.features.did.default_caller_id.as_ref(),
        ),
    ];
    let shared = config.features.did.shared.iter();
    let shared = shared.map(|number| ("DID_SHARED_NUMBERS", number));
    let shown = shown
        .into_iter()
        .filter_map(|(name, number)| Some((name, number?)));
    let mut findings = vec![];
    for (variable, number) in shown.chain(shared) {
        findings.push(match standing(scene, number).await {
            Ok(standing) => judge(variable, number, &standing),
            Err(error) => Finding::warn(
                format!(
                    "whether {variable} may be shown could not be asked: {}",
                    words::of_twilio(&error)
                ),
                "A restricted API key needs to read IncomingPhoneNumbers and OutgoingCallerIds.",
            ),
        });
    }
    if findings.is_empty() {
        let off = "caller-ids: none of DISPATCH_CALLER_ID, DID_DEFAULT_CALLER_ID and DID_SHARED_NUMBERS is set";
        findings.push(Finding::off(off));
    }
    findings
}

async fn standing(scene: &Scene, number: &E164) -> Result<Standing, Error> {
    let numbers = scene.twilio.numbers(scene.by());
    if numbers.owns(number).await? {
        Ok(Standing::Own)
    } else if numbers.has_verified(number).await? {
        Ok(Standing::Verified)
    } else {
        Ok(Standing::Unknown)
    }
}

fn judge(variable: &str, number: &E164, standing: &Standing) -> Finding {
    let end = super::numbers::end(number.as_str());
    match standing {
        Standing::Own => Finding::pass(format!(
            "{variable}, which ends in {end}, is a number of this account"
        )),
        Standing::Verified if variable == "DID_DEFAULT_CALLER_ID" => Finding::pass(format!(
            "{variable}, which ends in {end}, is a verified caller ID"
        )),
        Standing::Verified if variable == "DISPATCH_CALLER_ID" => Finding::warn(
            format!(
                "{variable}, which ends in {end}, is a verified caller ID, not a number of this account"
            ),
            "Phones ring with it, but no text message can be sent from it. Use a number of the account.",
        ),
        Standing::Verified => Finding::fail(
            format!(
                "{variable}: the number that ends in {end} is a verified caller ID, not a number of this account"
            ),
            "Who calls it back does not reach Twilio. Use a number of the account.",
        ),
        Standing::Unknown => Finding::fail(
            format!(
                "{variable}: the number that ends in {end} is not this account's, nor a verified caller ID"
            ),
            "Twilio refuses calls that show it. Use a number of the account, or verify this one in Twilio's Console.",
        ),
    }
}
