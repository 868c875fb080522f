//! Finds the workspace and the Sync service of an account whose operator has not named them.
//!
//! Both are facts of the account: Flex's configuration names its workspace, and every account has one default Sync
//! service. So an operator needs three variables to start: the account, its auth token, and the public URL.

use std::time::Duration;

use super::{Outside, client};
use crate::{
    config::Account,
    twilio::{deadline::Deadline, error::Error},
};

/// How long Twilio may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why something was not discovered, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Undiscovered {
    /// Flex's configuration could not be read.
    #[error(
        "the workspace of the account's Flex could not be read ({0}); set WORKSPACE_SID, or see `switchboard check`"
    )]
    Workspace(Error),
    /// The account has no Flex.
    #[error(
        "the account has no Flex; set WORKSPACE_SID to the workspace that Switchboard should use"
    )]
    NoFlex,
    /// The Sync services could not be read.
    #[error(
        "the account's Sync services could not be read ({0}); set SYNC_SERVICE_SID, or see `switchboard check`"
    )]
    SyncService(Error),
    /// There is no default service, or more than one looks like it.
    #[error(
        "the account has {found} Sync services that may be the default one; set SYNC_SERVICE_SID"
    )]
    Ambiguous {
        /// How many.
        found: usize,
    },
}

impl Undiscovered {
    /// Whether Twilio could not be asked, so that asking again may help.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Workspace(error) | Self::SyncService(error) => error.may_pass(),
            Self::NoFlex | Self::Ambiguous { .. } => false,
        }
    }
}

/// Fills in what is missing, and asks Twilio for nothing that is not.
///
/// # Errors
/// When it could not be found; what was found before stays.
pub async fn discover(account: &mut Account, outside: &Outside) -> Result<(), Undiscovered> {
    let by = Deadline::after(PATIENCE);
    let Outside {
        transport,
        clock,
        rng,
    } = outside.clone();
    let twilio = client(account, transport, rng, clock, None);
    if account.workspace.is_none() {
        let found = twilio.flex_workspace(by).await;
        let found = found.map_err(Undiscovered::Workspace)?;
        account.workspace = Some(found.ok_or(Undiscovered::NoFlex)?);
    }
    if account.sync_service.is_none() {
        let services = twilio.sync_services(by).await;
        let services = services.map_err(Undiscovered::SyncService)?;
        let mut defaults = services.iter().filter(|service| service.is_default());
        account.sync_service = match (defaults.next(), defaults.count()) {
            (Some(only), 0) => Some(only.sid),
            (found, more) => {
                return Err(Undiscovered::Ambiguous {
                    found: usize::from(found.is_some()) + more,
                });
            }
        };
    }
    Ok(())
}
