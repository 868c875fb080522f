//! Answers that are the same for every request: the guide, the front page, the OpenAPI description.
//!
//! Writing one takes tens of milliseconds of a thread that also answers callers, and a copy of it costs as much memory as
//! the page is long. Anybody may ask for them, and ask in crowds. So each is written once, before the server takes its
//! first connection ([`prepare`](super::prepare)), and every client that reads it slowly reads the same bytes.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::HeaderMap;

/// One answer, with status 200. Cheap to hand out.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    headers: HeaderMap,
    body: Bytes,
}

impl Fixed {
    pub(crate) fn new(headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn answer(&self) -> Response {
        let mut answer = Response::new(Body::from(self.body.clone()));
        answer.headers_mut().clone_from(&self.headers);
        answer
    }
}
