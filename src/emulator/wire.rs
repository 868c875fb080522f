//! How REST requests reach the emulator: in process through a [`Transport`], or over TCP through a router.
//!
//! Over TCP the products share one port: the first segment of the path names the product
//! (`http://127.0.0.1:4010/sync/v1/…`), or the `Host` does, or the path itself tells (`/2010-04-01` is the API,
//! `/v1/Services` Sync, …). In process the URL's host decides. Either way the weather strikes here, and every
//! exchange is kept for the contract test, which holds it against Twilio's own OpenAPI files.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    response::IntoResponse,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use serde_json::Value;
use tokio::time::sleep;

use super::{
    Emulator, RestTrouble,
    journal::Event,
    rest::{self, Product, Refusal, RestAnswer, RestRequest},
    world::World,
};
use crate::twilio::transport::{Broken, Transport};

/// The most that is read of one request.
const REQUEST_LIMIT: usize = 1 << 20;

/// How long a hanging answer hangs at most; every caller has given up by then.
const FOR_EVER: Duration = Duration::from_mins(10);

/// One REST request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// `api`, `sync`, `taskrouter` or `iam`.
    pub product: &'static str,
    /// The path below the product's base, as sent.
    pub path: String,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The form.
    pub form: Vec<(String, String)>,
    /// Whether it came with `If-Match`.
    pub conditional: bool,
    /// The answer's status.
    pub status: u16,
    /// The answer's body; never the token that IAM was asked about.
    pub body: Option<Value>,
    /// Whether a fault answered instead of the emulator.
    pub weather: bool,
}

impl Emulator {
    /// A transport whose other end is this emulator, in the same process.
    #[must_use]
    pub fn transport(&self) -> Transport {
        let emulator = self.clone();
        Transport::new(tower::service_fn(move |request: reqwest::Request| {
            let emulator = emulator.clone();
            async move { emulator.carry(request).await }
        }))
    }

    /// What answers REST requests over TCP, and the remote control under `/control`.
    pub fn router(&self) -> Router {
        let emulator = self.clone();
        let rest = move |request: Request<Body>| {
            let emulator = emulator.clone();
            async move { emulator.over_tcp(request).await }
        };
        self.remote().fallback(rest)
    }

    /// Answers one REST request as Twilio would, at once and in any weather.
    #[must_use]
    pub fn rest(&self, request: &Request<Bytes>) -> Response<Bytes> {
        match decode(request) {
            Some(request) => self.reply(self.answer(&request)),
            None => self.reply(Refusal::not_found(request.uri().path()).into()),
        }
    }

    async fn carry(&self, request: reqwest::Request) -> Result<reqwest::Response, Broken> {
        let request = http::Request::<reqwest::Body>::try_from(request)?;
        let (parts, body) = request.into_parts();
        let body = Bytes::copy_from_slice(body.as_bytes().unwrap_or_default());
        let request = Request::from_parts(parts, body);
        let emulator = self.clone();
        // A caller who gives up does not call back what is on its way: the request travels by itself.
        let travel = tokio::spawn(async move { emulator.in_weather(&request).await });
        let answer = travel.await.map_err(|error| Broken::Lost(error.into()))??;
        Ok(answer.map(reqwest::Body::from).into())
    }

    async fn over_tcp(&self, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, REQUEST_LIMIT).await else {
            return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        };
        let request = Request::from_parts(parts, body);
        Ok(match self.in_weather(&request).await {
            Ok(answer) => answer.map(Body::from),
            // A body that breaks off is how a server can break a connection.
            Err(broken) => Response::new(Body::from_stream(futures_util::stream::once(
                std::future::ready(Err::<Bytes, _>(broken)),
            ))),
        })
    }

    async fn in_weather(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        let half = self.0.latency / 2;
        sleep(half).await;
        if is_retired(request.uri().host().unwrap_or_default()) {
            return Err(Broken::Refused("a region needs its edge".into()));
        }
        let Some(rest) = decode(request) else {
            return Ok(self.rest(request));
        };
        let product = rest.product.name();
        let trouble = self
            .weather()
            .rest(rest.method.as_str(), product, &rest.path);
        if let Some(trouble) = trouble {
            let text = format!("REST {} {product} {}: {trouble:?}", rest.method, rest.path);
            self.note(Event::Weather { text });
        }
        match trouble {
            Some(RestTrouble::Answer(status, code)) => {
                let answer = Refusal::new(status, code, "The weather is bad").into();
                self.with(|world| keep(world, usize::MAX, &rest, &answer, true));
                sleep(half).await;
                return Ok(self.reply(answer));
            }
            Some(RestTrouble::Hang) => {
                sleep(FOR_EVER).await;
                return Err(Broken::Lost("nothing came".into()));
            }
            Some(RestTrouble::Refused) => return Err(Broken::Refused("refused".into())),
            Some(RestTrouble::Reset) => return Err(Broken::Lost("reset".into())),
            Some(RestTrouble::Slow(late)) => sleep(late).await,
            _ => {}
        }
        let answer = self.answer(&rest);
        match trouble {
            Some(RestTrouble::LostHanging) => sleep(FOR_EVER).await,
            _ => sleep(half).await,
        }
        match trouble {
            Some(RestTrouble::Lost | RestTrouble::LostHanging) => {
                Err(Broken::Lost("the answer was lost".into()))
            }
            _ => Ok(self.reply(answer)),
        }
    }

    fn answer(&self, request: &RestRequest) -> RestAnswer {
        self.with(|world| {
            let place = world.journal.len();
            let answer = rest::route(world, request);
            keep(world, place, request, &answer, false);
            answer
        })
    }

    /// The time as HTTP writes it (RFC 9110, section 5.6.7).
    fn date(&self) -> String {
        let now = self.0.clock.now().to_zoned(jiff::tz::TimeZone::UTC);
        now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn reply(&self, answer: RestAnswer) -> Response<Bytes> {
        let number = u128::from_be_bytes(self.0.rng.bytes());
        let mut reply = Response::builder()
            .status(answer.status)
            .header("twilio-request-id", format!("RQ{number:032x}"))
            .header("twilio-concurrent-requests", "1")
            .header(header::DATE, self.date());
        if let Some(etag) = answer.etag {
            reply = reply.header(header::ETAG, etag);
        }
        let body = match answer.body {
            Some(body) => {
                let media = answer.media.as_ref();
                let kind = media.map_or("application/json", |media| media.kind);
                reply = reply
                    .header(header::CONTENT_TYPE, kind)
                    .header(header::CONTENT_LENGTH, body.len());
                if let Some(part) = media.and_then(|media| media.part.as_ref()) {
                    reply = reply.header(header::CONTENT_RANGE, part);
                }
                body
            }
            None => Bytes::new(),
        };
        reply.body(body).unwrap_or_default()
    }
}

/// Writes an exchange into the journal, before what came of it, and keeps it for the contract test.
fn keep(
    world: &mut World,
    place: usize,
    request: &RestRequest,
    answer: &RestAnswer,
    weather: bool,
) {
    // Who watches a day of a hundred thousand requests does not ask for the names of their fields.
    let fields = request.query.iter().chain(&request.form);
    let fields = fields.filter(|_| world.watcher.is_none());
    let code = if answer.status >= 400 {
        answer.json()["code"].as_u64()
    } else {
        None
    };
    let event = Event::Rest {
        method: request.method.to_string(),
        product: request.product.name(),
        path: request.path.clone(),
        keys: fields.map(|(name, _)| name.clone()).collect(),
        status: answer.status,
        code,
    };
    if world.watcher.is_some() {
        return world.note(event);
    }
    let now = world.now();
    world.journal.write_before(place, now, event);
    if !world.keeps_exchanges {
        return;
    }
    world.exchanges.push(Exchange {
        method: request.method.to_string(),
        product: request.product.name(),
        path: request.path.clone(),
        query: request.query.clone(),
        form: request.form.clone(),
        conditional: request.if_match.is_some(),
        status: answer.status,
        body: answer.body.as_ref().map(|_| answer.json()),
        weather,
    });
}

/// Reads an HTTP request; `None` if no product is meant.
fn decode(request: &Request<Bytes>) -> Option<RestRequest> {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (product, base_url, path) = place(request.uri(), text(header::HOST))?;
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect();
    Some(RestRequest {
        method: request.method().clone(),
        product,
        path,
        query: pairs(request.uri().query().unwrap_or_default().as_bytes()),
        form: if kind.starts_with("application/x-www-form-urlencoded") {
            pairs(request.body())
        } else {
            Vec::new()
        },
        json: kind
            .starts_with("application/json")
            .then(|| serde_json::from_slice(request.body()).ok())
            .flatten(),
        if_match: text(header::IF_MATCH).map(str::to_owned),
        range: text(header::RANGE).map(str::to_owned),
        authorization: text(header::AUTHORIZATION).map(str::to_owned),
        base_url,
    })
}

/// Whether a host names a region without an edge, which Twilio refuses since 2026-04-28 (Twilio: "API domain migration
/// guide"). The token service alone goes by realm.
fn is_retired(host: &str) -> bool {
    let labels = host.strip_suffix(".twilio.com").unwrap_or_default();
    let region = labels
        .split_once('.')
        .filter(|(product, _)| *product != "iam");
    region.is_some_and(|(_, region)| !region.contains('.'))
}

/// Which product a URL means, what its absolute links start with, and the path below that.
fn place(uri: &Uri, host: Option<&str>) -> Option<(Product, String, String)> {
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.authority().map(http::uri::Authority::as_str).or(host)?;
    let base = format!("{scheme}://{host}");
    let path = uri.path();
    let (first, rest) = path[1.min(path.len())..].split_once('/')?;
    if let Some(product) = Product::named(first) {
        return Some((product, format!("{base}/{first}"), format!("/{rest}")));
    }
    let label = host.split('.').next().unwrap_or_default();
    let product = Product::named(label).or_else(|| by_path(first, rest))?;
    Some((product, base, path.to_owned()))
}

fn by_path(first: &str, rest: &str) -> Option<Product> {
    match (first, rest.split('/').next()) {
        ("2010-04-01", _) => Some(Product::Api),
        ("v1", Some("Services")) => Some(Product::Sync),
        ("v1", Some("Workspaces")) => Some(Product::TaskRouter),
        ("v1", Some("Accounts")) => Some(Product::Iam),
        ("v1", Some("Configuration")) => Some(Product::Flex),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(url: &str, host: Option<&str>) -> Option<(&'static str, String, String)> {
        let uri: Uri = url.parse().unwrap();
        place(&uri, host).map(|(product, base, path)| (product.name(), base, path))
    }

    #[test]
    fn a_region_without_its_edge_is_no_host_any_more() {
        for host in ["api.ie1.twilio.com", "sync.us1.twilio.com"] {
            assert!(is_retired(host), "{host}");
        }
        for host in [
            "api.twilio.com",
            "api.dublin.ie1.twilio.com",
            "iam.stage.twilio.com",
            "127.0.0.1",
            "twilio.com",
        ] {
            assert!(!is_retired(host), "{host}");
        }
    }

    #[test]
    fn the_product_is_found_by_folder_host_or_path() {
        let local = Some("127.0.0.1:4010");
        let asked = [
            placed("/sync/v1/Services/IS1/Maps", local),
            placed(
                "https://taskrouter.dublin.ie1.twilio.com/v1/Workspaces/WS1",
                None,
            ),
            placed("/2010-04-01/Accounts/AC1/Calls.json", local),
            placed("/v1/Accounts/AC1/Tokens/validate", local),
        ];
        let products: Vec<_> = asked.iter().flatten().map(|found| found.0).collect();
        assert_eq!(products, ["sync", "taskrouter", "api", "iam"]);
        let (_, base, path) = asked[0].clone().unwrap();
        assert_eq!(
            (base.as_str(), path.as_str()),
            ("http://127.0.0.1:4010/sync", "/v1/Services/IS1/Maps")
        );
        assert!(placed("/nowhere/at/all", local).is_none());
    }
}
