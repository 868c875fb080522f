//! The demo's small world: one server, one Twilio, two loopback ports, an office with Ann and Bob in it.
//!
//! The workers at home come later ([`homes`]), and so do agents with numbers of their own ([`desks`]); only the variables that
//! name their lines are here from the beginning.

use std::{collections::HashMap, net::Ipv4Addr};

use anyhow::Context;
use secrecy::SecretString;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{desks, homes};
use crate::{
    app::Config,
    app::{self, Outside},
    clock::Clock,
    emulator::{Browser, Emulator, Flow, Line, Settings},
    rng::Rng,
    twilio::{party::E164, sid::AccountSid, transport},
    web,
};

/// The account's auth token. It signs nothing outside this machine.
pub(in crate::cli) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The line whose calls go to any free agent.
pub(super) const MAIN_LINE: &str = "+15125550100";

/// The line that leads to Ann's extension.
pub(super) const DIRECT_LINE: &str = "+15125550101";

/// Both sides, running.
pub(super) struct World {
    /// Twilio.
    pub(super) emulator: Emulator,
    /// The story's clock.
    pub(super) clock: Clock,
    /// Where the server answers.
    pub(super) public_url: String,
    /// Where Twilio answers.
    pub(super) twilio_url: String,
    /// The variables the server was configured with.
    pub(super) variables: HashMap<&'static str, String>,
    /// Ann's browser.
    pub(super) ann: Browser,
    /// Bob's browser. He is offline, so that calls ring at Ann's.
    pub(super) bob: Browser,
    server: JoinHandle<std::io::Result<()>>,
    others: [JoinHandle<()>; 2],
    shutdown: CancellationToken,
}

impl World {
    /// Opens both ports (the server's, Twilio's; 0 for any) and starts both sides.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub(super) async fn open(
        (port, twilio_port): (u16, u16),
        clock: Clock,
        more: &[(&'static str, &str)],
    ) -> anyhow::Result<Self> {
        let (ours, public_url) = listen(port).await?;
        let (theirs, twilio_url) = listen(twilio_port).await?;
        let account = AccountSid::from_bytes([0xac; 16]);
        let emulator = Emulator::new(Settings::new(account, SecretString::from(TOKEN), clock));
        let mut variables = variables(account, &emulator, &public_url, &twilio_url);
        variables.extend(homes::variables(&emulator)?);
        variables.extend(desks::variables(&emulator)?);
        variables.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let config = Config::read(|name| variables.get(name).cloned())?;
        let transport = app::network(&config.general)?;
        let outside = Outside {
            transport,
            clock,
            rng: Rng::unpredictable(),
        };
        let app = app::assemble(config, outside)?;
        emulator.connect(Line::network(
            &public_url,
            &public_url,
            transport::client().no_proxy().build()?,
        ));
        let (ann, bob) = furnish(&emulator, &public_url)?;
        let rest = emulator.router();
        let twilio = tokio::spawn(async move {
            let _ = axum::serve(theirs, rest).await;
        });
        let shutdown = CancellationToken::new();
        let reconciler = tokio::spawn(app::reconcile(app.clone()));
        let server = tokio::spawn(web::run(ours, app, shutdown.clone()));
        Ok(Self {
            emulator,
            clock,
            public_url,
            twilio_url,
            variables,
            ann,
            bob,
            server,
            others: [twilio, reconciler],
            shutdown,
        })
    }

    /// Stops both sides, the server as on SIGTERM.
    pub(super) async fn close(self) {
        self.shutdown.cancel();
        let _ = self.server.await;
        for other in self.others {
            other.abort();
        }
    }
}

/// What the server is told.
fn variables(
    account: AccountSid,
    emulator: &Emulator,
    public_url: &str,
    twilio_url: &str,
) -> HashMap<&'static str, String> {
    HashMap::from([
        ("ACCOUNT_SID", account.to_string()),
        ("AUTH_TOKEN", TOKEN.to_owned()),
        ("WORKSPACE_SID", emulator.workspace().to_string()),
        ("SYNC_SERVICE_SID", emulator.sync_service().to_string()),
        ("PUBLIC_URL", public_url.to_owned()),
        // No load balancer has to notice.
        ("DRAIN_LINGER", "0".to_owned()),
        ("TWILIO_BASE_URL", format!("{twilio_url}/{{product}}")),
    ])
}

async fn listen(port: u16) -> anyhow::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// The office: two lines, Ann at her desk, Bob on a break.
fn furnish(emulator: &Emulator, public_url: &str) -> anyhow::Result<(Browser, Browser)> {
    let (acd, direct) = emulator.add_parking_workflows()?;
    let lines = [
        (MAIN_LINE, acd, json!({ "direction": "inbound" })),
        (
            DIRECT_LINE,
            direct,
            json!({ "direction": "inbound", "directExtension": "1234" }),
        ),
    ];
    for (line, workflow, attributes) in lines {
        let line: E164 = line.parse()?;
        emulator
            .number(&line)
            .voice(Flow::Enqueue {
                workflow,
                attributes,
            })
            .status_callback(format!("{public_url}/call-status-handler"));
    }
    let ann = emulator.add_agent("ann@example.com", &json!({ "directExtension": "1234" }))?;
    emulator.set_worker_capacity(ann, "voice", 3)?;
    let bob = emulator.add_agent("bob@example.com", &json!({}))?;
    emulator.set_activity(bob, "Offline")?;
    let (ann, bob) = (
        Browser::sign_in(emulator, ann)?,
        Browser::sign_in(emulator, bob)?,
    );
    emulator.seat(ann.clone());
    emulator.seat(bob.clone());
    Ok((ann, bob))
}
