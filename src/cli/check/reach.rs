//! The doctor at the server's own front door: the way that Twilio's webhooks take.
//!
//! From here, not from Twilio: what is seen proves the address, the proxy in between and the signature, but not that
//! the internet can reach it.

use http::{StatusCode, header::CONTENT_TYPE};
use secrecy::SecretString;

use super::{Finding, Scene, site::Answer};
use crate::features::music::Music;

/// Asks the server behind `PUBLIC_URL` whether it lives.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let public_url = &scene.config.general.public_url;
    let url = format!("{public_url}/live");
    vec![match scene.live().await {
        Ok(answer) if answer.status == StatusCode::OK => {
            Finding::pass(format!("a server answers at {public_url}"))
        }
        Ok(answer) => Finding::fail(
            format!("{url} answers {}", answer.status),
            "Something else answers there, or a proxy changes the path. PUBLIC_URL must lead to this server, with its \
             path if it has one.",
        ),
        Err(why) => Finding::fail(
            format!("{url} gives no answer: {why}"),
            "Start the server (switchboard serve) if it does not run. Else look at DNS, the firewall, and the certificate of \
             the proxy.",
        ),
    }]
}

/// A call rings: a webhook that changes nothing, once for each token, and once with a wrong signature.
pub(super) async fn signatures(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let url = format!("{}/call-status-handler", config.general.public_url);
    let account = config.general.account.sid.to_string();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
    ];
    let mut findings = Vec::new();
    for (nth, token) in config.general.account.auth_tokens.iter().enumerate() {
        let which = if nth == 0 {
            "the auth token"
        } else {
            "an older auth token"
        };
        let answer = scene.site.post(&url, &fields, token).await;
        findings.push(accepted(
            which,
            answer,
            "The server signs another URL or has another AUTH_TOKEN: PUBLIC_URL must be the same here, there and \
             at Twilio, and the proxy must leave path and query as they are.",
        ));
    }
    for key in &config.general.account.webhook_keys {
        let answer = scene.site.post_with_key(&url, &fields, key).await;
        findings.push(accepted(
            &format!("the shared key {}", key.id),
            answer,
            "The server has other WEBHOOK_KEYS, or the proxy takes X-Twilio-Webhooks-Signature-Settings away.",
        ));
    }
    let wrong = SecretString::from("wrong");
    let answer = scene.site.post(&url, &fields, &wrong).await;
    findings.push(match answer.map(|answer| answer.status) {
        Ok(StatusCode::FORBIDDEN) => Finding::pass("a webhook with a wrong signature is refused"),
        Ok(status) => Finding::fail(
            format!("a webhook with a wrong signature is answered {status}"),
            "It should be refused with 403. Is it this server that answers?",
        ),
        Err(why) => Finding::fail(
            format!("a wrong signature gets no answer: {why}"),
            "Look at the proxy.",
        ),
    });
    findings
}

/// Whether a webhook that was signed with a token or a key was accepted.
fn accepted(which: &str, answer: Result<Answer, String>, advice: &str) -> Finding {
    match answer.map(|answer| answer.status) {
        Ok(StatusCode::NO_CONTENT) => {
            Finding::pass(format!("a webhook signed with {which} is accepted"))
        }
        Ok(status) => Finding::fail(
            format!("a webhook signed with {which} is answered {status}"),
            advice,
        ),
        Err(why) => Finding::fail(
            format!("a webhook signed with {which} gets no answer: {why}"),
            "Look at the proxy.",
        ),
    }
}

/// Asks for each piece of hold music, as Twilio does.
pub(super) async fn music(scene: &Scene) -> Vec<Finding> {
    let settings = &scene.config.features.music;
    if let Err(error) = Music::open(settings) {
        return vec![Finding::fail(error.to_string(), "Check HOLD_MUSIC.")];
    }
    let mut findings = vec![];
    for url in settings.urls(&scene.config.general.public_url) {
        if url.starts_with(&scene.config.general.public_url) && scene.live().await.is_err() {
            findings.push(Finding::skipped(
                "the hold music that this server plays was not fetched, because the server gives no answer",
                "It can be checked when that is mended.",
            ));
            continue;
        }
        findings.push(audio(scene, &url).await);
    }
    findings
}

async fn audio(scene: &Scene, url: &str) -> Finding {
    let advice = "Twilio plays nothing then, or ends the call. It takes audio/mpeg, audio/wav, audio/aiff, audio/ogg \
                  and their like; check HOLD_MUSIC.";
    match scene.site.get(url).await {
        Ok(answer) => {
            let kind = answer.headers.get(CONTENT_TYPE);
            let kind = kind
                .and_then(|kind| kind.to_str().ok())
                .unwrap_or("no type");
            if answer.status == StatusCode::OK && kind.starts_with("audio/") {
                Finding::pass(format!("hold music: {url} is {kind}"))
            } else {
                Finding::fail(
                    format!("hold music: {url} answers {} with {kind}", answer.status),
                    advice,
                )
            }
        }
        Err(why) => Finding::fail(format!("hold music: {url} gives no answer: {why}"), advice),
    }
}
