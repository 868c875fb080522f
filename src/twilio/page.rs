//! Both of Twilio's page shapes as one.
//!
//! The 2010 API puts `next_page_uri`, relative to its host, at the top of the answer; the newer products put
//! `meta.next_page_url`, absolute, and name the list in `meta.key`. Page numbers are never built by hand: Tasks,
//! Workers and Reservations refuse them (Twilio: "TaskRouter API", `PageToken`).

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Twilio, deadline::Deadline, error::Error, request::Request};

/// One page: its items, and where the next page is.
#[derive(Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

/// Reads a page of either shape. `key` names the list where the answer does not.
///
/// # Errors
/// [`Error::Garbled`] when the list is missing or an item cannot be read.
pub fn read<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<Page<T>, Error> {
    let glance = Glance::<T> {
        key,
        item: PhantomData,
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    match glance.deserialize(&mut json) {
        Ok(Some(page)) if json.end().is_ok() => Ok(page),
        _ => read_slowly(body, key),
    }
}

/// Reads a page in one go, if its list is where it is looked for. The reconcilers read thousands of pages an hour.
struct Glance<'k, T> {
    key: &'k str,
    item: PhantomData<fn() -> T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Glance<'_, T> {
    type Value = Option<Page<T>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Glance<'_, T> {
    type Value = Option<Page<T>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut items, mut meta, mut link) = (None, None, None);
        while let Some(name) = members.next_key::<&str>()? {
            match name {
                "meta" => meta = members.next_value::<Option<Meta>>()?,
                "next_page_uri" => link = members.next_value::<Option<String>>()?,
                _ if name == self.key => items = Some(members.next_value()?),
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let meta = meta.unwrap_or_default();
        let here = meta.key.as_deref().is_none_or(|key| key == self.key);
        let next = meta.next_page_url.or(link);
        Ok(items.filter(|_| here).map(|items| Page { items, next }))
    }
}

/// Reads a page whose list is elsewhere, or says what is wrong with it.
fn read_slowly<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<Page<T>, Error> {
    let garbled = |path: &str| {
        let path = path.to_owned();
        move |source| Error::Garbled { path, source }
    };
    let body: BTreeMap<String, Box<RawValue>> =
        serde_json::from_slice(body).map_err(garbled("."))?;
    let meta: Option<Meta> = member(&body, "meta").map_err(garbled("meta"))?;
    let meta = meta.unwrap_or_default();
    let link: Option<String> = member(&body, "next_page_uri").map_err(garbled("next_page_uri"))?;
    let key = meta.key.as_deref().unwrap_or(key);
    let list = body.get(key).map_or("null", |list| list.get());
    let mut list = serde_json::Deserializer::from_str(list);
    let items = serde_path_to_error::deserialize(&mut list).map_err(|error| Error::Garbled {
        path: format!("{key}.{}", error.path()),
        source: error.into_inner(),
    })?;
    let next = meta.next_page_url.or(link);
    Ok(Page { items, next })
}

/// What the newer products put beside the list.
#[derive(Default, Deserialize)]
struct Meta {
    key: Option<String>,
    next_page_url: Option<String>,
}

/// One member, if it is there and not `null`.
fn member<T: DeserializeOwned>(
    body: &BTreeMap<String, Box<RawValue>>,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    let found = body.get(name);
    found.map_or(Ok(None), |member| serde_json::from_str(member.get()))
}

/// A list that is fetched page by page.
#[derive(Debug)]
pub struct Pages<'a, T> {
    twilio: &'a Twilio,
    next: Option<Request>,
    key: &'static str,
    by: Deadline,
    item: PhantomData<fn() -> T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    pub(super) fn new(twilio: &'a Twilio, first: Request, key: &'static str, by: Deadline) -> Self {
        Self {
            twilio,
            next: Some(first),
            key,
            by,
            item: PhantomData,
        }
    }

    /// The items of the next page, or `None` after the last. An empty page is not the last one.
    ///
    /// # Errors
    /// When a page cannot be fetched or read, or its link to the next leads to another host.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(request) = self.next.take() else {
            return Ok(None);
        };
        let product = request.product;
        let answer = self.twilio.send(&request, self.by).await?;
        let page = read(answer.body(), self.key)?;
        self.next = match page.next {
            Some(link) => Some(Request::get(product, self.twilio.own_link(product, link)?)),
            None => None,
        };
        Ok(Some(page.items))
    }

    /// Every item of every page.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = vec![];
        while let Some(page) = self.next().await? {
            items.extend(page);
        }
        Ok(items)
    }
}

/// Twilio's numbers often arrive as text; this reads either.
///
/// # Errors
/// When the value is neither a number nor a text holding one.
pub fn lenient_u32<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_numbers(body: &serde_json::Value) -> Result<Page<u32>, Error> {
        read(body.to_string().as_bytes(), "calls")
    }

    #[test]
    fn the_2010_shape() {
        let page =
            read_numbers(&json!({"calls": [1, 2], "next_page_uri": "/2010-04-01/x?PageToken=2"}))
                .unwrap();
        assert_eq!(
            (page.items, page.next.as_deref()),
            (vec![1, 2], Some("/2010-04-01/x?PageToken=2"))
        );
    }

    #[test]
    fn the_newer_shape_names_its_list() {
        let body = json!({"items": [3], "meta": {"key": "items", "next_page_url": null}});
        let page = read_numbers(&body).unwrap();
        assert_eq!((page.items, page.next), (vec![3], None));
    }

    #[test]
    fn the_answers_own_name_for_its_list_is_the_right_one() {
        let body = json!({"calls": [1], "items": [3], "meta": {"key": "items"}});
        assert_eq!(read_numbers(&body).unwrap().items, [3]);
        let body = json!({"meta": {"key": "calls"}, "calls": [4], "items": [5]});
        assert_eq!(read_numbers(&body).unwrap().items, [4]);
    }

    #[test]
    fn what_comes_after_a_page_is_an_error() {
        let half = br#"{"calls": [1]} {"calls": [2]}"#;
        assert!(read::<u32>(half, "calls").is_err());
        assert!(read::<u32>(br#"{"calls": [1]"#, "calls").is_err());
    }

    #[test]
    fn a_wrong_item_is_named() {
        let error = read_numbers(&json!({"calls": [1, "two"]})).unwrap_err();
        assert!(matches!(error, Error::Garbled { path, .. } if path == "calls.[1]"));
    }

    #[test]
    fn a_missing_list_is_an_error_not_an_empty_one() {
        assert!(read_numbers(&json!({"message": "hello"})).is_err());
    }
}
