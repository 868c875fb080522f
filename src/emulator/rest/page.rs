//! Lists come in pages, in two styles.
//!
//! The 2010 API puts relative links beside the list (`next_page_uri`), the newer products put absolute ones into
//! `meta` (Twilio: "Twilio's Response", paging). Both carry an opaque `PageToken`. Ours holds the key of the row it
//! starts after, so rows that come and go between two pages neither repeat others nor hide them.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Refusal, RestRequest, object};

const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// Whether keys rise or fall along the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The smallest key first.
    Rising,
    /// The largest key first.
    Falling,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    rows: Vec<T>,
    number: u64,
    size: usize,
    next: Option<String>,
    previous: Option<String>,
}

/// Where a page begins.
enum Start {
    Top,
    After(String),
    /// The page that ends before this key.
    Before(String),
}

impl<T> Page<T> {
    /// Cuts the page that `request` asks for out of `rows`, which are sorted by their keys.
    ///
    /// # Errors
    /// 20001 when `PageSize`, `Page` or `PageToken` is not one of ours.
    pub(crate) fn cut<'k>(
        request: &RestRequest,
        max: usize,
        direction: Direction,
        rows: impl Iterator<Item = (Cow<'k, str>, T)>,
    ) -> Result<Self, Refusal> {
        let size = match request.query_number("PageSize")? {
            None => 50.min(max),
            Some(size) if (1..=max as u64).contains(&size) => usize::try_from(size).unwrap_or(max),
            Some(_) => {
                return Err(Refusal::invalid(format!(
                    "PageSize must be from 1 to {max}"
                )));
            }
        };
        let number = request.query_number("Page")?.unwrap_or(0);
        let start = start(request, number)?;
        let beyond = |key: &str, mark: &str| match direction {
            Direction::Rising => key > mark,
            Direction::Falling => key < mark,
        };
        let (kept, more) = match &start {
            Start::Top => take(rows, size),
            Start::After(mark) => take(rows.skip_while(|(key, _)| !beyond(key, mark)), size),
            Start::Before(mark) => {
                let mut head: Vec<_> = rows.take_while(|(key, _)| beyond(mark, key)).collect();
                (head.split_off(head.len().saturating_sub(size)), true)
            }
        };
        let next = more
            .then(|| kept.last().map(|(key, _)| token('A', key)))
            .flatten();
        let previous = kept
            .first()
            .filter(|_| number > 0)
            .map(|(key, _)| token('B', key));
        let rows = kept.into_iter().map(|(_, row)| row).collect();
        Ok(Self {
            rows,
            number,
            size,
            next,
            previous,
        })
    }

    /// The page as the newer products send it: `{key: […], "meta": {…}}`.
    pub(crate) fn modern<S: Serialize>(
        self,
        request: &RestRequest,
        key: &'static str,
        show: impl FnMut(T) -> S,
    ) -> impl Serialize {
        let link = |number: u64, token: Option<&String>| {
            format!("{}{}", request.base_url, self.link(request, number, token))
        };
        let meta = object! {
            key: key,
            page: self.number,
            page_size: self.size,
            first_page_url: link(0, None),
            previous_page_url: self.previous.as_ref().map(|token| link(self.number - 1, Some(token))),
            next_page_url: self.next.as_ref().map(|token| link(self.number + 1, Some(token))),
            url: link(self.number, None),
        };
        let rows = self.rows.into_iter().map(show).collect();
        Listed {
            list: List(key, rows),
            rest: object! { meta: meta },
        }
    }

    /// The page as the 2010 API sends it: the list and, beside it, `page`, `next_page_uri` and so on.
    pub(crate) fn classic<S: Serialize>(
        self,
        request: &RestRequest,
        key: &'static str,
        show: impl FnMut(T) -> S,
    ) -> impl Serialize {
        let start = self.number * self.size as u64;
        let rest = object! {
            page: self.number,
            page_size: self.size,
            start: start,
            end: (start + self.rows.len() as u64).saturating_sub(1),
            uri: self.link(request, self.number, None),
            first_page_uri: self.link(request, 0, None),
            previous_page_uri: self.previous.as_ref().map(|token| self.link(request, self.number - 1, Some(token))),
            next_page_uri: self.next.as_ref().map(|token| self.link(request, self.number + 1, Some(token))),
        };
        let rows = self.rows.into_iter().map(show).collect();
        Listed {
            list: List(key, rows),
            rest,
        }
    }

    fn link(&self, request: &RestRequest, number: u64, token: Option<&String>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let asked = request.query.iter();
        query.extend_pairs(asked.filter(|(name, _)| !PAGING.contains(&name.as_str())));
        query.append_pair("PageSize", &self.size.to_string());
        query.append_pair("Page", &number.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", token);
        }
        format!("{}?{}", request.path, query.finish())
    }
}

/// A list and what stands beside it.
#[derive(Serialize)]
struct Listed<S: Serialize, R> {
    #[serde(flatten)]
    list: List<S>,
    #[serde(flatten)]
    rest: R,
}

/// One member whose name only the resource knows.
struct List<S>(&'static str, Vec<S>);

impl<S: Serialize> Serialize for List<S> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}

/// The first `size` rows, and whether there are more.
fn take<R>(mut rows: impl Iterator<Item = R>, size: usize) -> (Vec<R>, bool) {
    let kept: Vec<_> = rows.by_ref().take(size).collect();
    let more = rows.next().is_some();
    (kept, more)
}

fn token(side: char, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{side}{key}"))
}

fn start(request: &RestRequest, number: u64) -> Result<Start, Refusal> {
    let wrong = || Refusal::invalid("PageToken is not one that was given out");
    let Some(token) = request.query_value("PageToken") else {
        // Twilio: "Page" alone is not supported; pages are found by following links.
        return if number == 0 {
            Ok(Start::Top)
        } else {
            Err(Refusal::invalid("Page needs the PageToken of a link"))
        };
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    if let Some(key) = text.strip_prefix('A') {
        Ok(Start::After(key.to_owned()))
    } else if let Some(key) = text.strip_prefix('B') {
        Ok(Start::Before(key.to_owned()))
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests;
