//! The server behind `PUBLIC_URL`, as Twilio would ask it.

use std::{borrow::Cow, time::Duration};

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::SecretString;

use super::words;
use crate::twilio::{
    signature::{self, Field, WebhookKey},
    transport::{self, Transport},
};

/// The most that is read of one answer: hold music may be long.
const LIMIT: usize = 32 << 20;

/// Asks URLs, without following redirects.
#[derive(Debug)]
pub(super) struct Site {
    transport: Transport,
    patience: Duration,
}

/// What a URL answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The network as Twilio uses it: no redirects.
///
/// # Errors
/// When there can be no network client.
pub(super) fn client() -> anyhow::Result<reqwest::Client> {
    transport::client()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("switchboard-check/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the network client cannot be set up")
}

impl Site {
    pub(super) fn new(transport: Transport, patience: Duration) -> Self {
        Self {
            transport,
            patience,
        }
    }

    /// Asks for a URL.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, String> {
        self.ask(Method::GET, url, HeaderMap::new(), Bytes::new())
            .await
    }

    /// Sends a form to a URL, signed as Twilio signs it.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn post(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        token: &SecretString,
    ) -> Result<Answer, String> {
        let proof = signature::sign(token, url, &borrowed(fields));
        self.form(url, fields, proof, None).await
    }

    /// The same, signed with a shared key.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn post_with_key(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        key: &WebhookKey,
    ) -> Result<Answer, String> {
        let (proof, settings) = signature::sign_with_key(key, url, &borrowed(fields));
        self.form(url, fields, proof, Some(settings)).await
    }

    async fn form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        proof: String,
        settings: Option<String>,
    ) -> Result<Answer, String> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let proofs = [
            (signature::HEADER, Some(proof)),
            (signature::SETTINGS_HEADER, settings),
        ];
        for (name, text) in proofs {
            if let Some(Ok(text)) = text.map(HeaderValue::try_from) {
                headers.insert(name, text);
            }
        }
        self.ask(Method::POST, url, headers, body.into()).await
    }

    /// Posts an empty form without any credentials, under this request id.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn knock(&self, url: &str, id: &str) -> Result<Answer, String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert("x-request-id", id);
        }
        self.ask(Method::POST, url, headers, Bytes::new()).await
    }

    async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, String> {
        let url = url.parse().map_err(|_| "it is no URL".to_owned())?;
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.into());
        let asked = async {
            let answer = self.transport.send(request).await;
            let answer = answer.map_err(|error| words::of(&error))?;
            let (parts, body) = http::Response::from(answer).into_parts();
            let body = http_body_util::Limited::new(body, LIMIT).collect().await;
            let body = body.map_err(|error| words::of(&*error))?;
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.to_bytes(),
            })
        };
        let seconds = self.patience.as_secs();
        tokio::time::timeout(self.patience, asked)
            .await
            .unwrap_or_else(|_| Err(format!("no answer came within {seconds} seconds")))
    }
}

fn borrowed<'a>(fields: &[(&'a str, &'a str)]) -> Vec<Field<'a>> {
    fields
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)))
        .collect()
}
