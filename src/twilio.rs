//! The thin REST client: identifiers, parties and signatures, and one [`Twilio`] that sends every request.
//!
//! A handle for a family of resources ([`resource`]) builds a [`request::Request`]; `Twilio::send` is the only
//! place that sends one. Around the [`transport::Transport`] it puts, from the outside in: the deadline, the retry
//! rule ([`retry`]), a limit for each attempt, and the credentials, which go to Twilio's own hosts only.

pub mod deadline;
pub mod error;
pub mod host;
mod open;
pub mod page;
pub mod party;
pub mod request;
pub mod resource;
pub mod retry;
pub mod sid;
pub mod signature;
pub mod transport;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

use crate::chance::Chance;
use deadline::Deadline;
use error::{ApiError, Error};
use host::{Hosts, Product};
use page::Pages;
use request::Request;
use retry::{Budget, Outcome, Verdict, verdict};
use sid::{AccountSid, SyncServiceSid, WorkspaceSid};
use transport::{Broken, Transport};

/// The longest one attempt may take: a second one still fits into a voice webhook's time.
const ATTEMPT: Duration = Duration::from_secs(3);

/// What the client needs to know of the account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account whose resources we use.
    pub account: AccountSid,
    /// Who signs in: the account itself or one of its API keys.
    pub user: String,
    /// The user's auth token or the key's secret.
    pub password: SecretString,
    /// The Flex workspace.
    pub workspace: WorkspaceSid,
    /// The Sync service that Flex plugins read.
    pub sync_service: SyncServiceSid,
    /// Where the products live.
    pub hosts: Hosts,
}

/// One finished attempt, for whoever counts them.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Which product was asked.
    pub product: Product,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The status, or `None` when no answer came.
    pub status: Option<u16>,
}

/// Told of every attempt.
pub type Observer = Arc<dyn Fn(Attempt) + Send + Sync>;

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Twilio(Arc<Inner>);

struct Inner {
    settings: Settings,
    authorization: HeaderValue,
    transport: Transport,
    chance: Chance,
    budgets: [Budget; Product::ALL.len()],
    /// By product: an API key may be good for one and not for another.
    refused: [AtomicBool; Product::ALL.len()],
    observer: Option<Observer>,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Twilio({:?})", self.0.settings.account)
    }
}

/// A good answer: its body, and the revision it carries.
#[derive(Debug)]
pub(crate) struct Answer {
    body: Bytes,
    etag: Option<String>,
}

impl Answer {
    /// Decodes the body; a failure says where.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // Keeping track of the place costs half as much again, so it is done for what fails.
        serde_json::from_slice(&self.body).or_else(|_| {
            let mut json = serde_json::Deserializer::from_slice(&self.body);
            serde_path_to_error::deserialize(&mut json).map_err(|error| Error::Garbled {
                path: error.path().to_string(),
                source: error.into_inner(),
            })
        })
    }

    /// The body as it came.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The revision, without the quotes or the weak mark an intermediary may have added.
    pub(crate) fn revision(&self) -> Option<&str> {
        self.etag
            .as_deref()
            .map(|etag| etag.trim_start_matches("W/").trim_matches('"'))
    }
}

impl Twilio {
    /// A client over `transport`.
    #[must_use]
    pub fn new(
        settings: Settings,
        transport: Transport,
        chance: Chance,
        observer: Option<Observer>,
    ) -> Self {
        let credentials = format!("{}:{}", settings.user, settings.password.expose_secret());
        let basic = format!("Basic {}", STANDARD.encode(credentials));
        let mut authorization =
            HeaderValue::try_from(basic).unwrap_or(HeaderValue::from_static("Basic"));
        authorization.set_sensitive(true);
        let budgets = Product::ALL.map(|_| Budget::full());
        let refused = Product::ALL.map(|_| AtomicBool::new(false));
        Self(Arc::new(Inner {
            settings,
            authorization,
            transport,
            chance,
            budgets,
            refused,
            observer,
        }))
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountSid {
        self.0.settings.account
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceSid {
        self.0.settings.workspace
    }

    /// The Sync service.
    #[must_use]
    pub fn sync_service(&self) -> SyncServiceSid {
        self.0.settings.sync_service
    }

    /// Whether the last answer of any product said that our credentials are no good.
    #[must_use]
    pub fn credentials_refused(&self) -> bool {
        let mut products = self.0.refused.iter();
        products.any(|refused| refused.load(Ordering::Relaxed))
    }

    pub(crate) fn pages<T: DeserializeOwned>(
        &self,
        first: Request,
        key: &'static str,
        by: Deadline,
    ) -> Pages<'_, T> {
        Pages::new(self, first, key, by)
    }

    /// Turns a next-page link into one we may follow with our credentials: on the product's own host.
    pub(crate) fn own_link(&self, product: Product, link: String) -> Result<String, Error> {
        let base = self.0.settings.hosts.base(product);
        let below = |link: &str| {
            link.strip_prefix(base)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        if link.starts_with('/') && !link.starts_with("//") || below(&link) {
            Ok(link)
        } else {
            let source = serde::de::Error::custom("the next page lies on another host");
            Err(Error::Garbled {
                path: "next page".to_owned(),
                source,
            })
        }
    }

    /// Sends a request, again where that is safe, until an answer comes or the deadline.
    pub(crate) async fn send(&self, request: &Request, by: Deadline) -> Result<Answer, Error> {
        let mut attempt = 1;
        let mut unclear = false;
        loop {
            let result = self.attempt(request, by).await;
            let outcome = outcome(&result);
            let last = match result {
                Err(error) if unclear && error.nothing_happened() => {
                    Err(Error::AfterUnclear(Box::new(error)))
                }
                other => other,
            };
            if let Err(error) = &last {
                unclear |= request.method != http::Method::GET && !error.nothing_happened();
            }
            let fraction = self.0.chance.fraction();
            let budget = &self.0.budgets[request.product as usize];
            match verdict(outcome, request.repeatable, attempt, by.left(), fraction) {
                Verdict::After(wait) if budget.spend() => {
                    tracing::debug!(product = %request.product, attempt, outcome = %outcome, wait_seconds = wait.as_secs_f64(), "asking Twilio again");
                    tokio::time::sleep(wait).await;
                }
                _ => {
                    if last.is_ok() {
                        budget.earn();
                    }
                    return last;
                }
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, request: &Request, by: Deadline) -> Result<Answer, Error> {
        let limit = by.left().min(ATTEMPT);
        if limit.is_zero() {
            return Err(Error::Late);
        }
        let sent = async {
            let mut response = self.0.transport.send(self.wire(request)?).await?;
            let status = response.status().as_u16();
            let headers = std::mem::take(response.headers_mut());
            let body = response
                .bytes()
                .await
                .map_err(|error| Broken::Lost(error.without_url().into()))?;
            Ok::<_, Broken>((status, headers, body))
        };
        let result = match tokio::time::timeout(limit, sent).await {
            Err(_) => Err(Error::Late),
            Ok(Err(broken)) => Err(Error::Unreachable(broken)),
            Ok(Ok((status, headers, body))) => judge(status, &headers, body),
        };
        self.observe(request, &result);
        result
    }

    fn observe<T>(&self, request: &Request, result: &Result<T, Error>) {
        let status = match result {
            Ok(_) => Some(200),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.note_refusal(request.product, status == 401);
        }
        let method = match request.method {
            http::Method::GET => "GET",
            http::Method::DELETE => "DELETE",
            _ => "POST",
        };
        if let Some(observer) = &self.0.observer {
            observer(Attempt {
                product: request.product,
                method,
                status,
            });
        }
    }

    /// One line when a product begins to refuse our credentials, and one when it takes them again.
    fn note_refusal(&self, product: Product, refused: bool) {
        let was = self.0.refused[product as usize].swap(refused, Ordering::Relaxed);
        match (was, refused) {
            (false, true) => tracing::error!(
                %product,
                "Twilio refuses our credentials: check ACCOUNT_SID, AUTH_TOKEN, API_KEY and API_SECRET"
            ),
            (true, false) => tracing::info!(%product, "Twilio takes our credentials again"),
            _ => {}
        }
    }

    fn wire(&self, request: &Request) -> Result<reqwest::Request, Broken> {
        let url = request.url(self.0.settings.hosts.base(request.product));
        let url = reqwest::Url::parse(&url).map_err(|error| Broken::Refused(error.into()))?;
        let mut wire = reqwest::Request::new(request.method.clone(), url);
        let headers = wire.headers_mut();
        headers.insert(header::AUTHORIZATION, self.0.authorization.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(revision) = &request.if_match {
            let revision =
                HeaderValue::try_from(revision).map_err(|error| Broken::Refused(error.into()))?;
            headers.insert(header::IF_MATCH, revision);
        }
        if let Some(range) = &request.range {
            let range =
                HeaderValue::try_from(range).map_err(|error| Broken::Refused(error.into()))?;
            headers.insert(header::RANGE, range);
        }
        if let Some(json) = &request.json {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            *wire.body_mut() = Some(json.to_string().into());
        } else if request.method == http::Method::POST {
            let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(header::CONTENT_TYPE, form_type);
            let mut form = form_urlencoded::Serializer::new(String::new());
            *wire.body_mut() = Some(form.extend_pairs(&request.form).finish().into());
        }
        Ok(wire)
    }
}

fn outcome<T>(result: &Result<T, Error>) -> Outcome {
    match result {
        Ok(_) | Err(Error::Garbled { .. }) => Outcome::Answered(200, None),
        Err(Error::Api(error)) => Outcome::Answered(error.status, None),
        Err(Error::Busy { retry_after }) => Outcome::Answered(429, *retry_after),
        Err(Error::Unreachable(Broken::Refused(_))) => Outcome::Refused,
        Err(Error::Unreachable(Broken::Lost(_)) | Error::Late | Error::AfterUnclear(_)) => {
            Outcome::Unknown
        }
    }
}

/// Both of Twilio's error shapes have `code`; the classic one calls its text `message`, RFC 9457 `detail`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: Option<u32>,
    message: Option<String>,
    detail: Option<String>,
}

/// Sorts an answer into good, busy and wrong.
fn judge(status: u16, headers: &HeaderMap, body: Bytes) -> Result<Answer, Error> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .map(str::to_owned)
    };
    if (200..300).contains(&status) {
        return Ok(Answer {
            body,
            etag: text("etag"),
        });
    }
    if status == 429 {
        let retry_after = text("retry-after")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        return Err(Error::Busy { retry_after });
    }
    let body: ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
    let message = body.message.or(body.detail).unwrap_or_default();
    Err(Error::Api(ApiError {
        status,
        code: body.code,
        message,
        request_id: text("twilio-request-id"),
    }))
}
