//! What a check may look at: the configuration, Twilio, and the server at `PUBLIC_URL`.

use std::time::Duration;

use tokio::sync::OnceCell;

use super::{
    lists::Lists,
    site::{Answer, Site},
};
use crate::{
    app::{self, Config, Outside, Undiscovered},
    clock::Clock,
    config::Account,
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
    /// Why the workspace or the Sync service could not be discovered, if one was to be.
    pub(super) undiscovered: Option<Undiscovered>,
    /// Twilio, with the server's own credentials.
    pub twilio: Twilio,
    /// The way to Twilio without credentials.
    pub(super) beyond: Site,
    /// What the server is made of besides its configuration.
    pub(super) outside: Outside,
    patience: Duration,
    pub(super) site: Site,
    lists: OnceCell<Lists>,
    workspace: OnceCell<Result<Workspace, Error>>,
    live: OnceCell<Result<Answer, String>>,
}

impl Scene {
    /// A scene: `outside` leads to Twilio, `site` to the server at `PUBLIC_URL`. What no variable names is discovered.
    pub async fn new(mut config: Config, outside: Outside, site: Transport) -> Self {
        let undiscovered = app::discover(&mut config.general.account, &outside).await;
        let twilio = client(&config.general.account, &outside);
        Self {
            beyond: Site::new(outside.transport.clone(), PATIENCE),
            outside,
            config,
            undiscovered: undiscovered.err(),
            twilio,
            patience: PATIENCE,
            site: Site::new(site, PATIENCE),
            lists: OnceCell::new(),
            workspace: OnceCell::new(),
            live: OnceCell::new(),
        }
    }

    /// By when a question to Twilio that is asked now must be answered.
    pub(super) fn by(&self) -> Deadline {
        Deadline::after(self.patience)
    }

    /// Twilio, with other credentials than the server's.
    pub(super) fn twilio_as(&self, account: &Account) -> Twilio {
        client(account, &self.outside)
    }

    /// This machine's clock.
    pub(super) fn clock(&self) -> Clock {
        self.outside.clock
    }

    /// The workspace's workers, queues, workflows and activities and the account's numbers, read once.
    pub(super) async fn lists(&self) -> &Lists {
        let read = || Lists::of(&self.twilio, self.by());
        Box::pin(self.lists.get_or_init(read)).await
    }

    /// What the server at `PUBLIC_URL` answers when it is asked whether it lives, or why it does not; asked once.
    pub(super) async fn live(&self) -> &Result<Answer, String> {
        let url = format!("{}/live", self.config.general.public_url);
        let ask = || async move { self.site.get(&url).await };
        Box::pin(self.live.get_or_init(ask)).await
    }

    /// The workspace's settings, read once.
    pub(super) async fn workspace(&self) -> &Result<Workspace, Error> {
        let read = || self.twilio.workspace_settings(self.by());
        Box::pin(self.workspace.get_or_init(read)).await
    }
}

fn client(account: &Account, outside: &Outside) -> Twilio {
    let Outside {
        transport,
        clock,
        rng,
    } = outside.clone();
    app::client(account, transport, rng, clock, None)
}
