//! What Twilio may say out of turn: an event that comes once more, much later, or one that a story makes up.

use axum::body::Body;
use http::{Request, header};
use switchboard::twilio::signature;
use tower::ServiceExt;

use super::{PUBLIC_URL, Stage, TOKEN};

impl Stage {
    /// Twilio asks us something, signed; our answer.
    pub(crate) async fn hears_from_twilio(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (u16, String) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let url = format!("{PUBLIC_URL}{path}");
        let signed = signature::sign(&TOKEN.into(), &url, &signature::fields(body.as_bytes()));
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(signature::HEADER, signed)
            .body(Body::from(body));
        let answer = self.router().oneshot(request.expect("a request")).await;
        let (parts, body) = answer.expect("an answer").into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        let body = String::from_utf8_lossy(&body.expect("a body")).into_owned();
        (parts.status.as_u16(), body)
    }
}
