//! A request to Twilio as a value: built without a client and without waiting, so that paths and forms are easy to
//! test and one place sends them all.

use std::fmt::{Display, Write};

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::host::Product;

/// What may stand bare in a path segment (RFC 3986, unreserved). Everything else is escaped, so that no text of a
/// user can add a segment or a query.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which product answers it.
    pub product: Product,
    /// The method.
    pub method: Method,
    /// Path below the product's base, or (for a next page) the whole URL.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(&'static str, String)>,
    /// Form fields of the body.
    pub form: Vec<(&'static str, String)>,
    /// A JSON body instead of a form.
    pub json: Option<serde_json::Value>,
    /// Act only if this is still the revision.
    pub if_match: Option<String>,
    /// Only this part of a file.
    pub range: Option<String>,
    /// Doing it twice does no harm: it may be repeated even when Twilio may already have acted.
    pub repeatable: bool,
    /// A query by expression that has waited for its turn already.
    pub in_turn: bool,
}

impl Request {
    fn new(product: Product, method: Method, path: String) -> Self {
        let repeatable = method != Method::POST;
        Self {
            product,
            method,
            path,
            query: vec![],
            form: vec![],
            json: None,
            if_match: None,
            range: None,
            repeatable,
            in_turn: false,
        }
    }

    /// Reads something.
    #[must_use]
    pub fn get(product: Product, path: String) -> Self {
        Self::new(product, Method::GET, path)
    }

    /// Creates or changes something. Not repeated once Twilio may have acted, unless [`Request::repeatable`].
    #[must_use]
    pub fn post(product: Product, path: String) -> Self {
        Self::new(product, Method::POST, path)
    }

    /// Deletes something. Repeating it finds nothing more to delete.
    #[must_use]
    pub fn delete(product: Product, path: String) -> Self {
        Self::new(product, Method::DELETE, path)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a form field.
    #[must_use]
    pub fn form(mut self, name: &'static str, value: impl Display) -> Self {
        self.form.push((name, value.to_string()));
        self
    }

    /// Adds a form field if there is a value.
    #[must_use]
    pub fn form_if(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.form(name, value),
            None => self,
        }
    }

    /// Sends JSON instead of a form.
    #[must_use]
    pub fn json(mut self, body: serde_json::Value) -> Self {
        self.json = Some(body);
        self
    }

    /// Acts only on this revision.
    #[must_use]
    pub fn if_match(mut self, revision: Option<&str>) -> Self {
        self.if_match = revision.map(str::to_owned);
        self
    }

    /// Says that doing it twice does no harm.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Says that this query by expression has waited for its turn.
    #[must_use]
    pub fn in_turn(mut self) -> Self {
        self.in_turn = true;
        self
    }

    /// The whole URL, given the product's base.
    #[must_use]
    pub fn url(&self, base: &str) -> String {
        let mut url = if self.path.starts_with('/') {
            format!("{base}{}", self.path)
        } else {
            self.path.clone()
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        let query = query.finish();
        if !query.is_empty() {
            let _ = write!(url, "{}{query}", if url.contains('?') { '&' } else { '?' });
        }
        url
    }
}

/// Escapes a text for one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_query_is_escaped_and_appended() {
        let request = Request::get(Product::Api, "/x".into())
            .query("Status", "in-progress")
            .query("A", "b c&d");
        assert_eq!(
            request.url("https://t"),
            "https://t/x?Status=in-progress&A=b+c%26d"
        );
    }

    #[test]
    fn a_next_page_is_taken_whole() {
        let next = Request::get(Product::Sync, "https://t/x?PageToken=1".into());
        assert_eq!(next.url("https://elsewhere"), "https://t/x?PageToken=1");
    }

    proptest! {
        #[test]
        fn no_text_escapes_its_segment(text in "\\PC+") {
            let escaped = segment(&text);
            prop_assert!(!escaped.contains(['/', '?', '#', '%']) || escaped.contains('%'));
            prop_assert!(!escaped.contains(['/', '?', '#', ' ', '\'', '"']));
        }
    }
}
