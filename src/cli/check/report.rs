//! What all checks together come to, for people and for programs.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use super::{
    finding::{Finding, Verdict},
    table::{CHECKS, Check},
};

/// What one check found: at least one thing.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The check.
    pub check: &'static Check,
    /// What it found.
    pub findings: Vec<Finding>,
    /// The check because of whose failure this one was not made.
    pub hindered_by: Option<&'static str>,
}

impl Outcome {
    /// A check that was not made because another failed.
    pub(super) fn hindered(check: &'static Check, by: &'static str) -> Self {
        let why = format!("not checked, because {by} failed");
        Self {
            check,
            findings: vec![Finding::skipped(
                why,
                "It can be checked when that is mended.",
            )],
            hindered_by: Some(by),
        }
    }

    /// The worst of its findings.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        verdicts.max().unwrap_or(Verdict::Skipped)
    }

    /// How a person reads it. What was not checked is said at the end, all of it together.
    pub(super) fn lines(&self) -> Vec<String> {
        if self.hindered_by.is_some() {
            return vec![];
        }
        let shown = self.findings.iter().filter(|finding| !is_off(finding));
        shown.flat_map(Finding::lines).collect()
    }
}

fn is_off(finding: &Finding) -> bool {
    finding.verdict == Verdict::Skipped && finding.advice.is_none()
}

/// Everything that was found, in the order of the table.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What each check found.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// The report when the configuration is not in order: nothing else can be looked at.
    pub(super) fn misconfigured(problems: Vec<Finding>) -> Self {
        let mut report = Self::default();
        let mut problems = Some(problems);
        for check in CHECKS {
            report.outcomes.push(match problems.take() {
                Some(findings) => Outcome {
                    check,
                    findings,
                    hindered_by: None,
                },
                None => Outcome::hindered(check, "configuration"),
            });
        }
        report
    }

    /// The check because of whose failure another cannot be made: the one it comes after, or the one that hindered that.
    pub(super) fn hindrance(&self, check: &Check) -> Option<&'static str> {
        let first = check.after?;
        let first = self.outcomes.iter().find(|it| it.check.name == first)?;
        let stands = matches!(first.verdict(), Verdict::Pass | Verdict::Warn);
        (!stands).then(|| first.hindered_by.unwrap_or(first.check.name))
    }

    /// How many things failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(Verdict::Fail)
    }

    fn count(&self, verdict: Verdict) -> usize {
        let findings = self.outcomes.iter().flat_map(|it| &it.findings);
        findings.filter(|it| it.verdict == verdict).count()
    }

    /// The last lines: what was not checked, and how it went.
    pub(super) fn summary(&self) -> String {
        let mut text = String::new();
        let mut hindered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for outcome in &self.outcomes {
            if let Some(by) = outcome.hindered_by {
                hindered.entry(by).or_default().push(outcome.check.name);
            }
        }
        for (by, names) in hindered {
            let names = if by == "configuration" {
                "everything else".to_owned()
            } else {
                names.join(", ")
            };
            let _ = writeln!(text, "Not checked, because {by} failed: {names}.\n");
        }
        let findings = self.outcomes.iter().flat_map(|it| &it.findings);
        let off: Vec<_> = findings.filter(|it| is_off(it)).collect();
        if !off.is_empty() {
            text.push_str("Not checked, because there is nothing to check:\n");
        }
        for finding in &off {
            let _ = writeln!(text, "  {}", finding.what);
        }
        if !off.is_empty() {
            text.push('\n');
        }
        text + &self.verdict()
    }

    fn verdict(&self) -> String {
        match (self.failed(), self.count(Verdict::Warn)) {
            (0, 0) => "Nothing failed.".to_owned(),
            (0, 1) => "Nothing failed; 1 warning.".to_owned(),
            (0, warnings) => format!("Nothing failed; {warnings} warnings."),
            (failed, 0) => format!("{failed} failed."),
            (failed, 1) => format!("{failed} failed; 1 warning."),
            (failed, warnings) => format!("{failed} failed; {warnings} warnings."),
        }
    }

    /// The document of `check --json`.
    #[must_use]
    pub fn json(&self) -> Value {
        let finding = |it: &Finding| json!({ "verdict": it.verdict.name(), "what": it.what, "advice": it.advice });
        let check = |it: &Outcome| {
            let findings: Vec<_> = it.findings.iter().map(finding).collect();
            json!({
                "name": it.check.name, "proves": it.check.proves, "verdict": it.verdict().name(),
                "findings": findings,
            })
        };
        let checks: Vec<_> = self.outcomes.iter().map(check).collect();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "failed": self.failed(),
            "warnings": self.count(Verdict::Warn),
            "checks": checks,
        })
    }
}
