//! The doctor at the process that answers at `PUBLIC_URL`: is it this version, with this configuration?
//!
//! A server that was not started again after a change works by the old variables, and every other check looks at the
//! new ones. Signed webhooks alone do not show it: an old process has the same auth token.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Deserialize;

use super::{Finding, Scene};

/// What the server says of itself.
#[derive(Debug, Deserialize)]
struct Instance {
    version: String,
    variables: BTreeMap<String, String>,
}

const OURS: &str = env!("CARGO_PKG_VERSION");

/// Asks the server what it was told, with each auth token until one is believed.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let url = format!("{}/instance", config.general.public_url);
    let restart = "Start the server again with this program and this configuration. If it is right as it runs, run \
                   this check with the environment that it has.";
    let mut finding = Finding::skipped(
        "instance: not checked, because there is no auth token",
        "Set AUTH_TOKEN.",
    );
    for token in &config.general.account.auth_tokens {
        let answer = match scene.site.post(&url, &[], token).await {
            Ok(answer) => answer,
            Err(why) => {
                return vec![Finding::fail(
                    format!("{url} gives no answer: {why}"),
                    "Look at the proxy.",
                )];
            }
        };
        if answer.status == StatusCode::OK {
            return vec![match serde_json::from_slice::<Instance>(&answer.body) {
                Ok(instance) => judge(scene, &instance, restart),
                Err(_) => Finding::fail(
                    format!("{url} does not answer as this version does"),
                    restart,
                ),
            }];
        }
        finding = if answer.status == StatusCode::NOT_FOUND {
            Finding::fail(
                "an older version of this program answers at PUBLIC_URL",
                restart,
            )
        } else {
            Finding::fail(
                format!(
                    "{url} answers {}, so the configuration of the server could not be compared",
                    answer.status
                ),
                "Is it this program that answers there?",
            )
        };
    }
    vec![finding]
}

fn judge(scene: &Scene, instance: &Instance, restart: &str) -> Finding {
    if instance.version != OURS {
        return Finding::fail(
            format!(
                "version {} answers at PUBLIC_URL; this is {OURS}",
                instance.version
            ),
            restart,
        );
    }
    // The server's newest token is the key; it need not be our newest.
    let tokens = scene.config.general.account.auth_tokens.iter();
    let differing = tokens.map(|token| {
        let ours = scene.config.general.values.fingerprints(token);
        let differs =
            |(name, digits): &(&String, &String)| instance.variables.get(*name) != Some(*digits);
        let names = ours.iter().filter(differs).map(|(name, _)| name.clone());
        names.collect::<Vec<_>>()
    });
    let names = differing.min_by_key(Vec::len).unwrap_or_default();
    if names.is_empty() {
        return Finding::pass(
            "the server at PUBLIC_URL is of this version and has this configuration",
        );
    }
    let (shown, rest) = names.split_at(names.len().min(5));
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Finding::fail(
        format!(
            "the server at PUBLIC_URL was started with another configuration: {}{more}",
            shown.join(", ")
        ),
        restart,
    )
}
