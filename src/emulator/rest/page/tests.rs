//! Pages of both shapes: every item once, in order, and no token that was not given out.

use serde_json::{Value, json};

use super::*;
use crate::emulator::rest::{Product, RestRequest};

fn get(path_and_query: &str) -> RestRequest {
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    RestRequest {
        method: http::Method::GET,
        product: Product::Sync,
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        form: Vec::new(),
        json: None,
        if_match: None,
        range: None,
        authorization: None,
        base_url: "https://sync.twilio.com".to_owned(),
    }
}

fn keys() -> Vec<String> {
    (0..7).map(|number| format!("k{number}")).collect()
}

fn page(link: &str) -> Value {
    let keys = keys();
    let rows = keys.iter().map(|key| (Cow::Borrowed(key.as_str()), key));
    let page = Page::cut(&get(link), 100, Direction::Rising, rows).unwrap();
    serde_json::to_value(page.modern(&get(link), "items", |key| key)).unwrap()
}

#[test]
fn following_the_links_shows_everything_once_and_back_again() {
    let (mut link, mut seen, mut pages) = ("/v1/x?PageSize=3&Order=asc".to_owned(), vec![], vec![]);
    loop {
        let body = page(&link);
        seen.extend(body["items"].as_array().unwrap().clone());
        pages.push(body.clone());
        let Some(next) = body["meta"]["next_page_url"].as_str() else {
            break;
        };
        assert!(next.contains("Order=asc"), "{next}");
        link = next
            .strip_prefix("https://sync.twilio.com")
            .unwrap()
            .to_owned();
    }
    assert_eq!(seen, keys());
    assert_eq!(pages.len(), 3);
    assert_eq!(pages[0]["meta"]["previous_page_url"], Value::Null);
    let back = pages[2]["meta"]["previous_page_url"].as_str().unwrap();
    let back = page(back.strip_prefix("https://sync.twilio.com").unwrap());
    assert_eq!(back["items"], pages[1]["items"]);
    assert_eq!(back["meta"]["page"], 1);
}

#[test]
fn a_full_last_page_has_no_next_link() {
    assert_eq!(
        page("/v1/x?PageSize=7")["meta"]["next_page_url"],
        Value::Null
    );
}

#[test]
fn a_page_without_its_token_is_refused() {
    for query in [
        "Page=1",
        "PageToken=junk",
        "PageToken=Qw",
        "PageSize=0",
        "PageSize=101",
        "PageSize=x",
    ] {
        let request = get(&format!("/v1/x?{query}"));
        let rows = std::iter::empty::<(Cow<str>, ())>();
        let refusal = Page::cut(&request, 100, Direction::Rising, rows).unwrap_err();
        assert_eq!((refusal.status, refusal.code), (400, 20001), "{query}");
    }
}

#[test]
fn the_older_style_has_relative_links_beside_the_list() {
    let request = get("/2010-04-01/Accounts/AC/Calls.json?PageSize=2");
    let rows = ["a", "b", "c"].map(|key| (Cow::Borrowed(key), key));
    let page = Page::cut(&request, 1000, Direction::Rising, rows.into_iter()).unwrap();
    let body = serde_json::to_value(page.classic(&request, "calls", |key| key)).unwrap();
    assert_eq!(body["calls"], json!(["a", "b"]));
    assert_eq!((&body["start"], &body["end"]), (&json!(0), &json!(1)));
    let next = body["next_page_uri"].as_str().unwrap();
    assert!(next.starts_with("/2010-04-01/Accounts/AC/Calls.json?PageSize=2&Page=1&PageToken="));
}

#[test]
fn a_falling_list_goes_on_below_its_last_key() {
    let request = get("/v1/x?PageSize=2");
    let rows = || {
        ["c", "b", "a"]
            .map(|key| (Cow::Borrowed(key), key))
            .into_iter()
    };
    let first = Page::cut(&request, 100, Direction::Falling, rows()).unwrap();
    let next = format!("/v1/x?PageSize=2&PageToken={}", first.next.unwrap());
    let second = Page::cut(&get(&next), 100, Direction::Falling, rows()).unwrap();
    assert_eq!(second.rows, ["a"]);
}
