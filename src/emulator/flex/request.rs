//! How the plugin's requests leave the browser, and what the browser shows of the answers.

use std::sync::PoisonError;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Browser, FlexError, Reply, TOKEN_LIFE, nobody};
use crate::{
    emulator::{Emulator, journal::Event},
    twilio::{sid::TaskSid, transport::Broken},
};

/// Where Flex is served from.
pub(super) const ORIGIN: &str = "https://flex.twilio.com";

impl Browser {
    /// Posts a form as `fetch` does: from Flex's origin, without credentials, with the agent's token.
    pub(super) async fn send(
        &self,
        path: &str,
        fields: &[(String, String)],
    ) -> Result<Reply, FlexError> {
        self.renew_token(&self.emulator()?)?;
        let form = "application/x-www-form-urlencoded;charset=UTF-8";
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, form)
            .body(Bytes::from(self.form(fields)));
        let task = fields.iter().find(|(name, _)| name == "taskSid");
        let task = task.and_then(|(_, value)| value.parse().ok());
        self.carry(request, task).await
    }

    /// Gets something, with the agent's token in the header where it belongs.
    pub(super) async fn fetch(&self, path: &str) -> Result<Reply, FlexError> {
        self.renew_token(&self.emulator()?)?;
        let bearer = format!("Bearer {}", self.token().expose_secret());
        let request = Request::get(path)
            .header(header::AUTHORIZATION, bearer)
            .body(Bytes::new());
        self.carry(request, None).await
    }

    async fn carry(
        &self,
        request: http::Result<Request<Bytes>>,
        task: Option<TaskSid>,
    ) -> Result<Reply, FlexError> {
        let emulator = self.emulator()?;
        let mut request =
            request.map_err(|error| FlexError::Network(Broken::Refused(error.into())))?;
        let origin = HeaderValue::from_static(ORIGIN);
        request.headers_mut().insert(header::ORIGIN, origin);
        let what = format!("{} {}", request.method(), request.uri().path());
        self.address(&mut request)?;
        let line = emulator.0.line.lock();
        let line = line.unwrap_or_else(PoisonError::into_inner).clone();
        let line = line.ok_or_else(|| nobody("no application is connected"))?;
        self.note(&emulator, task, &what);
        tokio::time::sleep(emulator.0.latency / 2).await;
        let answer = line.carry(request).await.map_err(|broken| {
            self.note(&emulator, task, &format!("{what}: no answer"));
            FlexError::Network(broken)
        })?;
        tokio::time::sleep(emulator.0.latency / 2).await;
        self.note(&emulator, task, &format!("{what}: {}", answer.status()));
        shown(&answer)
    }

    /// Puts the server that the plugin was built for before the path.
    fn address(&self, request: &mut Request<Bytes>) -> Result<(), FlexError> {
        let server = self.0.server.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = &*server {
            let whole = format!("{server}{}", request.uri());
            let refused = |_| nobody("the server's address cannot be read");
            *request.uri_mut() = whole.parse().map_err(refused)?;
        }
        Ok(())
    }

    fn note(&self, emulator: &Emulator, task: Option<TaskSid>, what: &str) {
        let text = format!("browser of {:?}: {what}", self.worker());
        emulator.with(|world| world.note(Event::Routing { task, text }));
    }

    fn form(&self, fields: &[(String, String)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if fields.iter().all(|(name, _)| name != "Token") {
            form.append_pair("Token", self.token().expose_secret());
        }
        form.extend_pairs(fields).finish()
    }

    /// Flex renews its token before it expires.
    fn renew_token(&self, emulator: &Emulator) -> Result<(), FlexError> {
        let lasts = {
            let world = emulator.lock();
            let bearer = world.tokens.bearer(self.token().expose_secret());
            bearer.is_none_or(|it| world.now() < it.expires)
        };
        if !lasts {
            let fresh = emulator.mint_token(self.0.worker, TOKEN_LIFE)?;
            *self.0.token.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(())
    }
}

/// What the page may see of an answer.
fn shown(answer: &Response<Bytes>) -> Result<Reply, FlexError> {
    let allowed = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if allowed.is_none_or(|it| it != "*" && it != ORIGIN) {
        return Err(FlexError::Cors);
    }
    Ok(Reply {
        status: answer.status().as_u16(),
        body: serde_json::from_slice(answer.body()).unwrap_or(Value::Null),
        text: String::from_utf8_lossy(answer.body()).into_owned(),
    })
}
