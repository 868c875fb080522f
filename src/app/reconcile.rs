//! Everything that a process does by itself: the reconcilers of all features, and a watch over them.

use std::time::Duration;

use crate::{
    clock::Clock,
    durable::reconcile::Runner,
    features::Features,
    telemetry::{Late, Metrics},
    web::App,
};

/// How often the reconcilers themselves are looked at.
const WATCH: Duration = Duration::from_secs(15);

/// Runs the reconcilers for ever. None of them stops for another's sake.
pub async fn reconcile(app: App) {
    let context = &app.parts().context;
    let runner = Runner::new(context);
    let watched = watch(&context.metrics, context.clock);
    tokio::join!(app.get::<Features>().work(&runner), watched);
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
