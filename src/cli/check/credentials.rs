//! The doctor at what signs and what is proved: the auth tokens, and the tokens of Flex users.

use http::StatusCode;
use secrecy::SecretString;

use super::{Finding, Scene, words};
use crate::{
    app,
    config::Account,
    twilio::error::{ApiError, Error},
};

/// Asks Twilio with each auth token itself: with an API key, nothing else would show that it is wrong, and every
/// webhook would be refused. The server's own opinion of a signature proves nothing, because it has the same token.
pub(super) async fn auth_tokens(scene: &Scene) -> Vec<Finding> {
    let tokens = &scene.config.general.account.auth_tokens;
    let mut accepted = Vec::with_capacity(tokens.len());
    for token in tokens {
        match accepts(scene, token).await {
            Ok(yes) => accepted.push(yes),
            Err(why) => {
                return vec![Finding::skipped(
                    format!("whether AUTH_TOKEN is right could not be asked: {why}"),
                    "Is there a way out to api.twilio.com over HTTPS?",
                )];
            }
        }
    }
    if !accepted.contains(&true) {
        return vec![Finding::fail(
            "AUTH_TOKEN is wrong: Twilio does not accept it, so every webhook of Twilio's will be refused",
            "Copy the auth token of this account (ACCOUNT_SID) from Twilio's Console. A subaccount has a token of its own.",
        )];
    }
    let name = |nth: usize| match (tokens.len(), nth) {
        (1, _) => "AUTH_TOKEN".to_owned(),
        (_, 0) => "the first token of AUTH_TOKEN".to_owned(),
        (_, nth) => format!("token {} of AUTH_TOKEN", nth + 1),
    };
    let judged = accepted.iter().enumerate().map(|(nth, yes)| {
        if *yes {
            Finding::pass(format!("Twilio accepts {}", name(nth)))
        } else {
            Finding::warn(
                format!("Twilio does not accept {}", name(nth)),
                "Take it away, unless it is about to become valid: who has it can sign webhooks that this server believes.",
            )
        }
    });
    judged.collect()
}

async fn accepts(scene: &Scene, token: &SecretString) -> Result<bool, String> {
    let account = Account {
        api_key: None,
        auth_tokens: vec![token.clone()],
        ..scene.config.general.account.clone()
    };
    match scene.twilio_as(&account).account_status(scene.by()).await {
        Ok(_) => Ok(true),
        Err(error) if error.status() == Some(StatusCode::UNAUTHORIZED.as_u16()) => Ok(false),
        Err(error) => Err(words::of_twilio(&error)),
    }
}

/// Asks Twilio about a made-up token of a Flex user. It must say that the token is not valid, and not fail.
pub(super) async fn flex_tokens(scene: &Scene) -> Vec<Finding> {
    let answer = scene.twilio.accepts_no_token(scene.by()).await;
    let host = app::hosts(&scene.config.general.account);
    let host = host.base(crate::twilio::host::Product::Iam);
    let effect = "so agents cannot park, pick up or see anything";
    vec![match answer {
        // A refusal in Twilio's own words is an answer, too.
        Ok(true)
        | Err(Error::Api(ApiError {
            status: 400 | 422,
            code: Some(_),
            ..
        })) => Finding::pass("Twilio can be asked whose token a plugin sends"),
        Ok(false) => Finding::fail(
            format!("{host} calls a made-up token valid"),
            "This would let anyone in. Is it Twilio that answers there?",
        ),
        Err(error) if error.is_auth() => Finding::fail(
            format!("{host} refuses to say whose token a plugin sends ({error}), {effect}"),
            "With a restricted API key, use a standard one. Otherwise a proxy or firewall stands between: it must let \
             POST to this host through.",
        ),
        Err(error) => Finding::fail(
            format!(
                "{host} does not say whose token a plugin sends, {effect}: {}",
                words::of_twilio(&error)
            ),
            "Let the firewall open this host for HTTPS: it is another one than api.twilio.com.",
        ),
    }]
}
