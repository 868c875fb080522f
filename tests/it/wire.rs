//! In real time, over real sockets: what virtual time cannot show. Few, because each costs seconds.

mod check;
mod drain;
mod healthcheck;
mod output;
mod process;
mod serve;
mod slow;
mod story;
mod strangers;
mod tls;

use std::{sync::Arc, time::Duration};

use axum::Router;
use secrecy::SecretString;
use serde_json::json;
use switchboard::{
    clock::Clock,
    emulator::{Browser, Emulator, Flow, Settings},
    twilio::sid::AccountSid,
};
use tokio::{net::TcpListener, time::sleep};

use crate::stage::{EPOCH, MAIN_LINE, PUBLIC_URL, TOKEN, number};

/// Twilio on a port of its own, and one agent.
struct Twilio {
    emulator: Emulator,
    url: String,
    clock: Clock,
    ann: Browser,
}

impl Twilio {
    /// Story time passes `pace` times as fast as real time.
    async fn open(pace: u32) -> Self {
        let clock = Clock::paced(EPOCH, pace);
        let account = AccountSid::from_bytes([0xac; 16]);
        let emulator = Emulator::new(Settings::new(account, SecretString::from(TOKEN), clock));
        let url = serve(emulator.router()).await;
        let (workflow, _) = emulator.add_parking_workflows().unwrap();
        let attributes = json!({ "direction": "inbound" });
        let flow = Flow::Enqueue {
            workflow,
            attributes,
        };
        let status = format!("{PUBLIC_URL}/call-status-handler");
        emulator
            .number(&number(MAIN_LINE))
            .voice(flow)
            .status_callback(status);
        let more = json!({ "directExtension": "1234" });
        let ann = emulator.add_agent("ann@example.com", &more).unwrap();
        emulator.set_worker_capacity(ann, "voice", 3).unwrap();
        let ann = Browser::sign_in(&emulator, ann).unwrap();
        Self {
            emulator,
            url,
            clock,
            ann,
        }
    }

    /// The variables of a server that belongs to it.
    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "ACCOUNT_SID",
                AccountSid::from_bytes([0xac; 16]).to_string(),
            ),
            ("AUTH_TOKEN", TOKEN.to_owned()),
            ("WORKSPACE_SID", self.emulator.workspace().to_string()),
            ("SYNC_SERVICE_SID", self.emulator.sync_service().to_string()),
            ("PUBLIC_URL", PUBLIC_URL.to_owned()),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("DRAIN_LINGER", "0".to_owned()),
            ("TWILIO_BASE_URL", format!("{}/{{product}}", self.url)),
        ]
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Waits until something is so, at most for ten seconds.
async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if so() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it takes too long until {what}");
}

/// Runs what blocks beside the test.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A client that keeps no connections, so that each request finds its own way in.
fn client() -> Arc<reqwest::Client> {
    let client = switchboard::twilio::transport::client().pool_max_idle_per_host(0);
    Arc::new(client.timeout(Duration::from_secs(20)).build().unwrap())
}
