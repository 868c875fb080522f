//! Both sides of a day: the application, in as many processes as asked for, and an embedded Twilio with its office.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::AbortHandle,
};

use super::{options::Plan, traffic::Traffic};
use crate::{
    app::Config,
    app::{self, Outside},
    cli::demo::TOKEN,
    clock::Clock,
    emulator::{Emulator, Event, Flow, Line, Passing, Replicas, Routed, Settings},
    features::dispatch::record::Screening,
    rng::Rng,
    twilio::{
        party::E164,
        sid::{AccountSid, CallSid, WorkerSid},
    },
    web,
};

/// When the day begins: eight in the morning.
pub(super) const MORNING: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Where the application is reached.
const PUBLIC_URL: &str = "https://switchboard.example.com";

/// The line that callers call.
const LINE: &str = "+15125550100";

/// What the workspace reports, as the guide says it must at least where there is no queue without workers.
const EVENTS: &str = "reservation.canceled,reservation.timeout,reservation.rescinded,reservation.rejected,task.canceled";

/// Something the people of the day hear of.
#[derive(Clone, Copy, Debug)]
pub(super) enum News {
    /// TaskRouter did something.
    Routed(Routed),
    /// A call is over.
    Over(CallSid),
}

/// Both sides, and who works there.
pub(super) struct Centre {
    pub(super) emulator: Emulator,
    pub(super) clock: Clock,
    pub(super) line: E164,
    /// Agents in Flex.
    pub(super) in_flex: Vec<WorkerSid>,
    /// Agents on their own phones, and those.
    pub(super) on_phones: Vec<(WorkerSid, String)>,
    /// Whether a worker who has picked up is asked for a key.
    pub(super) keys: bool,
    /// What happens, until the crowd takes it.
    pub(super) news: Mutex<Option<UnboundedReceiver<(Timestamp, News)>>>,
    traffic: Arc<Mutex<Traffic>>,
    reconcilers: Vec<AbortHandle>,
}

impl Centre {
    /// Opens it. Must be called within the runtime of the day.
    ///
    /// # Errors
    /// When the server would not start with these variables.
    pub(super) fn open(plan: &Plan) -> anyhow::Result<Self> {
        let clock = Clock::starting_at(MORNING);
        let account = AccountSid::from_bytes([0xac; 16]);
        let mut settings = Settings::new(account, SecretString::from(TOKEN), clock);
        settings.seed = plan.seed;
        settings.calls_per_second = Some(plan.calls_per_second);
        let emulator = Emulator::new(settings);
        let line: E164 = LINE.parse()?;
        let config = config(plan, account, &emulator)?;
        let keys = matches!(
            config.features.dispatch.screening,
            Screening::Press1 | Screening::Both
        );
        let attribute = config.features.dispatch.attribute.clone();
        let (routers, reconcilers) = replicas(plan, &config, &emulator, clock)?;
        let places = Replicas::new(routers, Rng::seeded(plan.seed));
        emulator.connect(Line::replicas(PUBLIC_URL, &places));
        open_line(
            &emulator,
            &line,
            config.features.dispatch.budget.reservation,
        )?;
        let in_flex = (0..plan.in_flex)
            .map(|place| emulator.add_agent(&format!("agent{place}@example.com"), &json!({})))
            .collect::<Result<_, _>>()?;
        let on_phones = (0..plan.on_phones)
            .map(|place| {
                let phone = format!("+1512{:07}", 6_000_000 + place);
                let attributes = json!({ attribute.clone(): phone });
                let worker = emulator.add_worker(&format!("remote{place}"), &attributes)?;
                Ok::<_, anyhow::Error>((worker, phone))
            })
            .collect::<Result<_, _>>()?;
        let (traffic, news) = listen(&emulator, MORNING + plan.day);
        Ok(Self {
            emulator,
            clock,
            line,
            in_flex,
            on_phones,
            keys,
            news: Mutex::new(Some(news)),
            traffic,
            reconcilers,
        })
    }

    /// Stops both sides, and tells what passed between them.
    pub(super) fn close(self) -> Traffic {
        for reconciler in &self.reconcilers {
            reconciler.abort();
        }
        let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *traffic)
    }
}

/// The line and its workflow, which asks the application and reports to it.
fn open_line(emulator: &Emulator, line: &E164, reservation: Duration) -> anyhow::Result<()> {
    let workflow = emulator.add_workflow("Calls", None)?;
    emulator.set_reservation_timeout(workflow, reservation);
    let ours = format!("{PUBLIC_URL}/assignment-callback");
    emulator.workflow_callback(workflow, Some(&ours), Some(&ours));
    emulator.events_to(
        Some(&format!("{PUBLIC_URL}/taskrouter-events")),
        Some(EVENTS),
    );
    let attributes = json!({ "direction": "inbound", "call_token": "{{trigger.call.CallToken}}" });
    emulator
        .number(line)
        .voice(Flow::Enqueue {
            workflow,
            attributes,
        })
        .status_callback(format!("{PUBLIC_URL}/call-status-handler"));
    Ok(())
}

type Routers = (Vec<axum::Router>, Vec<AbortHandle>);

fn replicas(
    plan: &Plan,
    config: &Config,
    emulator: &Emulator,
    clock: Clock,
) -> anyhow::Result<Routers> {
    let mut routers = Vec::new();
    let mut reconcilers = Vec::new();
    for place in 0..plan.replicas {
        let outside = Outside {
            transport: emulator.transport(),
            clock,
            rng: Rng::seeded(plan.seed.wrapping_mul(100).wrapping_add(u64::from(place))),
        };
        let app = app::assemble(config.clone(), outside)?;
        routers.push(web::router(&app));
        reconcilers.push(tokio::spawn(app::reconcile(app)).abort_handle());
    }
    Ok((routers, reconcilers))
}

/// The server's configuration: what names this Twilio, and what the plan says besides.
fn config(plan: &Plan, account: AccountSid, emulator: &Emulator) -> anyhow::Result<Config> {
    let cooling = emulator.add_activity("Cooling down", false);
    emulator.timeout_activity(cooling);
    let mut variables: HashMap<String, String> = [
        ("ACCOUNT_SID", account.to_string()),
        ("AUTH_TOKEN", TOKEN.to_owned()),
        ("WORKSPACE_SID", emulator.workspace().to_string()),
        ("SYNC_SERVICE_SID", emulator.sync_service().to_string()),
        ("PUBLIC_URL", PUBLIC_URL.to_owned()),
        ("DISPATCH_CALLER_ID", LINE.to_owned()),
        ("DISPATCH_COOL_DOWN_ACTIVITY", cooling.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(plan.variables.clone());
    Config::read(|name| variables.get(name).cloned())
        .context("the server would not start with these variables (--set)")
}

type Listening = (Arc<Mutex<Traffic>>, UnboundedReceiver<(Timestamp, News)>);

/// Counts what passes until `evening`, and passes on what people hear of.
fn listen(emulator: &Emulator, evening: Timestamp) -> Listening {
    let traffic = Arc::new(Mutex::new(Traffic::default()));
    let (tell, news) = unbounded_channel();
    let counted = Arc::clone(&traffic);
    emulator.watch(move |now, passing| {
        // No listener is left when the day is over.
        match passing {
            Passing::Routed(routed) => {
                let _ = tell.send((now, News::Routed(routed)));
            }
            Passing::Event(event) => {
                if let Event::Status { call, status } = event
                    && status.is_final()
                {
                    let _ = tell.send((now, News::Over(*call)));
                }
                if now < evening {
                    let mut traffic = counted.lock().unwrap_or_else(PoisonError::into_inner);
                    traffic.sees(now, event);
                }
            }
        }
    });
    (traffic, news)
}
