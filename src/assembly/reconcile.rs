//! The reconcilers of every capability, and what they count.

use std::time::Duration;

use crate::{
    clock::Clock,
    domain::{
        availability, callback, did, dispatch, extension, parking, rounds::Runner, stuck, voicemail,
    },
    telemetry::{Late, Metrics},
    web::App,
};

/// The reconcilers' names in metrics and log lines.
const PARKING: &str = "parking";
const DISPATCH: &str = "dispatch";
const EXTENSION: &str = "extension";
const DID: &str = "did";
const STUCK: &str = "stuck-tasks";
const AVAILABILITY: &str = "availability";
const CALLBACK: &str = "callback";
const VOICEMAIL: &str = "voicemail";

/// How often the reconcilers themselves are looked at.
const WATCH: Duration = Duration::from_secs(15);

/// Runs the reconcilers for ever, counting what they find. None of them stops for another's sake.
pub async fn reconcile(app: App) {
    let parts = app.parts();
    let metrics = &parts.metrics;
    let runner = |name| Runner::new(metrics, name);
    let parked = parts
        .parking
        .reconcile_for_ever(runner(PARKING), |found| parked(metrics, found));
    let dispatched = parts
        .dispatch
        .reconcile_for_ever(runner(DISPATCH), |found| dispatched(metrics, found));
    let extensions = parts
        .extension
        .reconcile_for_ever(runner(EXTENSION), |found| extensions(metrics, found));
    let numbers = parts
        .did
        .reconcile_for_ever(runner(DID), |found| dialled(metrics, found));
    let finished = parts
        .stuck
        .reconcile_for_ever(runner(STUCK), |found| finished(metrics, found));
    let ready = parts
        .availability
        .work_for_ever(runner(AVAILABILITY), |found| ready(metrics, found));
    let followed_up = parts
        .callback
        .reconcile_for_ever(runner(CALLBACK), |found| followed_up(metrics, found));
    let recorded = parts
        .voicemail
        .reconcile_for_ever(runner(VOICEMAIL), |found| recorded(metrics, found));
    let watched = watch(metrics, parts.clock);
    tokio::join!(
        parked,
        dispatched,
        extensions,
        numbers,
        finished,
        ready,
        followed_up,
        recorded,
        watched
    );
}

/// Logs a reconciler that has completed no pass for three intervals, once, and once more when it has.
async fn watch(metrics: &Metrics, clock: Clock) {
    let mut late = Vec::new();
    loop {
        clock.sleep(WATCH).await;
        let now = metrics.late_reconcilers();
        let named = |all: &[Late], name| all.iter().any(|it| it.name == name);
        for Late { name, stuck } in now.iter().filter(|it| !named(&late, it.name)) {
            tracing::error!(
                reconciler = name,
                stuck,
                "a reconciler has completed no pass for three intervals"
            );
        }
        for Late { name, .. } in late.iter().filter(|it| !named(&now, it.name)) {
            tracing::info!(reconciler = name, "a reconciler completes its passes again");
        }
        late = now;
    }
}

fn count<const N: usize>(
    metrics: &Metrics,
    reconciler: &'static str,
    kinds: [(&'static str, u32); N],
) {
    for (kind, count) in kinds {
        metrics.mended(reconciler, kind, count);
    }
}

fn parked(metrics: &Metrics, found: parking::Mended) {
    let parking::Mended {
        ended,
        claims,
        listed,
        ghosts,
        wrap_ups,
        failed,
    } = found;
    let kinds = [
        ("ended", ended),
        ("claims", claims),
        ("listed", listed),
        ("ghosts", ghosts),
        ("wrap-ups", wrap_ups),
        ("failed", failed),
    ];
    count(metrics, PARKING, kinds);
}

fn dispatched(metrics: &Metrics, found: dispatch::Mended) {
    let dispatch::Mended {
        found,
        given_up,
        withdrawn,
        talks,
        debts,
        told,
        strays,
        returned,
        failed,
    } = found;
    let kinds = [
        ("legs-found", found),
        ("legs-given-up", given_up),
        ("legs-withdrawn", withdrawn),
        ("talks-ended", talks),
        ("debts-paid", debts),
        ("callers-told", told),
        ("workers-found", strays),
        ("workers-returned", returned),
        ("failed", failed),
    ];
    count(metrics, DISPATCH, kinds);
}

fn extensions(metrics: &Metrics, found: extension::Mended) {
    let extension::Mended {
        told,
        led_on,
        failed,
    } = found;
    let kinds = [
        ("extensions-told", told),
        ("callers-led-on", led_on),
        ("failed", failed),
    ];
    count(metrics, EXTENSION, kinds);
}

fn dialled(metrics: &Metrics, found: did::Mended) {
    let did::Mended { led_on, failed } = found;
    let kinds = [("callers-led-on", led_on), ("failed", failed)];
    count(metrics, DID, kinds);
}

fn finished(metrics: &Metrics, found: stuck::Mended) {
    let stuck::Mended { ended, failed } = found;
    count(metrics, STUCK, [("tasks-ended", ended), ("failed", failed)]);
}

fn ready(metrics: &Metrics, found: availability::Mended) {
    let availability::Mended { corrected, failed } = found;
    let kinds = [("workers-corrected", corrected), ("failed", failed)];
    count(metrics, AVAILABILITY, kinds);
}

fn followed_up(metrics: &Metrics, found: callback::Mended) {
    let callback::Mended {
        asked,
        strays,
        found,
        tasks,
        begun,
        recalled,
        transcripts,
        failed,
    } = found;
    let kinds = [
        ("wishes-granted", asked),
        ("recorder-strays", strays),
        ("messages-found", found),
        ("follow-ups-made", tasks),
        ("follow-ups-begun", begun),
        ("follow-ups-recalled", recalled),
        ("transcripts", transcripts),
        ("failed", failed),
    ];
    count(metrics, CALLBACK, kinds);
}

fn recorded(metrics: &Metrics, found: voicemail::Mended) {
    let voicemail::Mended {
        found,
        tasks,
        transcripts,
        failed,
    } = found;
    let kinds = [
        ("messages-found", found),
        ("message-tasks", tasks),
        ("transcripts", transcripts),
        ("failed", failed),
    ];
    count(metrics, VOICEMAIL, kinds);
}
