//! Reading one variable: trimmed, parsed, and every problem kept for the end.

use std::{net::SocketAddr, time::Duration};

use secrecy::SecretString;
use url::{Host, Url};

use super::{Login, Problem, Table, problems::NOT_SET, variable::Need};
use crate::twilio::{
    host::default_edge,
    party::{E164, E164Error},
    signature::WebhookKey,
};

/// Reads variables and collects what is wrong with them. A variable may be read more than once: what is wrong with it is
/// told once.
pub(crate) struct Reader<'a> {
    table: Table,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(table: Table, lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            table,
            lookup,
            problems: vec![],
        }
    }

    fn raw(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn problem(&mut self, name: &str, what: impl Into<String>) {
        let Some(variable) = self.table.declared(name) else {
            return;
        };
        let problem = Problem {
            variable,
            what: what.into(),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        text: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text).map_err(|what| self.problem(name, what)).ok()
    }

    /// Secrets that are still those of `.env.example`: anybody could sign with them.
    pub(crate) fn examples(&mut self) {
        for variable in self.table.variables().filter(|variable| variable.secret) {
            let value = self.raw(variable.name).unwrap_or_default();
            if list(&value).any(|part| part == variable.example) {
                self.problem(
                    variable.name,
                    "it is still the example, which everybody knows",
                );
            }
        }
    }

    /// A variable that must be set.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Some(text) = self.raw(name) else {
            self.problem(name, NOT_SET);
            return None;
        };
        self.parsed(name, &text, parse)
    }

    /// A variable with a default.
    pub(crate) fn value<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let default = self
            .table
            .declared(name)
            .and_then(|variable| match variable.need {
                Need::Default(value) => Some(value.to_owned()),
                Need::Required | Need::Off => None,
            });
        let text = self.raw(name).or(default)?;
        self.parsed(name, &text, parse)
    }

    /// A variable that may be missing.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.raw(name)?;
        self.parsed(name, &text, parse)
    }

    /// The address Twilio reaches us by, without a slash at its end.
    pub(crate) fn public_url(&mut self) -> Option<String> {
        self.required("PUBLIC_URL", public_url)
    }

    /// Two variables that are of no use alone.
    pub(crate) fn both(&mut self, one: &'static str, other: &'static str) {
        for (set, missing) in [(one, other), (other, one)] {
            if self.raw(set).is_some() && self.raw(missing).is_none() {
                self.problem(missing, format!("it is not set, but {set} is"));
            }
        }
    }

    /// The region, and the edge to reach it through: one that is known here by itself needs none.
    pub(super) fn region_and_edge(&mut self) -> (Option<String>, Option<String>) {
        let region = self.optional("TWILIO_REGION", label);
        let edge = self.optional("TWILIO_EDGE", label);
        let unknown = region.as_deref().filter(|it| default_edge(it).is_none());
        if let (Some(region), None) = (unknown, &edge) {
            let what = format!("TWILIO_REGION is {region}, whose edge is not known here");
            self.problem("TWILIO_EDGE", what);
        }
        (region, edge)
    }

    /// A user and a password: both or none.
    pub(crate) fn login(&mut self, user: &'static str, password: &'static str) -> Option<Login> {
        match (self.raw(user), self.raw(password)) {
            (Some(name), Some(_)) if name.contains(':') => {
                self.problem(user, "a colon cannot stand in a user name");
                None
            }
            (Some(user), Some(password)) => Some(Login {
                user,
                password: SecretString::from(password),
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.problem(password, format!("it is not set, but {user} is"));
                None
            }
            (None, Some(_)) => {
                self.problem(user, format!("it is not set, but {password} is"));
                None
            }
        }
    }
}

/// Something that is done or not.
pub(crate) fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("expected on or off".to_owned()),
    }
}

/// A phone number.
pub(crate) fn number(text: &str) -> Result<E164, String> {
    text.parse().map_err(|error: E164Error| error.to_string())
}

pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Keys as `id:secret`.
pub(super) fn webhook_keys(text: &str) -> Result<Vec<WebhookKey>, String> {
    let keys = list(text).map(|key| match key.split_once(':') {
        Some((id, secret)) if !id.trim().is_empty() && !secret.trim().is_empty() => {
            Ok(WebhookKey {
                id: id.trim().to_owned(),
                secret: SecretString::from(secret.trim().to_owned()),
            })
        }
        _ => {
            Err("expected the id and the secret of each key, with a colon between them".to_owned())
        }
    });
    keys.collect()
}

pub(crate) fn between(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
}

pub(crate) fn seconds(text: &str, least: u32, most: u32) -> Result<Duration, String> {
    between(text, least, most).map(|seconds| Duration::from_secs(u64::from(seconds)))
}

pub(crate) fn text(text: &str, most: usize) -> Result<String, String> {
    if text.chars().count() <= most {
        Ok(text.to_owned())
    } else {
        Err(format!("expected at most {most} characters"))
    }
}

/// A name that TaskRouter's expressions can say, too.
pub(crate) fn attribute(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() <= 64 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("expected a name of letters, digits and underscores".to_owned())
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an address and a port, such as 0.0.0.0:8080".to_owned())
}

/// A label of a host name.
pub(super) fn label(text: &str) -> Result<String, String> {
    let fits = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("expected a name such as ie1".to_owned())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An absolute URL over https, or over http to this machine, without credentials and fragment. The text stays as it
/// is: signatures cover it byte for byte.
fn web_address(text: &str) -> Result<&str, String> {
    let url =
        Url::parse(text).map_err(|_| "expected a URL such as https://example.com".to_owned())?;
    // What a parser would quietly drop or rewrite is not what Twilio would ask and sign.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("expected plain letters without blanks (encode others)".to_owned());
    }
    if url.host_str().is_some_and(|host| host.contains('_')) {
        return Err("expected no underscore in the host: Twilio refuses it".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return Err("expected https (http only to this machine)".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("expected no user, password or fragment".to_owned());
    }
    Ok(text)
}

pub(crate) fn https(text: &str) -> Result<String, String> {
    web_address(text).map(str::to_owned)
}

fn public_url(text: &str) -> Result<String, String> {
    let text = web_address(text)?;
    if text.contains('?') {
        return Err("expected no query".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub(super) fn base_url(text: &str) -> Result<String, String> {
    // The placeholder is no part of a valid URL, so a product's name stands in for it while we look.
    web_address(&text.replace("{product}", "api")).map(|_| text.trim_end_matches('/').to_owned())
}

pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    let wrong = |origin: &str| {
        format!(
            "{origin} is not an origin: expected scheme and host, such as https://flex.twilio.com"
        )
    };
    if list(text).next().is_none() {
        return Err("expected at least one origin".to_owned());
    }
    list(text)
        .map(|origin| {
            let url = Url::parse(origin).map_err(|_| wrong(origin))?;
            let exact = matches!(url.scheme(), "http" | "https")
                && url.origin().ascii_serialization() == origin;
            if exact {
                Ok(origin.to_owned())
            } else {
                Err(wrong(origin))
            }
        })
        .collect()
}
