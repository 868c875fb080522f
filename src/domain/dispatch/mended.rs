//! What one pass of the reconciler of dispatch has put right.

use crate::domain::outage::some;

/// What one pass mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Legs whose SID was found.
    pub found: u32,
    /// Legs that were given up: lost, over, or past their deadline.
    pub given_up: u32,
    /// Legs that rang for nobody.
    pub withdrawn: u32,
    /// Talks whose end was not heard of.
    pub talks: u32,
    /// Debts that were still to be paid.
    pub debts: u32,
    /// Callers who waited where nobody works.
    pub told: u32,
    /// Workers whom `TaskRouter` had taken off line.
    pub strays: u32,
    /// Workers who came back from their cool-down: no fault, but what this is for.
    pub returned: u32,
    /// What could not be looked at this time.
    pub failed: u32,
}

impl Mended {
    /// Whether anything was wrong.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        let returned = self.returned;
        *self
            != Self {
                returned,
                ..Self::default()
            }
    }
}

/// Tells what a pass has mended; what failed is told by the outages.
pub(super) fn log(mended: Mended) {
    let Mended {
        found,
        given_up,
        withdrawn,
        talks,
        debts,
        told,
        strays,
        returned: _,
        failed: _,
    } = mended;
    if found + given_up + withdrawn + talks + debts + told + strays > 0 {
        tracing::info!(
            reconciler = "dispatch",
            mended.legs_found = some(found),
            mended.legs_given_up = some(given_up),
            mended.legs_withdrawn = some(withdrawn),
            mended.talks_ended = some(talks),
            mended.debts_paid = some(debts),
            mended.callers_told = some(told),
            mended.workers_found = some(strays),
            "dispatch: the reconciler has mended something"
        );
    }
}
