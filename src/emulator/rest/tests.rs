//! How a request is told apart from one that must be refused; and the requests that the products' tests make.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::*;
use crate::{clock::Clock, rng::Rng, twilio::sid::AccountSid};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// A world whose clock stands still unless the test moves tokio's.
pub(super) fn world() -> World {
    let account = AccountSid::from_bytes([7; 16]);
    let clock = Clock::starting_at(START);
    let mut settings = Settings::new(account, "token".into(), clock);
    settings.api_keys = vec![("SK1".to_owned(), "secret".into())];
    World::new(settings)
}

pub(in crate::emulator) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A request with the account's credentials. `target` is path and query; `form` is `a=b&c=d`, encoded.
pub(super) fn request(product: Product, method: Method, target: &str, form: &str) -> RestRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = |text: &str| {
        form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect()
    };
    RestRequest {
        method,
        product,
        path: path.to_owned(),
        query: pairs(query),
        form: pairs(form),
        json: None,
        if_match: None,
        range: None,
        authorization: Some(basic(AccountSid::from_bytes([7; 16]).as_str(), "token")),
        base_url: format!("https://{}.twilio.com", product.name()),
    }
}

/// Lets story time pass.
pub(super) async fn pass(seconds: u64) {
    tokio::time::advance(std::time::Duration::from_secs(seconds)).await;
}

/// Status and, of a refusal, Twilio's code.
pub(super) fn outcome(answer: &RestAnswer) -> (u16, u64) {
    let code = answer.json()["code"].as_u64();
    (answer.status, code.unwrap_or(0))
}

#[tokio::test(start_paused = true)]
async fn only_the_accounts_own_credentials_are_accepted() {
    let mut world = world();
    let target = format!("/v1/Services/{}", world.sync.service());
    let account = world.account.to_string();
    for (authorization, status) in [
        (Some(basic(&account, "token")), 200),
        (Some(basic("SK1", "secret")), 200),
        (Some(basic("SK1", "token")), 401),
        (Some(basic(&account, "secret")), 401),
        (Some("Basic !".to_owned()), 401),
        (Some("Bearer x".to_owned()), 401),
        (None, 401),
    ] {
        let mut request = request(Product::Sync, Method::GET, &target, "");
        request.authorization = authorization;
        let answer = route(&mut world, &request);
        assert_eq!(answer.status, status);
        if status == 401 {
            let body = answer.json();
            assert_eq!(body["code"], 20003);
            assert_eq!(body["status"], 401);
            assert_eq!(
                body["more_info"],
                "https://www.twilio.com/docs/errors/20003"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_in_the_schema_is_refused() {
    let mut world = world();
    let service = format!("/v1/Services/{}", world.sync.service());
    for (method, target, form, expected) in [
        (Method::GET, "?PageSise=3", "", (400, 20001)),
        (Method::POST, "/Maps", "UniqueNane=x", (400, 20001)),
        (Method::POST, "/Maps?UniqueName=x", "", (400, 20001)),
        (Method::PUT, "/Maps", "", (405, 20004)),
        (Method::GET, "/Nothing", "", (404, 20404)),
        (Method::GET, "/Maps/%FF", "", (404, 20404)),
    ] {
        let target = format!("{service}{target}");
        let answer = route(&mut world, &request(Product::Sync, method, &target, form));
        assert_eq!(outcome(&answer), expected, "{target} {form}");
    }
}

#[tokio::test(start_paused = true)]
async fn iam_knows_its_tokens_until_they_expire() {
    use secrecy::ExposeSecret;
    let mut world = world();
    let target = format!("/v1/Accounts/{}/Tokens/validate", world.account);
    let ends = world.now() + SignedDuration::from_secs(60);
    let worker = crate::twilio::sid::WorkerSid::from_bytes([1; 16]);
    let token = world.tokens.mint(
        Some(worker),
        "ann@example.com",
        &["agent"],
        ends,
        &Rng::seeded(1),
    );
    let ask = |world: &mut World, body: Value| {
        let mut request = request(Product::Iam, Method::POST, &target, "");
        request.json = Some(body);
        route(world, &request)
    };
    let token = serde_json::json!({"token": token.expose_secret()});
    let valid = ask(&mut world, token.clone()).json();
    let expected = serde_json::json!({
        "valid": true,
        "code": 0,
        "message": null,
        "expiration": "2027-01-15T08:01:00Z",
        "realm_user_id": "ann@example.com",
        "identity": "ann_40example_2Ecom",
        "roles": ["agent"],
        "worker_sid": worker,
    });
    assert_eq!(valid, expected);
    pass(60).await;
    let expired = ask(&mut world, token).json();
    assert_eq!(
        (&expired["valid"], &expired["code"]),
        (&false.into(), &20104.into())
    );
    let unknown = ask(&mut world, serde_json::json!({"token": "x"})).json();
    assert_eq!(
        (&unknown["valid"], &unknown["code"]),
        (&false.into(), &20101.into())
    );
    let odd = ask(&mut world, serde_json::json!({"token": "x", "more": 1}));
    assert_eq!(outcome(&odd), (400, 20001));
}
