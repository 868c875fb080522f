//! The doctor on the stage: `switchboard check` with this Twilio and these replicas, in virtual time.

use axum::{
    Router,
    body::{Body, to_bytes},
};
use http::Request;
use switchboard::{
    app::Config,
    app::Outside,
    cli::check::{Report, Scene, examine},
    clock::Clock,
    rng::Rng,
    twilio::transport::{Broken, Transport},
};
use tower::{ServiceExt, service_fn};

use super::{
    PUBLIC_URL, Stage,
    proxy::{Proxy, behind},
};

/// An API key of the account, and its secret.
pub(crate) const API_KEY: &str = "SK000000000000000000000000000000aa";
pub(crate) const API_SECRET: &str = "the-secret-of-the-api-key";

impl Stage {
    /// What the doctor says who has the configuration that the server has.
    pub(crate) async fn examined(&self) -> Report {
        self.examined_as(|_| ()).await
    }

    /// What the doctor says who has another configuration than the server.
    pub(crate) async fn examined_as(&self, change: impl FnOnce(&mut Config)) -> Report {
        let mut config = self.replicas[0].config().clone();
        change(&mut config);
        self.examined_at(config, to(self.router())).await
    }

    /// What the doctor says of any server.
    pub(crate) async fn examined_at(&self, config: Config, site: Transport) -> Report {
        let clock = Clock::starting_at(self.emulator.now());
        self.examined_by(clock, config, site).await
    }

    /// What the doctor says whose clock is another than Twilio's.
    pub(crate) async fn examined_with(&self, clock: Clock) -> Report {
        let site = to(self.router());
        self.examined_by(clock, self.config().clone(), site).await
    }

    async fn examined_by(&self, clock: Clock, config: Config, site: Transport) -> Report {
        let outside = Outside {
            transport: self.emulator.transport(),
            clock,
            rng: Rng::seeded(1),
        };
        Box::pin(async { examine(&Scene::new(config, outside, site).await, |_| ()).await }).await
    }

    /// What the doctor says of the server behind a proxy.
    pub(crate) async fn examined_behind(&self, proxy: Proxy) -> Report {
        let routes = behind(Some(proxy), self.router());
        self.examined_at(self.config().clone(), to(routes)).await
    }

    /// What the server was told.
    pub(crate) fn config(&self) -> &Config {
        self.replicas[0].config()
    }
}

/// The way to a server in this process, at [`PUBLIC_URL`]; nothing else is on this web.
pub(crate) fn to(router: Router) -> Transport {
    Transport::new(service_fn(move |request: reqwest::Request| {
        let router = router.clone();
        async move {
            if !request.url().as_str().starts_with(PUBLIC_URL) {
                return Err(Broken::Refused("nothing listens there".into()));
            }
            let mut request: Request<Body> = http::Request::try_from(request)
                .expect("a request")
                .map(Body::new);
            let path = request.uri().path_and_query().expect("a path").clone();
            *request.uri_mut() = path.into();
            let answer = router.oneshot(request).await;
            let (parts, body) = answer.expect("an answer").into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            Ok(reqwest::Response::from(http::Response::from_parts(
                parts, body,
            )))
        }
    }))
}
