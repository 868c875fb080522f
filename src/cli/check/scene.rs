//! What a check may look at: the configuration, Twilio, and the server at `PUBLIC_URL`.

use std::time::Duration;

use tokio::sync::OnceCell;

use super::{lists::Lists, site::Site};
use crate::{
    assembly::{self, Outside},
    config::Config,
    twilio::{
        Twilio, deadline::Deadline, error::Error, resource::account::Workspace,
        transport::Transport,
    },
};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that a check is given.
#[derive(Debug)]
pub struct Scene {
    /// The configuration.
    pub config: Config,
    /// Twilio, with the server's own credentials.
    pub twilio: Twilio,
    patience: Duration,
    pub(super) site: Site,
    lists: OnceCell<Lists>,
    workspace: OnceCell<Result<Workspace, Error>>,
}

impl Scene {
    /// A scene: `outside` leads to Twilio, `site` to the server at `PUBLIC_URL`.
    #[must_use]
    pub fn new(config: Config, outside: Outside, site: Transport) -> Self {
        let twilio = assembly::client(&config.account, outside.transport, outside.chance, None);
        Self {
            config,
            twilio,
            patience: PATIENCE,
            site: Site::new(site, PATIENCE),
            lists: OnceCell::new(),
            workspace: OnceCell::new(),
        }
    }

    /// By when a question to Twilio that is asked now must be answered.
    pub(super) fn by(&self) -> Deadline {
        Deadline::after(self.patience)
    }

    /// The workspace's workers, queues, workflows and activities, read once.
    pub(super) async fn lists(&self) -> &Lists {
        let read = || Lists::of(&self.twilio, self.by());
        Box::pin(self.lists.get_or_init(read)).await
    }

    /// The workspace's settings, read once.
    pub(super) async fn workspace(&self) -> &Result<Workspace, Error> {
        let read = || self.twilio.workspace_settings(self.by());
        Box::pin(self.workspace.get_or_init(read)).await
    }
}
