//! Which web pages may call the plugin's routes (CORS, Fetch standard): Flex, and no other.
//!
//! The exact origin is echoed, never `*`: a token in a form field would otherwise be usable from any page that got
//! hold of it. It stands outside our own layer, because a refusal made there must carry the headers too, or the plugin
//! could not read why it was refused; a browser's preflight is answered here and goes no further.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use super::REQUEST_ID;

/// How long a browser remembers that it may ask.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The layer for the plugin's routes.
pub(crate) fn layer(origins: &[String]) -> CorsLayer {
    let origins = origins
        .iter()
        .filter_map(|it| HeaderValue::from_str(it).ok());
    let headers: [HeaderName; 3] = [header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID];
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(headers)
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(REMEMBERED)
}
