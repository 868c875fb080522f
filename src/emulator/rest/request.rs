//! One REST request, as the emulator sees it: decoded, but not yet believed.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Refusal;

/// The products that have a REST face here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Product {
    /// `api.twilio.com`: calls and conferences.
    Api,
    /// `sync.twilio.com`.
    Sync,
    /// `taskrouter.twilio.com`.
    TaskRouter,
    /// `iam.twilio.com`: Flex tokens.
    Iam,
    /// `flex-api.twilio.com`: the configuration of Flex.
    Flex,
}

impl Product {
    /// The product whose host name starts with `name`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "api" => Self::Api,
            "sync" => Self::Sync,
            "taskrouter" => Self::TaskRouter,
            "iam" => Self::Iam,
            "flex-api" => Self::Flex,
            _ => return None,
        })
    }

    /// The first label of its host name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Sync => "sync",
            Self::TaskRouter => "taskrouter",
            Self::Iam => "iam",
            Self::Flex => "flex-api",
        }
    }
}

/// A request to Twilio's REST API.
#[derive(Clone, Debug)]
pub(crate) struct RestRequest {
    /// The HTTP method.
    pub(crate) method: http::Method,
    /// Which product was asked.
    pub(crate) product: Product,
    /// The path below the product's base, still percent-encoded: a key may hold a `/`.
    pub(crate) path: String,
    /// The decoded query, in order, repeats kept.
    pub(crate) query: Vec<(String, String)>,
    /// The decoded form, in order, repeats kept.
    pub(crate) form: Vec<(String, String)>,
    /// The body, where it is JSON (only IAM takes that).
    pub(crate) json: Option<Value>,
    /// The `If-Match` header.
    pub(crate) if_match: Option<String>,
    /// The `Range` header.
    pub(crate) range: Option<String>,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// What absolute links start with: scheme, host and, if the products share a host, the product's folder.
    pub(crate) base_url: String,
}

impl RestRequest {
    /// The path's segments, each decoded by itself.
    ///
    /// # Errors
    /// 20404 when one is not UTF-8.
    pub(crate) fn segments(&self) -> Result<Vec<Cow<'_, str>>, Refusal> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        path.split('/')
            .map(|part| percent_decode_str(part).decode_utf8())
            .collect::<Result<_, _>>()
            .map_err(|_| Refusal::not_found(&self.path))
    }

    /// Refuses whatever is not in Twilio's schema of this operation.
    ///
    /// # Errors
    /// 20001 for the first query or form parameter that is not listed.
    pub(crate) fn allow(&self, query: &[&str], form: &[&str]) -> Result<(), Refusal> {
        let unknown = |pairs: &[(String, String)], known: &[&str]| {
            let mut names = pairs.iter().map(|(name, _)| name);
            names.find(|name| !known.contains(&name.as_str())).cloned()
        };
        let stray = unknown(&self.query, query).or_else(|| unknown(&self.form, form));
        match stray {
            Some(name) => Err(Refusal::invalid(format!("Unknown parameter {name}"))),
            None => Ok(()),
        }
    }

    /// [`RestRequest::allow`] for a list: `query` and what pages a list.
    ///
    /// # Errors
    /// 20001 for the first parameter that is not listed.
    pub(crate) fn allow_list(&self, query: &[&str]) -> Result<(), Refusal> {
        let mut known = vec!["PageSize", "Page", "PageToken"];
        known.extend(query);
        self.allow(&known, &[])
    }

    /// The last value of a query parameter.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        last(&self.query, name)
    }

    /// Every value of a query parameter.
    pub(crate) fn query_values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.query.iter();
        pairs.filter_map(move |(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The last value of a form field.
    pub(crate) fn form_value(&self, name: &str) -> Option<&str> {
        last(&self.form, name)
    }

    /// Every value of a form field.
    pub(crate) fn form_values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.form.iter();
        pairs.filter_map(move |(key, value)| (key == name).then_some(value.as_str()))
    }

    /// A query parameter that must be a whole number.
    ///
    /// # Errors
    /// 20001 when it is none.
    pub(crate) fn query_number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        number(name, self.query_value(name))
    }

    /// A form field that must be a whole number.
    ///
    /// # Errors
    /// 20001 when it is none.
    pub(crate) fn form_number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        number(name, self.form_value(name))
    }

    /// A form field that must be `true` or `false`.
    ///
    /// # Errors
    /// 20001 when it is neither.
    pub(crate) fn form_flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.form_value(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(format!("{name} must be true or false"))),
        }
    }

    /// The absolute URL of a resource of this product.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

fn last<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let mut found = pairs.iter().rev().filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.as_str())
}

fn number(name: &str, text: Option<&str>) -> Result<Option<u64>, Refusal> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Refusal::invalid(format!("{name} must be a whole number, not negative")))
}

/// A date as the newer products write it: ISO 8601, to the second.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// A date as the 2010 API writes it: RFC 2822, in `+0000`.
pub(crate) fn rfc2822(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}
