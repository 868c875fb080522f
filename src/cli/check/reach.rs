//! The doctor at the server's own front door: the way that Twilio's webhooks take.
//!
//! From here, not from Twilio: what is seen proves the address, the proxy in between and the signature, but not that
//! the internet can reach it.

use std::borrow::Cow;

use reqwest::{Client, StatusCode, header::CONTENT_TYPE, redirect};
use secrecy::SecretString;

use super::{Fact, PATIENCE};
use crate::{config::Config, music::Music, twilio::signature};

/// Asks the server behind `PUBLIC_URL`, and whoever serves the hold music.
///
/// # Errors
/// When there can be no network client.
pub(super) async fn look(config: &Config) -> anyhow::Result<Vec<Fact>> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("switchboard-check/", env!("CARGO_PKG_VERSION")))
        .build()?;
    let mut facts = Vec::new();
    let live = live(&client, config).await;
    let is_live = live.advice.is_none();
    facts.push(live);
    if is_live {
        facts.extend(signatures(&client, config).await);
    }
    match Music::open(&config.hold.music) {
        Ok(music) => {
            for url in music.urls(&config.public_url) {
                if is_live || !url.starts_with(&config.public_url) {
                    facts.push(audio(&client, &url).await);
                }
            }
        }
        Err(error) => facts.push(Fact::failed(error.to_string(), "Check HOLD_MUSIC.")),
    }
    Ok(facts)
}

async fn live(client: &Client, config: &Config) -> Fact {
    let url = format!("{}/live", config.public_url);
    match client.get(&url).send().await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            Fact::ok(format!("a server answers at {}", config.public_url))
        }
        Ok(answer) => Fact::failed(
            format!("{url} answers {}", answer.status()),
            "Something else answers there, or a proxy changes the path. PUBLIC_URL must lead to this server, with its \
             path if it has one.",
        ),
        Err(error) => Fact::failed(
            format!("nobody answers at {url}: {}", cause(&error)),
            "Start the server first (switchboard serve), and look at DNS, firewall and the proxy's certificate.",
        ),
    }
}

/// A call rings: a webhook that changes nothing, once with a good signature and once with another.
async fn signatures(client: &Client, config: &Config) -> Vec<Fact> {
    let url = format!("{}/call-status-handler", config.public_url);
    let account = config.account.sid.to_string();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
    ];
    let mut facts = Vec::new();
    for (nth, token) in config.account.auth_tokens.iter().enumerate() {
        let which = if nth == 0 {
            "the auth token"
        } else {
            "an older auth token"
        };
        facts.push(match post(client, &url, &fields, token).await {
            Ok(StatusCode::NO_CONTENT) => Fact::ok(format!("a webhook signed with {which} is accepted")),
            Ok(status) => Fact::failed(
                format!("a webhook signed with {which} is answered {status}"),
                "The server signs another URL or has another AUTH_TOKEN: PUBLIC_URL must be the same here, there and \
                 at Twilio, and the proxy must leave path and query as they are.",
            ),
            Err(error) => Fact::failed(format!("a signed webhook gets no answer: {}", cause(&error)), "Look at the proxy."),
        });
    }
    facts.push(
        match post(client, &url, &fields, &SecretString::from("wrong")).await {
            Ok(StatusCode::FORBIDDEN) => Fact::ok("a webhook with a wrong signature is refused"),
            Ok(status) => Fact::failed(
                format!("a webhook with a wrong signature is answered {status}"),
                "It should be refused with 403. Is it this server that answers?",
            ),
            Err(error) => Fact::failed(
                format!("a wrong signature gets no answer: {}", cause(&error)),
                "Look at the proxy.",
            ),
        },
    );
    facts
}

async fn post(
    client: &Client,
    url: &str,
    fields: &[(&str, &str)],
    token: &SecretString,
) -> Result<StatusCode, reqwest::Error> {
    let signed: Vec<_> = fields
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)))
        .collect();
    let proof = signature::sign(token, url, &signed);
    let request = client
        .post(url)
        .header(signature::HEADER, proof)
        .form(fields);
    Ok(request.send().await?.status())
}

async fn audio(client: &Client, url: &str) -> Fact {
    let advice = "Twilio plays nothing then, or ends the call. It takes audio/mpeg, audio/wav, audio/aiff, audio/ogg \
                  and their like; check HOLD_MUSIC.";
    match client.get(url).send().await {
        Ok(answer) => {
            let kind = answer.headers().get(CONTENT_TYPE);
            let kind = kind
                .and_then(|kind| kind.to_str().ok())
                .unwrap_or("no type");
            if answer.status() == StatusCode::OK && kind.starts_with("audio/") {
                Fact::ok(format!("hold music: {url} is {kind}"))
            } else {
                Fact::failed(
                    format!("hold music: {url} answers {} with {kind}", answer.status()),
                    advice,
                )
            }
        }
        Err(error) => Fact::failed(
            format!("hold music: {url} gives no answer: {}", cause(&error)),
            advice,
        ),
    }
}

/// What is behind an error: reqwest itself says only that the request failed.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
