//! What is measured: the real routes over a Twilio that answers at once, and the floor under them, a bare axum route
//! that does nothing but check the signature.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{OriginalUri, State},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, StatusCode, header};
use secrecy::SecretString;
use sha1::Sha1;
use switchboard::{
    app::Config,
    app::{self, Outside, assemble},
    clock::Clock,
    rng::Rng,
    twilio::{
        signature,
        transport::{Broken, Transport},
    },
    web::App,
};

pub(crate) const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub(crate) const PUBLIC_URL: &str = "https://switchboard.example.com";
pub(crate) const PATH: &str = "/call-status-handler";

/// A status callback as Twilio sends it to a number, but for its status.
const REPORT: &str = "Called=%2B14155550100&ToState=CA&CallerCountry=US&Direction=inbound&Timestamp=Sat%2C+21+Nov\
+2026+10%3A00%3A00+%2B0000&CallbackSource=call-progress-events&SipResponseCode=200&CallerState=CA&ToZip=94103\
&SequenceNumber=3&CallSid=CA0123456789abcdef0123456789abcdef&To=%2B14155550100&CallerZip=94102&ToCountry=US\
&CalledZip=94103&ApiVersion=2010-04-01&CalledCity=SAN+FRANCISCO&Duration=2&From=%2B14155550123\
&CallDuration=96&AccountSid=AC0123456789abcdef0123456789abcdef&CalledCountry=US&CallerCity=SAN+FRANCISCO\
&ToCity=SAN+FRANCISCO&FromCountry=US&Caller=%2B14155550123&FromCity=SAN+FRANCISCO&CalledState=CA&FromZip=94102\
&FromState=CA&CallStatus=";

/// A report of a call in this status.
pub(crate) fn report(status: &str) -> String {
    format!("{REPORT}{status}")
}

/// The signature of a report.
pub(crate) fn signed(body: &str) -> String {
    let fields = signature::fields(body.as_bytes());
    signature::sign(
        &SecretString::from(TOKEN),
        &format!("{PUBLIC_URL}{PATH}"),
        &fields,
    )
}

/// A signed report.
pub(crate) fn request(body: &Bytes, signed: &str) -> Request<Body> {
    let mut request = Request::new(Body::from(body.clone()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static(PATH);
    let headers = request.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    if let Ok(signed) = signed.parse() {
        headers.insert(signature::HEADER, signed);
    }
    request
}

/// Twilio's answer when something does not exist.
pub(crate) const NOT_FOUND: &str = r#"{"code":20404,"message":"not found","more_info":"https://www.twilio.com/docs/errors/20404","status":404}"#;

/// The application, over a Twilio in the same process that answers every request with 404 at once.
pub(crate) fn app() -> anyhow::Result<App> {
    let answer = |_: reqwest::Request| {
        let mut answer = http::Response::new(NOT_FOUND);
        *answer.status_mut() = StatusCode::NOT_FOUND;
        std::future::ready(Ok::<_, Broken>(reqwest::Response::from(answer)))
    };
    let config = config(None)?;
    let outside = Outside {
        transport: Transport::new(tower::service_fn(answer)),
        clock: Clock::system(),
        rng: Rng::seeded(1),
    };
    assemble(config, outside)
}

/// The application, over a Twilio at this address.
pub(crate) fn app_on(twilio: &str) -> anyhow::Result<App> {
    let config = config(Some(twilio))?;
    let outside = Outside {
        transport: app::network(&config.general)?,
        clock: Clock::system(),
        rng: Rng::seeded(1),
    };
    assemble(config, outside)
}

fn config(twilio: Option<&str>) -> anyhow::Result<Config> {
    let sid = |prefix: &str| format!("{prefix}{}", "0".repeat(32));
    let config = Config::read(|name| match name {
        "ACCOUNT_SID" => Some(sid("AC")),
        "AUTH_TOKEN" => Some(TOKEN.to_owned()),
        "WORKSPACE_SID" => Some(sid("WS")),
        "SYNC_SERVICE_SID" => Some(sid("IS")),
        "PUBLIC_URL" => Some(PUBLIC_URL.to_owned()),
        "DRAIN_LINGER" => Some("0".to_owned()),
        "TWILIO_BASE_URL" => twilio.map(str::to_owned),
        _ => None,
    });
    config.map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

/// The floor: reads the body, decodes the form, checks the signature, answers 204. No limit, no deadline, no request
/// id, no metrics, no log.
pub(crate) fn floor() -> Option<Router> {
    let key = Arc::new(Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).ok()?);
    Some(Router::new().route(PATH, post(check)).with_state(key))
}

async fn check(
    State(key): State<Arc<Hmac<Sha1>>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut fields: Vec<_> = form_urlencoded::parse(&body).collect();
    fields.sort();
    let mut mac = (*key).clone();
    mac.update(PUBLIC_URL.as_bytes());
    mac.update(
        uri.path_and_query()
            .map_or("/", |target| target.as_str())
            .as_bytes(),
    );
    for (name, value) in &fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let sent = headers
        .get(signature::HEADER)
        .and_then(|sent| STANDARD.decode(sent).ok());
    match sent {
        Some(sent) if mac.verify_slice(&sent).is_ok() => StatusCode::NO_CONTENT,
        _ => StatusCode::FORBIDDEN,
    }
}
