//! The doctor: what `switchboard check` says of each thing that can be wrong.
//!
//! Each story sets up one wrong state, at Twilio or in the configuration, and reads what the doctor says. A doctor who
//! finds fault with a stage on which all is well would be believed by nobody, so that is a story too.

mod account;
mod healthy;
mod proxy;
mod records;
mod server;
mod workspace;

use switchboard::cli::check::{Finding, Report, Verdict};

/// What a check found.
fn found<'r>(report: &'r Report, check: &str) -> &'r [Finding] {
    let mut outcomes = report.outcomes.iter();
    let outcome = outcomes.find(|it| it.check.name == check);
    &outcome
        .unwrap_or_else(|| panic!("no check is called {check}"))
        .findings
}

/// The only thing that a check found wrong; what it says.
pub(crate) fn only(report: &Report, check: &str, verdict: Verdict) -> String {
    let wrong = |it: &&Finding| matches!(it.verdict, Verdict::Warn | Verdict::Fail);
    let wrong: Vec<_> = found(report, check).iter().filter(wrong).collect();
    let [finding] = wrong[..] else {
        panic!("{check} found {wrong:#?}");
    };
    assert_eq!(finding.verdict, verdict, "{finding:?}");
    finding.lines().join("\n")
}

/// Everything that failed, by check.
fn failed(report: &Report) -> Vec<(&'static str, &str)> {
    let findings = report.outcomes.iter().flat_map(|it| {
        it.findings
            .iter()
            .map(move |finding| (it.check.name, finding))
    });
    let failed = findings.filter(|(_, it)| it.verdict == Verdict::Fail);
    failed.map(|(check, it)| (check, &*it.what)).collect()
}
