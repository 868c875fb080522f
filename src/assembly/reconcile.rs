//! The reconcilers of every capability, and what they count.

use crate::{
    domain::{availability, callback, dispatch, extension, parking, voicemail},
    telemetry::Metrics,
    web::App,
};

/// Runs the reconcilers for ever, counting what they find.
pub async fn reconcile(app: App) {
    let parts = app.parts();
    let parked = parts
        .parking
        .reconcile_for_ever(|found| parked(&parts.metrics, found));
    let dispatched = parts
        .dispatch
        .reconcile_for_ever(|found| dispatched(&parts.metrics, found));
    let extensions = parts
        .extension
        .reconcile_for_ever(|found| extensions(&parts.metrics, found));
    let ready = parts
        .availability
        .work_for_ever(|found| ready(&parts.metrics, found));
    let followed_up = parts
        .callback
        .reconcile_for_ever(|found| followed_up(&parts.metrics, found));
    let recorded = parts
        .voicemail
        .reconcile_for_ever(|found| recorded(&parts.metrics, found));
    tokio::join!(parked, dispatched, extensions, ready, followed_up, recorded);
}

fn count<const N: usize>(metrics: &Metrics, kinds: [(&'static str, u32); N]) {
    for (kind, count) in kinds {
        metrics.mended(kind, count);
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
    count(metrics, kinds);
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
    count(metrics, kinds);
}

fn extensions(metrics: &Metrics, found: extension::Mended) {
    let extension::Mended { told, failed } = found;
    count(metrics, [("extensions-told", told), ("failed", failed)]);
}

fn ready(metrics: &Metrics, found: availability::Mended) {
    let availability::Mended { corrected, failed } = found;
    let kinds = [("workers-corrected", corrected), ("failed", failed)];
    count(metrics, kinds);
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
    count(metrics, kinds);
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
    count(metrics, kinds);
}
