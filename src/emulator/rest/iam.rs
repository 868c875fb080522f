//! IAM's REST face: is this Flex token valid, and whose is it?
//!
//! The endpoint is not in Twilio's OpenAPI; its shape is that of the npm package `twilio-flex-token-validator`, which
//! reads the body whatever the status. A bad token is therefore an answer, not an error.

use http::Method;
use serde_json::{Value, json};

use super::{Refusal, RestAnswer, RestRequest, iso};
use crate::emulator::world::World;

/// Answers what is asked of `iam.twilio.com`.
pub(super) fn answer(
    world: &World,
    request: &RestRequest,
    path: &[&str],
) -> Result<RestAnswer, Refusal> {
    let ["v1", "Accounts", account, "Tokens", "validate"] = path else {
        return Err(Refusal::not_found(&request.path));
    };
    if *account != world.account.as_str() {
        return Err(Refusal::not_found(&request.path));
    }
    if request.method != Method::POST {
        return Err(Refusal::method());
    }
    request.allow(&[], &[])?;
    let body = request.json.as_ref().and_then(Value::as_object);
    let token = body
        .filter(|body| body.keys().all(|key| key == "token"))
        .and_then(|body| body.get("token")?.as_str())
        .ok_or_else(|| Refusal::invalid("The body must be {\"token\": \"…\"}"))?;
    Ok(RestAnswer::found(validate(world, token)))
}

fn validate(world: &World, token: &str) -> Value {
    let invalid = |code: u32, message: &str| {
        json!({
            "valid": false,
            "code": code,
            "message": message,
            "expiration": null,
            "realm_user_id": null,
            "identity": null,
            "roles": null,
            "worker_sid": null,
        })
    };
    let Some(bearer) = world.tokens.bearer(token) else {
        return invalid(20101, "Invalid Access Token");
    };
    if bearer.expires <= world.now() {
        return invalid(20104, "Access Token expired or expiration date invalid");
    }
    json!({
        "valid": true,
        "code": 0,
        "message": null,
        "expiration": iso(bearer.expires),
        "realm_user_id": bearer.realm_user,
        "identity": bearer.identity,
        "roles": bearer.roles,
        "worker_sid": bearer.worker,
    })
}
