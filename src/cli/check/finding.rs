//! What a check finds: a verdict, a fact, and what to do about it.

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It was not looked at: what it needs is off, or something before it failed.
    Skipped,
    /// It is in order.
    Pass,
    /// It works, but something will go wrong on some calls, or cannot be seen from here.
    Warn,
    /// Calls or webhooks go wrong as it is.
    Fail,
}

impl Verdict {
    /// The verdict as `check --json` spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One line of the doctor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub verdict: Verdict,
    /// The fact. No secret and no whole phone number.
    pub what: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn pass(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Pass,
            what: what.into(),
            advice: None,
        }
    }

    /// Something may go wrong, or cannot be seen.
    #[must_use]
    pub fn warn<W: Into<String>, A: Into<String>>(what: W, advice: A) -> Self {
        Self {
            verdict: Verdict::Warn,
            what: what.into(),
            advice: Some(advice.into()),
        }
    }

    /// Something is wrong.
    #[must_use]
    pub fn fail<W: Into<String>, A: Into<String>>(what: W, advice: A) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(what, advice)
        }
    }

    /// The check was not made; `why` says what stood in its way.
    #[must_use]
    pub fn skipped(why: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skipped,
            ..Self::warn(why, advice)
        }
    }

    /// There is nothing to check, because a feature is off: `why` names its variable.
    #[must_use]
    pub fn off(why: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skipped,
            ..Self::pass(why)
        }
    }

    /// How a person reads it: the verdict and the fact, and below it the advice.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let verdict = match self.verdict {
            Verdict::Skipped => "skipped",
            Verdict::Pass => "ok     ",
            Verdict::Warn => "warning",
            Verdict::Fail => "FAILED ",
        };
        let what = format!("{verdict}  {}", self.what);
        let advice = self.advice.iter().map(|it| format!("         -> {it}"));
        std::iter::once(what).chain(advice).collect()
    }
}
