//! A reconciler that panics, and one that is stuck: the others go on, it goes on too where it can, and the operator is
//! told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::body::Body;
use http::{Request, StatusCode};
use switchboard::{
    app::reconcile,
    context::Context,
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report, Runner},
    },
    twilio::transport::{Broken, Transport},
};
use tokio::time::sleep;

use super::desk::{Desk, quiet};

/// Enough variables for every reconciler to run.
const EVERYTHING: &[(&str, &str)] = &[
    ("AVAILABILITY", "server"),
    ("DISPATCH_CALLER_ID", "+15125550100"),
    (
        "DISPATCH_COOL_DOWN_ACTIVITY",
        "WA00000000000000000000000000000001",
    ),
    ("EXTENSION_WORKFLOW", "WW00000000000000000000000000000002"),
    ("CALLBACK_WORKFLOW", "WW00000000000000000000000000000003"),
    ("VOICEMAIL_WORKFLOW", "WW00000000000000000000000000000004"),
];

/// What each reconciler asks for in every pass, and nothing else does.
const ASKS: [(&str, &str); 6] = [
    ("parking", "/Maps/Global.ParkedCalls/Items"),
    ("dispatch", "/Maps/Global.Dispatch.00/"),
    (
        "extension",
        "WorkflowSid=WW00000000000000000000000000000002",
    ),
    ("availability", "/Workers?PageSize=1000"),
    ("callback", "/Maps/Global.FollowUps"),
    ("voicemail", "/Maps/Global.Voicemails"),
];

type Asked = Arc<Mutex<Vec<String>>>;

/// A Twilio that knows nothing, and the first time that it is asked for `fatal`, whoever asks panics.
fn deadly(fatal: &'static str, asked: &Asked) -> Transport {
    let (asked, alive) = (Arc::clone(asked), Arc::new(Mutex::new(true)));
    Transport::new(tower::service_fn(move |request: reqwest::Request| {
        let url = request.url().as_str().to_owned();
        let dies = url.contains(fatal) && std::mem::replace(&mut *alive.lock().unwrap(), false);
        asked.lock().unwrap().push(url);
        assert!(!dies, "a record that cannot be handled");
        let answer = http::Response::builder().status(404).body("{}");
        std::future::ready(Ok::<_, Broken>(reqwest::Response::from(answer.unwrap())))
    }))
}

/// How often each reconciler has asked for what it asks for.
fn passes(asked: &Asked) -> BTreeMap<&'static str, usize> {
    let asked = asked.lock().unwrap();
    let times = |what| asked.iter().filter(|url| url.contains(what)).count();
    ASKS.iter()
        .map(|(name, what)| (*name, times(what)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_panics_comes_again_and_takes_no_other_reconciler_along() {
    for (name, fatal) in ASKS {
        let asked = Asked::default();
        let desk = Desk::over(deadly(fatal, &asked), EVERYTHING);
        let running = tokio::spawn(reconcile(desk.app.clone()));
        sleep(Duration::from_mins(3)).await;
        let before = passes(&asked);
        assert!(before[name] > 0, "{name} asks for {fatal}: {asked:?}");
        sleep(Duration::from_mins(3)).await;
        for (other, times) in passes(&asked) {
            assert!(times > before[other], "{name} panicked, {other} stopped");
        }
        assert!(!running.is_finished());
        let shown = desk.app.parts().context.metrics.render(true);
        let panicked =
            format!("switchboard_mended_total{{reconciler=\"{name}\",kind=\"panics\"}} 1");
        assert!(shown.contains(&panicked), "{shown}");
        assert!(
            desk.app
                .parts()
                .context
                .metrics
                .late_reconcilers()
                .is_empty()
        );
        running.abort();
    }
}

fn ready() -> Request<Body> {
    Request::get("/ready").body(Body::empty()).unwrap()
}

/// A reconciler of parking whose passes take as long as they like.
struct Slow<F> {
    outages: Outages,
    pass: F,
}

impl<F, P> Reconcile for Slow<F>
where
    F: Fn(u32) -> P + Sync,
    P: Future<Output = ()> + Send,
{
    const NAME: &'static str = "parking";
    const EVERY: Duration = Duration::from_secs(25);
    const KINDS: &'static [&'static str] = &[];

    fn outages(&self) -> &Outages {
        &self.outages
    }

    async fn pass(&self, number: u32, _: &Report<'_>) {
        (self.pass)(number).await;
    }
}

/// Runs passes in a process of their own.
fn run<P>(context: &Context, pass: impl Fn(u32) -> P + Send + Sync + 'static)
where
    P: Future<Output = ()> + Send + 'static,
{
    let (runner, outages) = (Runner::new(context), Outages::new(context.clock, "parking"));
    tokio::spawn(async move { runner.run(&Slow { outages, pass }).await });
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_nothing_moves_ends_the_readiness_of_its_process() {
    let desk = quiet();
    run(&desk.app.parts().context, |number| async move {
        if number == 2 {
            std::future::pending::<()>().await;
        }
    });
    sleep(Duration::from_secs(90)).await;
    assert_eq!(desk.send(ready()).await.status, StatusCode::OK);
    sleep(Duration::from_mins(1)).await;
    let answer = desk.send(ready()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let why = answer.problem()["detail"].as_str().unwrap().to_owned();
    assert!(why.contains("reconciler of parking"), "{why}");
}

/// Twilio is as slow for every replica: none of them would be left if that counted.
#[tokio::test(start_paused = true)]
async fn a_pass_that_waits_for_twilio_is_late_and_its_process_stays_ready() {
    let desk = quiet();
    run(&desk.app.parts().context, |_| async move {
        for _ in 0..1_000 {
            sleep(Duration::from_secs(10)).await;
        }
    });
    sleep(Duration::from_mins(10)).await;
    let late: Vec<_> = desk
        .app
        .parts()
        .context
        .metrics
        .late_reconcilers()
        .iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(
        late,
        ["parking"],
        "for the log and for whoever reads metrics"
    );
    assert_eq!(desk.send(ready()).await.status, StatusCode::OK);
}
