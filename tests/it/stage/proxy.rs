//! A proxy between Twilio and the replicas that touches the URL.

use axum::{
    Router,
    extract::{OriginalUri, Request},
};
use http::Uri;
use tower::{ServiceExt, service_fn};

/// What a proxy makes of path and query.
pub(crate) type Proxy = fn(&str) -> String;

/// The routes behind the proxy.
pub(super) fn behind(proxy: Option<Proxy>, routes: Router) -> Router {
    let Some(proxy) = proxy else {
        return routes;
    };
    Router::new().fallback_service(service_fn(move |mut request: Request| {
        let target = request.uri().path_and_query().map_or("/", |it| it.as_str());
        let changed: Uri = proxy(target).parse().expect("a target");
        *request.uri_mut() = changed;
        request.extensions_mut().remove::<OriginalUri>();
        routes.clone().oneshot(request)
    }))
}

/// One that sorts the parameters, so that its cache knows them again.
pub(crate) fn sorts(target: &str) -> String {
    in_order(target, |pairs| pairs.sort_unstable())
}

/// One that hands them on in any other order.
pub(crate) fn reverses(target: &str) -> String {
    in_order(target, |pairs| pairs.reverse())
}

fn in_order(target: &str, order: impl Fn(&mut Vec<&str>)) -> String {
    target.split_once('?').map_or_else(
        || target.to_owned(),
        |(path, query)| {
            let mut pairs = query.split('&').collect();
            order(&mut pairs);
            format!("{path}?{}", pairs.join("&"))
        },
    )
}
