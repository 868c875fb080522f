//! `PUBLIC_URL` with a path behind a proxy that keeps the path.
//!
//! A public URL such as `https://example.com/calls` leads through a proxy. Some take the path `/calls` off before they
//! hand a request on, some do not. Both are served: a request that still has the path loses it here, before it is
//! routed. What Twilio signed is the public URL with the rest of the path either way.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::{OriginalUri, Request},
    response::Response,
    routing::future::RouteFuture,
};
use http::Uri;
use tower::Service;
use url::Url;

/// The routes, below the path of `public_url` as well, if it has one. `paths` are those of the routes.
pub(crate) fn also_below(
    public_url: &str,
    paths: impl IntoIterator<Item = String>,
    routes: Router,
) -> Router {
    let path = Url::parse(public_url).map(|url| url.path().trim_end_matches('/').to_owned());
    let Some(prefix) = path.ok().filter(|path| !path.is_empty()) else {
        return routes;
    };
    Router::new().fallback_service(Below {
        prefix: prefix.into(),
        paths: Arc::new(paths.into_iter().collect()),
        routes,
    })
}

#[derive(Clone)]
struct Below {
    prefix: Arc<str>,
    paths: Arc<BTreeSet<String>>,
    routes: Router,
}

impl Below {
    /// The request's target without the prefix. A path that is one of our own as it stands has lost the prefix already,
    /// even if it begins with the same word.
    fn without_prefix(&self, uri: &Uri) -> Option<Uri> {
        if self.paths.contains(uri.path()) {
            return None;
        }
        let target = uri.path_and_query()?.as_str();
        let rest = target.strip_prefix(&*self.prefix)?;
        match rest.as_bytes().first() {
            Some(b'/') => rest.parse().ok(),
            Some(b'?') | None => format!("/{rest}").parse().ok(),
            Some(_) => None,
        }
    }
}

impl Service<Request> for Below {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Some(uri) = self.without_prefix(request.uri()) {
            // The signature is checked against what this says.
            request.extensions_mut().insert(OriginalUri(uri.clone()));
            *request.uri_mut() = uri;
        }
        self.routes.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_off_once_and_only_where_it_is_one() {
        let below = Below {
            prefix: "/callback".into(),
            paths: Arc::new(["/callback/recording".to_owned(), "/hold".to_owned()].into()),
            routes: Router::new(),
        };
        let rest = |target: &str| {
            let uri = below.without_prefix(&target.parse().unwrap());
            uri.map(|uri| uri.to_string())
        };
        assert_eq!(
            rest("/callback/hold?a=%20b").as_deref(),
            Some("/hold?a=%20b")
        );
        assert_eq!(rest("/callback").as_deref(), Some("/"));
        assert_eq!(rest("/callback?x=1").as_deref(), Some("/?x=1"));
        // Behind a proxy that takes the prefix off, this is the route itself; behind one that keeps it, this is.
        assert_eq!(rest("/callback/recording"), None);
        let kept = rest("/callback/callback/recording");
        assert_eq!(kept.as_deref(), Some("/callback/recording"));
        for other in ["/hold", "/callbacks/hold", "/x/callback/hold"] {
            assert_eq!(rest(other), None, "{other}");
        }
    }
}
