//! The doctor at the workers: does what callers dial lead to one of them?

use super::{Finding, Scene, extensions, numbers};
use crate::{app::Config, twilio::resource::workers::Worker};

/// Looks at all workers.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    match &scene.lists().await.workers {
        Ok(workers) => judge(workers, &scene.config),
        Err(_) => vec![Finding::warn(
            "the workers cannot be listed",
            "Whether every extension and every number leads to one worker was not looked at.",
        )],
    }
}

fn judge(workers: &[Worker], config: &Config) -> Vec<Finding> {
    if shows_nothing(workers) {
        return vec![Finding::warn(
            "this account's lists of workers show no attributes",
            "Whether every extension and every number leads to one worker cannot be seen, and they are looked up more slowly.",
        )];
    }
    let extension = &config.features.extension;
    let digits = extension.workflow.map(|_| extension.digits);
    let mut facts = extensions::judge(workers, digits);
    if config.features.did.workflow.is_some() {
        facts.extend(numbers::judge(workers, &config.features.did.attribute));
    }
    if facts.is_empty() {
        facts.push(Finding::off(
            "workers: none has an extension or a number of their own",
        ));
    }
    facts
}

fn shows_nothing(workers: &[Worker]) -> bool {
    let mut shown = workers.iter().map(|worker| &worker.attributes);
    !workers.is_empty() && shown.all(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_without_attributes_prove_nothing() {
        let worker = |attributes: &str| {
            let worker = json!({
                "sid": "WK00000000000000000000000000000001", "attributes": attributes,
            });
            serde_json::from_value::<Worker>(worker).unwrap()
        };
        assert!(shows_nothing(&[worker("{}"), worker("{}")]));
        assert!(!shows_nothing(&[worker("{}"), worker(r#"{"a":1}"#)]));
        assert!(!shows_nothing(&[]));
    }
}
