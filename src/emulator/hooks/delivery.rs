//! One webhook's way: signed, sent, perhaps repeated, perhaps caught in the weather, answered or given up.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::{Failure, Method, Send, overrides::Overrides};
use crate::{
    emulator::{Emulator, HookTrouble, Line, Settings, journal::Event},
    twilio::{sid::CallSid, signature, transport::Broken},
};

impl Emulator {
    /// Sends a webhook whose answer changes nothing. A failure goes to the journal.
    pub(in crate::emulator) async fn deliver(&self, send: Send) {
        let (call, name) = (send.call, send.name);
        if let Err(failure) = self.ask(send).await {
            self.warn(call, failure.code(), format!("{name}: {}", failure.text()));
        }
    }

    /// Puts a line into what would be the account's error log.
    pub(in crate::emulator) fn warn(&self, call: Option<CallSid>, code: u32, text: String) {
        self.note(Event::Warning { call, code, text });
    }

    /// Sends a webhook, with repeats where Twilio repeats, and brings the application's 2xx answer.
    pub(in crate::emulator) async fn ask(&self, send: Send) -> Result<Response<Bytes>, Failure> {
        self.ask_within(send, Overrides::default().total).await
    }

    /// As [`Emulator::ask`], where Twilio waits less long than for others.
    pub(in crate::emulator) async fn ask_within(
        &self,
        send: Send,
        limit: Duration,
    ) -> Result<Response<Bytes>, Failure> {
        let (url, overrides) = Overrides::of(&send.hook.url);
        let overrides = overrides.within(limit);
        let (url, request) = self.signed(&url, &send);
        let path = tail(&url).to_owned();
        let method = send.hook.method.name();
        let trouble = self.weather().webhook(method, &path, send.document);
        if let Some(trouble) = trouble {
            let text = format!("{} {trouble:?}", send.name);
            self.note(Event::Weather { text });
        }
        match trouble {
            Some(HookTrouble::Dropped) => return Err(Failure::Dropped),
            Some(HookTrouble::Delayed(late)) => self.0.clock.sleep(late).await,
            Some(HookTrouble::Repeated(more)) => {
                (0..more).for_each(|_| self.repeat(&url, &request, &send));
            }
            _ => {}
        }
        self.note(Event::Webhook {
            call: send.call,
            name: send.name,
            method,
            path: path.clone(),
        });
        let outcome = self.attempts(&url, &request, &overrides, trouble).await;
        self.note(Event::Answered {
            call: send.call,
            name: send.name,
            path,
            outcome: match &outcome {
                Ok(reply) => Ok(reply.status().as_u16()),
                Err(Failure::Status(status)) => Ok(*status),
                Err(failure) => Err(failure.text()),
            },
        });
        outcome
    }

    /// Delivers the same webhook once more, some time within the next two seconds.
    fn repeat(&self, url: &str, request: &Request<Bytes>, send: &Send) {
        let (emulator, url, request) = (self.clone(), url.to_owned(), request.clone());
        let wait = Duration::from_millis(self.0.rng.below(2_000));
        let (call, name, method) = (send.call, send.name, send.hook.method.name());
        self.lock().on_the_way += 1;
        self.spawn(async move {
            emulator.0.clock.sleep(wait).await;
            emulator.with(|world| {
                let path = tail(&url).to_owned();
                world.note(Event::Webhook {
                    call,
                    name,
                    method,
                    path,
                });
            });
            let limits = Overrides::default();
            let _ = emulator.attempt(&url, request, &limits, limits.total).await;
            emulator.lock().on_the_way -= 1;
        });
    }

    async fn attempts(
        &self,
        url: &str,
        request: &Request<Bytes>,
        overrides: &Overrides,
        trouble: Option<HookTrouble>,
    ) -> Result<Response<Bytes>, Failure> {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            let left = overrides.total.saturating_sub(begun.elapsed());
            let outcome = match trouble {
                Some(HookTrouble::Refused) if tries == 0 => {
                    sleep(self.0.latency).await;
                    Err(Failure::Refused)
                }
                Some(HookTrouble::Lost) if tries == 0 => self
                    .attempt(url, request.clone(), overrides, left)
                    .await
                    .and(Err(Failure::Lost)),
                _ => self.attempt(url, request.clone(), overrides, left).await,
            };
            let again = match outcome {
                Ok(_) => false,
                Err(failure) => {
                    tries < overrides.retries
                        && begun.elapsed() < overrides.total
                        && overrides.retries_after(failure)
                }
            };
            if !again {
                return outcome;
            }
            tries += 1;
        }
    }

    async fn attempt(
        &self,
        url: &str,
        mut request: Request<Bytes>,
        overrides: &Overrides,
        left: Duration,
    ) -> Result<Response<Bytes>, Failure> {
        sleep(self.0.latency / 2).await;
        if let Some((kind, text)) = self.lock().bins.get(url).cloned() {
            return Ok(bin(&kind, text));
        }
        let (line, target) = self.line_to(url).ok_or(Failure::Refused)?;
        *request.uri_mut() = target.parse().map_err(|_| Failure::Refused)?;
        let travelling =
            AbortOnDropHandle::new(tokio::spawn(async move { line.carry(request).await }));
        let reply = match timeout(left.min(overrides.read), travelling).await {
            Err(_) => Err(Failure::Late),
            Ok(Ok(Ok(reply))) => Ok(reply),
            Ok(Ok(Err(Broken::Refused(_)))) => Err(Failure::Refused),
            Ok(Ok(Err(Broken::Lost(_)))) => Err(Failure::Lost),
            Ok(Err(error)) => {
                if error.is_panic() {
                    self.lost_a_thread(Some(tail(url)));
                }
                Err(Failure::Lost)
            }
        };
        sleep(self.0.latency / 2).await;
        let reply = reply?;
        if reply.status().is_success() {
            Ok(reply)
        } else {
            Err(Failure::Status(reply.status().as_u16()))
        }
    }

    /// The line and what it must ask for, if `url` is the application's.
    fn line_to(&self, url: &str) -> Option<(Line, String)> {
        let line = self.line()?;
        let target = line.target(url)?;
        Some((line, target))
    }

    /// The request, and the URL it goes to: for a GET the form is part of that.
    fn signed(&self, url: &str, send: &Send) -> (String, Request<Bytes>) {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&send.fields)
            .finish();
        let posted = send.hook.method == Method::Post;
        let url = match url.find('?') {
            _ if posted || form.is_empty() => url.to_owned(),
            Some(_) => format!("{url}&{form}"),
            None => format!("{url}?{form}"),
        };
        let (body, fields) = if posted {
            let fields = send.fields.iter();
            let fields = fields.map(|(name, value)| ((*name).into(), value.into()));
            (form, fields.collect())
        } else {
            (String::new(), vec![])
        };
        let world = self.lock();
        let (signature, settings) = signed_by(&world.settings, &url, &fields);
        let delivery = world.rng.uuid(world.now()).to_string();
        let mut request = Request::builder()
            .method(send.hook.method.name())
            .header(signature::HEADER, signature)
            .header("i-twilio-idempotency-token", delivery)
            .header("x-home-region", world.settings.region.as_str())
            .header("user-agent", "TwilioProxy/1.1")
            .header("accept", "*/*");
        if let Some(settings) = settings {
            request = request.header(signature::SETTINGS_HEADER, settings);
        }
        if posted {
            request = request.header(
                CONTENT_TYPE,
                "application/x-www-form-urlencoded; charset=utf-8",
            );
        }
        let request = request.body(Bytes::from(body));
        (url, request.unwrap_or_default())
    }
}

/// The signature of a webhook, and what it was made with if that is not the auth token. A webhook rule's shared key
/// comes first (Twilio: "Sign webhooks with shared keys").
fn signed_by(
    settings: &Settings,
    url: &str,
    fields: &[signature::Field<'_>],
) -> (String, Option<String>) {
    if let Some(key) = &settings.webhook_key {
        let (signature, settings) = signature::sign_with_key(key, url, fields);
        return (signature, Some(settings));
    }
    let token = settings.auth_tokens.first();
    let signature = token.map(|token| signature::sign(token, url, fields));
    (signature.unwrap_or_default(), None)
}

/// An answer from the web outside, such as a TwiML Bin.
fn bin(kind: &str, text: String) -> Response<Bytes> {
    let reply = Response::builder().header(CONTENT_TYPE, kind);
    reply.body(Bytes::from(text)).unwrap_or_default()
}

/// Path and query of an absolute URL.
fn tail(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or("/", |at| &url[after + at..])
}
