//! The line to the application: how webhooks travel from the emulator to it.
//!
//! Two forms, one type. In process, requests go into axum routers without a socket, so that paused time moves them;
//! several replicas stand behind one origin, one is drawn at random for each request, and one that was killed drops
//! what it was doing, as `kill -9` does. Over TCP, a reqwest client carries them. A line knows the application's
//! public origin: everything else on the web lies outside this small world, unless the line is [`Line::open`].

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response, header::HOST};
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{rng::Rng, twilio::transport::Broken};

type Reply = Result<Response<Bytes>, Broken>;
type Carrier = dyn Fn(Request<Bytes>) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync;

/// The most that is read of one answer: more than any document or track of a story.
const ANSWER_LIMIT: usize = 32 << 20;

/// How webhooks reach the application. Cheap to clone.
#[derive(Clone)]
pub struct Line {
    /// The application's public URL; `None`: webhooks go to whatever URL they are for.
    origin: Option<Arc<str>>,
    carrier: Arc<Carrier>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.origin.as_deref().unwrap_or("anywhere"))
    }
}

impl Line {
    /// A line that carries requests with `carry`. `origin` is the application's public URL (`https://example.com`,
    /// perhaps with a path); the requests that `carry` sees have what comes after it as their URI.
    pub fn new<F, R>(origin: &str, carry: F) -> Self
    where
        F: Fn(Request<Bytes>) -> R + Send + Sync + 'static,
        R: Future<Output = Reply> + Send + 'static,
    {
        Self {
            origin: Some(origin.trim_end_matches('/').into()),
            carrier: Arc::new(move |request| Box::pin(carry(request))),
        }
    }

    /// A line to one application in this process.
    #[must_use]
    pub fn router(origin: &str, router: Router) -> Self {
        Self::replicas(origin, &Replicas::new(vec![router], Rng::seeded(0)))
    }

    /// A line to several replicas in this process, one drawn for each request.
    #[must_use]
    pub fn replicas(origin: &str, replicas: &Replicas) -> Self {
        let replicas = replicas.clone();
        Self::new(origin, move |request| replicas.clone().carry(request))
    }

    /// A line over TCP to an application that listens at `target` (`http://127.0.0.1:8080`).
    #[must_use]
    pub fn network(origin: &str, target: &str, client: reqwest::Client) -> Self {
        let target = target.trim_end_matches('/').to_owned();
        Self::new(origin, move |request| {
            over_tcp(
                format!("{target}{}", request.uri()),
                request,
                client.clone(),
            )
        })
    }

    /// A line that carries every webhook to the URL it is for, wherever that is: for an emulator on its own.
    #[must_use]
    pub fn open(client: reqwest::Client) -> Self {
        Self {
            origin: None,
            carrier: Arc::new(move |request| {
                let url = request.uri().to_string();
                Box::pin(over_tcp(url, request, client.clone()))
            }),
        }
    }

    /// Whether it carries requests to any server, and knows none of its own.
    pub(super) fn goes_anywhere(&self) -> bool {
        self.origin.is_none()
    }

    /// What is asked for to get at `url`: path and query, or over an open line the whole URL. `None`: the URL is not
    /// the application's.
    pub(super) fn target(&self, url: &str) -> Option<String> {
        let Some(origin) = &self.origin else {
            return url.starts_with("http").then(|| url.to_owned());
        };
        let tail = url.strip_prefix(&**origin)?;
        match tail.chars().next() {
            Some('/') => Some(tail.to_owned()),
            Some('?') => Some(format!("/{tail}")),
            _ => None,
        }
    }

    /// What the `Host` header says; over an open line the client says it.
    fn host(&self) -> Option<&str> {
        let origin = self.origin.as_deref()?;
        let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
        rest.split('/').next()
    }

    pub(super) async fn carry(&self, mut request: Request<Bytes>) -> Reply {
        if let Some(Ok(host)) = self.host().map(str::parse) {
            request.headers_mut().insert(HOST, host);
        }
        (self.carrier)(request).await
    }
}

async fn over_tcp(url: String, request: Request<Bytes>, client: reqwest::Client) -> Reply {
    let (parts, body) = request.into_parts();
    let answer = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut reply = Response::builder().status(answer.status());
    if let Some(headers) = reply.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body = answer.bytes().await?;
    reply.body(body).map_err(|error| Broken::Lost(error.into()))
}

/// The replicas of the application behind one origin, in this process. Clones share them.
#[derive(Clone, Debug)]
pub struct Replicas {
    places: Arc<Mutex<Vec<Place>>>,
    rng: Rng,
}

/// Where a replica stands, as a load balancer knows it.
#[derive(Clone, Debug)]
enum Place {
    /// Requests are sent there.
    Open(Arc<Replica>),
    /// The replica is stopping and has said so: nothing more is sent there, and what it has in work goes on.
    Leaving(Arc<Replica>),
    /// Nothing listens there, and the balancer has not noticed.
    Dead,
}

#[derive(Debug)]
struct Replica {
    router: Router,
    killed: CancellationToken,
}

impl Replica {
    fn new(router: Router) -> Arc<Self> {
        Arc::new(Self {
            router,
            killed: CancellationToken::new(),
        })
    }
}

impl Replicas {
    /// As many replicas as there are routers, drawn from with `chance`.
    #[must_use]
    pub fn new(routers: Vec<Router>, rng: Rng) -> Self {
        let places = routers
            .into_iter()
            .map(Replica::new)
            .map(Place::Open)
            .collect();
        Self {
            places: Arc::new(Mutex::new(places)),
            rng,
        }
    }

    /// Kills one replica: what it was doing stops between two steps, and its place refuses connections.
    pub fn kill(&self, place: usize) {
        self.put(place, Place::Dead);
    }

    /// Starts a replica in a place, killing the one that stood there.
    pub fn start(&self, place: usize, router: Router) {
        self.put(place, Place::Open(Replica::new(router)));
    }

    /// The load balancer has seen that this replica is not ready: it sends nothing more there.
    pub fn take_out(&self, place: usize) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = places.get_mut(place)
            && let Place::Open(replica) = slot
        {
            *slot = Place::Leaving(Arc::clone(replica));
        }
    }

    fn put(&self, place: usize, replica: Place) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = places.get_mut(place)
            && let Place::Open(old) | Place::Leaving(old) = std::mem::replace(slot, replica)
        {
            old.killed.cancel();
        }
    }

    async fn carry(self, request: Request<Bytes>) -> Reply {
        let drawn = {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let known = places.iter().filter(|it| !matches!(it, Place::Leaving(_)));
            let known: Vec<_> = known.collect();
            let count = u64::try_from(known.len()).unwrap_or(0);
            let at = usize::try_from(self.rng.below(count)).unwrap_or(0);
            known.get(at).map(|it| Place::clone(it))
        };
        let Some(Place::Open(replica)) = drawn else {
            return Err(Broken::Refused("nobody listens".into()));
        };
        tokio::select! {
            biased;
            () = replica.killed.cancelled() => Err(Broken::Lost("the replica was killed".into())),
            reply = through(replica.router.clone(), request) => reply,
        }
    }
}

async fn through(router: Router, request: Request<Bytes>) -> Reply {
    let Ok(answer) = router.oneshot(request.map(Body::from)).await;
    let (parts, body) = answer.into_parts();
    let body = http_body_util::Limited::new(body, ANSWER_LIMIT)
        .collect()
        .await
        .map_err(Broken::Lost)?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}
