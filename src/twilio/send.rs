//! Sending a request: when, how often, and what an answer says besides what was asked.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Answer, Attempt, Seen, Twilio,
    deadline::Deadline,
    error::{ApiError, Error},
    host::Product,
    request::Request,
    resource::tasks_of::Questions,
    retry::{Outcome, Verdict, verdict},
    transport::Broken,
    turns,
};

/// The longest one attempt may take: a second one still fits into a voice webhook's time.
pub(super) const ATTEMPT: Duration = Duration::from_secs(3);

/// From how many seconds on a clock is so wrong that an operator should know.
const WRONG: i64 = 30;

/// How often a query by expression is sent at most.
const QUERIES: u32 = 5;

impl Twilio {
    /// The questions that wait to be asked together.
    pub(super) fn questions(&self) -> &Questions {
        &self.0.questions
    }

    /// Waits until a query by expression may be sent; `false` if that is not before the deadline.
    pub(super) async fn wait_for_turn(&self, request: &Request, by: Deadline) -> bool {
        match self.0.turns.of(request) {
            Some(queue) => queue.turn(by.left()).await,
            None => true,
        }
    }

    /// Sends a request, again where that is safe, until an answer comes or the deadline.
    pub(crate) async fn send(&self, request: &Request, by: Deadline) -> Result<Answer, Error> {
        match self.0.turns.of(request) {
            Some(queue) => Box::pin(self.send_in_turn(queue, request, by)).await,
            None => self.send_freely(request, by).await,
        }
    }

    /// Sends a query by expression when its turn has come. A refusal is everybody's, so it waits for another turn.
    async fn send_in_turn(
        &self,
        queue: &turns::Queue,
        request: &Request,
        by: Deadline,
    ) -> Result<Answer, Error> {
        let mut refused = Error::Busy { retry_after: None };
        for query in 0..QUERIES {
            let has_turn = query == 0 && request.in_turn;
            if !has_turn && !queue.turn(by.left()).await {
                break;
            }
            match self.send_freely(request, by).await {
                Err(Error::Busy { retry_after }) => {
                    queue.refused(retry_after, &self.0.rng);
                    refused = Error::Busy { retry_after };
                }
                other => {
                    queue.answered();
                    return other;
                }
            }
        }
        Err(refused)
    }

    async fn send_freely(&self, request: &Request, by: Deadline) -> Result<Answer, Error> {
        let limited = self.0.turns.of(request).is_some();
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
            let fraction = self.0.rng.fraction();
            let budget = &self.0.budgets[request.product as usize];
            if limited && matches!(outcome, Outcome::Answered(429, _)) {
                return last;
            }
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
            let asked = self.0.clock.uncorrected();
            let mut response = self.0.transport.send(self.wire(request)?).await?;
            let status = response.status().as_u16();
            let headers = std::mem::take(response.headers_mut());
            self.hear_the_time(asked, &headers);
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

    /// Twilio says what time it is.
    fn hear_the_time(&self, asked: Timestamp, headers: &HeaderMap) {
        let clock = &self.0.clock;
        let date = headers.get(header::DATE).and_then(|it| it.to_str().ok());
        let Some(date) = date.and_then(|it| jiff::fmt::rfc2822::parse(it).ok()) else {
            return;
        };
        let before = clock.ahead().as_secs();
        let answered = clock.uncorrected();
        let Some(ahead) = clock.observe(asked, answered, date.timestamp()) else {
            return;
        };
        let seconds = ahead.as_secs();
        if seconds.abs() > WRONG {
            tracing::warn!(
                clock.ahead_seconds = seconds,
                "this machine's clock is wrong; Twilio's time is used instead"
            );
        } else if before.abs() > WRONG {
            tracing::info!(
                clock.ahead_seconds = seconds,
                "this machine's clock agrees with Twilio's again"
            );
        }
        self.tell(Seen::ClockAhead(seconds));
    }

    pub(super) fn tell(&self, seen: Seen) {
        if let Some(observer) = &self.0.observer {
            observer(seen);
        }
    }

    pub(super) fn observe<T>(&self, request: &Request, result: &Result<T, Error>) {
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
        self.tell(Seen::Attempt(Attempt {
            product: request.product,
            method,
            status,
        }));
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

    pub(super) fn wire(&self, request: &Request) -> Result<reqwest::Request, Broken> {
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

pub(super) fn outcome<T>(result: &Result<T, Error>) -> Outcome {
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
pub(super) fn judge(status: u16, headers: &HeaderMap, body: Bytes) -> Result<Answer, Error> {
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
