//! What all checks together come to, for people and for programs.

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
}

impl Outcome {
    /// The worst of its findings.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        verdicts.max().unwrap_or(Verdict::Skipped)
    }

    /// How a person reads it. What is off is said at the end, in one line for all of it.
    pub(super) fn lines(&self) -> Vec<String> {
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
            let skipped = || {
                vec![Finding::skipped(
                    "not checked: the configuration is not in order",
                    "Mend the configuration first.",
                )]
            };
            let findings = problems.take().unwrap_or_else(skipped);
            report.outcomes.push(Outcome { check, findings });
        }
        report
    }

    /// Why a check cannot be made: the one that it comes after failed, or was itself not made.
    pub(super) fn hindrance(&self, check: &Check) -> Option<Finding> {
        let first = check.after?;
        let first = self.outcomes.iter().find(|it| it.check.name == first)?;
        let stands = matches!(first.verdict(), Verdict::Pass | Verdict::Warn);
        (!stands).then(|| {
            Finding::skipped(
                format!(
                    "{}: not checked, because {} failed",
                    check.name, first.check.name
                ),
                "It can be looked at when that is mended.",
            )
        })
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

    /// The last lines: what is off, and how it went.
    pub(super) fn summary(&self) -> String {
        let findings = self.outcomes.iter().flat_map(|it| &it.findings);
        let off: Vec<_> = findings.filter(|it| is_off(it)).collect();
        let off = off.iter().map(|it| format!("  {}\n", it.what));
        let off: String = off.collect();
        let off = if off.is_empty() {
            off
        } else {
            format!("Not checked, because it is off:\n{off}\n")
        };
        let verdict = match (self.failed(), self.count(Verdict::Warn)) {
            (0, 0) => "Nothing failed.".to_owned(),
            (0, 1) => "Nothing failed; 1 warning.".to_owned(),
            (0, warnings) => format!("Nothing failed; {warnings} warnings."),
            (failed, 0) => format!("{failed} failed."),
            (failed, 1) => format!("{failed} failed; 1 warning."),
            (failed, warnings) => format!("{failed} failed; {warnings} warnings."),
        };
        format!("{off}{verdict}")
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
