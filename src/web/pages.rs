//! What all pages for people have in common: one style sheet, one frame with the way to the other pages, one policy.
//!
//! Nothing is loaded from anywhere. The policy allows the page's own script and style by their digests, and no others, so
//! that what a caller says could do nothing even if it were taken for markup. Links between pages are relative: behind a proxy
//! the pages may stand below a path.
//!
//! # Getting in
//!
//! The board and the messages need their user's Flex token, and a token must never stand in a URL: URLs are kept in
//! histories, in logs and in `Referer` headers. So the Flex plugin opens the page with `window.open`, and the page asks
//! the window that opened it (`entry.js`). The plugin answers with `postMessage` to this server's origin, and the page
//! believes only the configured `FLEX_ORIGINS`. The token goes into the page's form, never into its address or into
//! storage, and is gone when the page is closed. There are two other ways: a token behind the `#` of the address, which
//! browsers send to no server, and which the script erases at once (but a browser may have it in its history for that
//! moment); and pasting it, which works without a script.

use std::sync::LazyLock;

use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use phonenumber::country;
use sha2::{Digest, Sha256};

use super::{fixed::Fixed, problem::Problem};
use crate::twilio::national;

const STYLE: &str = include_str!("pages/style.css");
const SHELL: &str = include_str!("pages/shell.html");
const ENTRY: &str = include_str!("pages/entry.html");
const ENTRY_SCRIPT: &str = include_str!("pages/entry.js");
const HOME: &str = include_str!("pages/home.html");

/// A page: what it is made of, besides what it shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Its path, without a slash, as the links between pages name it.
    pub(crate) here: &'static str,
    pub(crate) template: &'static str,
    pub(crate) script: &'static str,
    /// Its style, besides the common one.
    pub(crate) style: &'static str,
    /// Whether its user must show a token first.
    pub(crate) entry: bool,
}

impl Page {
    fn script(&self) -> String {
        let entry = if self.entry { ENTRY_SCRIPT } else { "" };
        format!("{entry}{}", self.script)
    }

    fn style(&self) -> String {
        format!("{STYLE}{}", self.style)
    }

    /// The page's HTML. `up` leads from its address to the other pages' folder: empty, or `../`.
    ///
    /// # Errors
    /// When the template does not fit what is shown; each page has a test.
    pub(crate) fn render(
        &self,
        home: country::Id,
        up: &str,
        shown: Value,
    ) -> Result<String, minijinja::Error> {
        self.render_with(home, up, &[], shown)
    }

    /// The same, with parts that its template includes.
    ///
    /// # Errors
    /// As [`Page::render`].
    pub(crate) fn render_with(
        &self,
        home: country::Id,
        up: &str,
        parts: &[(&'static str, &'static str)],
        shown: Value,
    ) -> Result<String, minijinja::Error> {
        let mut pages = environment(home)?;
        for (name, text) in parts {
            pages.add_template(name, text)?;
        }
        pages.add_template("page.html", self.template)?;
        pages.get_template("page.html")?.render(context! {
            here => self.here,
            up,
            style => Value::from_safe_string(self.style()),
            script => Value::from_safe_string(self.script()),
            ..shown
        })
    }

    /// The answer: HTML that may not be stored, with the policy. `origins` may show the page in a frame.
    ///
    /// # Errors
    /// When the configured origins cannot stand in a header.
    pub(crate) fn answer(&self, html: String, origins: &[String]) -> Result<Response, Problem> {
        Ok(self.fixed(html, origins)?.answer())
    }

    /// The same for a page that is the same for every request.
    ///
    /// # Errors
    /// As [`Page::answer`].
    pub(crate) fn fixed(&self, html: String, origins: &[String]) -> Result<Fixed, Problem> {
        let mut headers = HeaderMap::new();
        let html_in_utf8 = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, html_in_utf8);
        let policy = HeaderValue::from_str(&self.policy(origins)).map_err(Problem::internal)?;
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("no-referrer"),
        );
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        Ok(Fixed::new(headers, html))
    }

    /// What the page may do, and who may show it inside a page of theirs.
    fn policy(&self, origins: &[String]) -> String {
        let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        let script = match self.script() {
            script if script.is_empty() => "'none'".to_owned(),
            script => format!("'sha256-{}'", digest(&script)),
        };
        let style = digest(&self.style());
        let ancestors = match origins {
            [] => "'none'".to_owned(),
            some => format!("'self' {}", some.join(" ")),
        };
        let (media, connect, form) = if self.entry {
            ("'self' blob:", "'self'", "'self'")
        } else {
            ("'none'", "'none'", "'none'")
        };
        format!(
            "default-src 'none'; script-src {script}; style-src 'sha256-{style}'; connect-src {connect}; \
             media-src {media}; form-action {form}; base-uri 'none'; frame-ancestors {ancestors}"
        )
    }
}

/// The templates that all pages share, and what they may call.
///
/// # Errors
/// Never, for these templates; a test renders them.
pub(crate) fn environment(home: country::Id) -> Result<Environment<'static>, minijinja::Error> {
    let mut pages = Environment::new();
    pages.add_filter("phone", move |text: &str| national::shown(text, home));
    pages.add_filter("wait", wait);
    pages.add_filter("text", |value: Value| text(&value));
    pages.set_undefined_behavior(UndefinedBehavior::Chainable);
    pages.add_template("shell.html", SHELL)?;
    pages.add_template("entry.html", ENTRY)?;
    Ok(pages)
}

/// The page at `/`.
///
/// # Errors
/// When it cannot be rendered.
pub(crate) fn home() -> Result<Response, Problem> {
    const PAGE: Page = Page {
        here: "",
        template: HOME,
        script: "",
        style: "",
        entry: false,
    };
    static ANSWER: LazyLock<Result<Fixed, String>> = LazyLock::new(|| {
        let shown = context! { version => env!("CARGO_PKG_VERSION") };
        let html = PAGE.render(country::Id::US, "", shown);
        let html = html.map_err(|error| error.to_string())?;
        PAGE.fixed(html, &[])
            .map_err(|problem| format!("{problem:?}"))
    });
    written(&ANSWER)
}

/// A page that was written once.
///
/// # Errors
/// When it could not be.
pub(super) fn written(page: &Result<Fixed, String>) -> Result<Response, Problem> {
    let page = page.as_ref();
    let page = page.map_err(|error| Problem::internal(error.as_str()))?;
    Ok(page.answer())
}

/// A length of time, such as `45 s`, `12 min 05 s`, `3 h 05 min`.
fn wait(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// A description's text as HTML: what stands between backticks is code.
fn text(value: &Value) -> Value {
    let mut html = String::new();
    for (nth, part) in value.as_str().unwrap_or_default().split('`').enumerate() {
        let part = part
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        if nth % 2 == 1 {
            html.push_str("<code>");
            html.push_str(&part);
            html.push_str("</code>");
        } else {
            html.push_str(&part);
        }
    }
    Value::from_safe_string(html)
}
