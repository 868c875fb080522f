//! The Sync face: status codes, error codes, revisions, time to live and limits.

use serde_json::{Value, json};

use super::super::{
    Product, route,
    tests::{outcome, pass, request, world},
};
use super::*;

/// A world with the map `M`, and short ways to ask for things in it.
struct Desk {
    world: World,
    service: String,
}

impl Desk {
    fn new() -> Self {
        let world = world();
        let service = format!("/v1/Services/{}", world.sync.service());
        let mut desk = Self { world, service };
        assert_eq!(desk.post("/Maps", "UniqueName=M").status, 201);
        desk
    }

    fn ask(
        &mut self,
        method: Method,
        rest: &str,
        form: &str,
        if_match: Option<&str>,
    ) -> RestAnswer {
        let mut request = request(
            Product::Sync,
            method,
            &format!("{}{rest}", self.service),
            form,
        );
        request.if_match = if_match.map(str::to_owned);
        route(&mut self.world, &request)
    }

    fn get(&mut self, rest: &str) -> RestAnswer {
        self.ask(Method::GET, rest, "", None)
    }

    fn post(&mut self, rest: &str, form: &str) -> RestAnswer {
        self.ask(Method::POST, rest, form, None)
    }
}

#[tokio::test(start_paused = true)]
async fn maps_are_found_by_name_and_by_sid() {
    let mut desk = Desk::new();
    assert_eq!(outcome(&desk.post("/Maps", "UniqueName=M")), (409, 54301));
    let map = desk.get("/Maps/M").json();
    let sid = map["sid"].as_str().unwrap().to_owned();
    assert_eq!(desk.get(&format!("/Maps/{sid}")).json(), map);
    assert_eq!(outcome(&desk.get("/Maps/N")), (404, 54200));
    assert_eq!(
        outcome(&desk.post("/Maps", &format!("UniqueName={sid}"))),
        (400, 54302)
    );
    assert_eq!(
        outcome(&desk.post("/Maps", "CollectionTtl=31536001")),
        (400, 54011)
    );
    assert_eq!(outcome(&desk.post("/Maps/M", "")), (400, 54010));
    assert_eq!(
        desk.get("/Maps").json()["maps"].as_array().unwrap().len(),
        1
    );
    assert_eq!(desk.ask(Method::DELETE, "/Maps/M", "", None).status, 204);
    assert_eq!(outcome(&desk.get("/Maps/M")), (404, 54200));
    let other = format!("/v1/Services/IS{}/Maps", "0".repeat(32));
    let answer = route(
        &mut desk.world,
        &request(Product::Sync, Method::GET, &other, ""),
    );
    assert_eq!(outcome(&answer), (404, 54050));
}

#[tokio::test(start_paused = true)]
async fn an_item_is_made_once_and_changed_by_its_revision() {
    let mut desk = Desk::new();
    let made = desk.post("/Maps/M/Items", "Key=%2B1%2F2&Data={\"n\":1}");
    assert_eq!((made.status, made.etag.as_deref()), (201, Some("0")));
    assert_eq!(
        outcome(&desk.post("/Maps/M/Items", "Key=%2B1%2F2&Data={}")),
        (409, 54208)
    );
    let item = "/Maps/M/Items/%2B1%2F2";
    let found = desk.get(item);
    assert_eq!(found.etag.as_deref(), Some("0"));
    assert_eq!(found.json()["data"], json!({"n": 1}));
    assert!(
        found.json()["url"]
            .as_str()
            .unwrap()
            .ends_with("/Items/%2B1%2F2")
    );
    let change = |desk: &mut Desk, tag| desk.ask(Method::POST, item, "Data={\"n\":2}", tag);
    let changed = change(&mut desk, Some("\"0\""));
    assert_eq!((changed.status, changed.etag.as_deref()), (200, Some("1")));
    assert_eq!(outcome(&change(&mut desk, Some("0"))), (412, 54205));
    assert_eq!(outcome(&change(&mut desk, Some("*"))), (400, 54003));
    assert_eq!(change(&mut desk, None).etag.as_deref(), Some("2"));
    assert_eq!(
        outcome(&desk.ask(Method::DELETE, item, "", Some("1"))),
        (412, 54205)
    );
    assert_eq!(desk.ask(Method::DELETE, item, "", Some("2")).status, 204);
    assert_eq!(outcome(&desk.get(item)), (404, 54201));
    assert_eq!(
        outcome(&desk.ask(Method::DELETE, item, "", None)),
        (404, 54201)
    );
}

#[tokio::test(start_paused = true)]
async fn bad_items_are_refused_each_with_its_own_code() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("/Maps/M/Items", "Key=k&Data={}").status, 201);
    let large = format!("Key=x&Data={{\"a\":\"{}\"}}", "a".repeat(16 * 1024));
    let long = format!("Key={}&Data={{}}", "k".repeat(257));
    for (rest, form, expected) in [
        ("/Maps/M/Items", large.as_str(), (413, 54006)),
        ("/Maps/M/Items", long.as_str(), (400, 54209)),
        ("/Maps/M/Items", "Key=&Data={}", (400, 54209)),
        ("/Maps/M/Items", "Key=x&Data={", (400, 54008)),
        ("/Maps/M/Items", "Key=x&Data=5", (400, 54206)),
        ("/Maps/M/Items", "Data={}", (400, 20001)),
        ("/Maps/M/Items", "Key=x&Data={}&ItemTtl=-1", (400, 54011)),
        (
            "/Maps/M/Items",
            "Key=x&Data={}&ItemTtl=31536001",
            (400, 54011),
        ),
        ("/Maps/M/Items", "Key=x&Data={}&TTL=1", (400, 20001)),
        ("/Maps/M/Items/k", "", (400, 54010)),
        ("/Maps/M/Items/k", "CollectionTtl=5", (400, 54010)),
        ("/Maps/M/Items/nobody", "Data={}", (404, 54201)),
        ("/Maps/X/Items", "Key=x&Data={}", (404, 54200)),
    ] {
        assert_eq!(
            outcome(&desk.post(rest, form)),
            expected,
            "{rest} {}",
            &form[..form.len().min(40)]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_life_is_fixed_when_it_is_written_and_does_not_slide() {
    let mut desk = Desk::new();
    desk.post("/Maps/M/Items", "Key=k&Data={}&ItemTtl=100&Ttl=5");
    desk.post("/Maps/M/Items", "Key=ever&Data={}&ItemTtl=0");
    let expires = |desk: &mut Desk| desk.get("/Maps/M/Items/k").json()["date_expires"].clone();
    let first = expires(&mut desk);
    assert_eq!(first, "2027-01-15T08:01:40Z");
    pass(60).await;
    desk.post("/Maps/M/Items/k", "Data={\"n\":1}");
    assert_eq!(expires(&mut desk), first);
    pass(40).await;
    assert_eq!(outcome(&desk.get("/Maps/M/Items/k")), (404, 54201));
    assert_eq!(
        outcome(&desk.post("/Maps/M/Items/k", "Data={}")),
        (404, 54201)
    );
    // Its place is free again, and its revision starts over.
    let made = desk.post("/Maps/M/Items", "Key=k&Data={}");
    assert_eq!((made.status, made.etag.as_deref()), (201, Some("0")));
    pass(1_000_000).await;
    assert_eq!(desk.get("/Maps/M/Items/ever").status, 200);
    assert_eq!(desk.post("/Maps/M", "CollectionTtl=10").status, 200);
    pass(10).await;
    assert_eq!(outcome(&desk.get("/Maps/M/Items/ever")), (404, 54200));
    assert_eq!(desk.post("/Maps", "UniqueName=M").status, 201);
}

#[tokio::test(start_paused = true)]
async fn lists_are_sorted_bounded_and_paged() {
    let mut desk = Desk::new();
    for key in ["b", "d", "a", "c"] {
        desk.post("/Maps/M/Items", &format!("Key={key}&Data={{}}"));
    }
    let keys = |desk: &mut Desk, query: &str| {
        let body = desk.get(&format!("/Maps/M/Items?{query}")).json();
        let items = body["items"].as_array().unwrap().iter();
        items
            .map(|item| item["key"].as_str().unwrap())
            .collect::<String>()
    };
    assert_eq!(keys(&mut desk, ""), "abcd");
    assert_eq!(keys(&mut desk, "Order=desc"), "dcba");
    assert_eq!(keys(&mut desk, "From=b"), "bcd");
    assert_eq!(keys(&mut desk, "From=b&Bounds=exclusive"), "cd");
    assert_eq!(keys(&mut desk, "From=b&Order=desc"), "ba");
    let first = desk.get("/Maps/M/Items?PageSize=3").json();
    let next = first["meta"]["next_page_url"].as_str().unwrap();
    let (_, rest) = next.split_once("/Maps").unwrap();
    // A key that comes between two pages neither repeats another nor hides it.
    desk.post("/Maps/M/Items", "Key=aa&Data={}");
    let second = desk.get(&format!("/Maps{rest}")).json();
    assert_eq!(second["items"][0]["key"], "d");
    assert_eq!(second["meta"]["next_page_url"], Value::Null);
    assert_eq!(
        outcome(&desk.get("/Maps/M/Items?PageSize=101")),
        (400, 20001)
    );
    assert_eq!(outcome(&desk.get("/Maps/M/Items?Order=up")), (400, 20001));
}

#[tokio::test(start_paused = true)]
async fn a_map_takes_twenty_small_writes_a_second_over_ten_seconds() {
    let mut desk = Desk::new();
    desk.post("/Maps/M/Items", "Key=k&Data={}");
    let burst = |desk: &mut Desk, form: &str| {
        (0..1_000)
            .take_while(|_| desk.post("/Maps/M/Items/k", form).status == 200)
            .count()
    };
    assert_eq!(burst(&mut desk, "Data={}"), 199);
    assert_eq!(
        outcome(&desk.post("/Maps/M/Items/k", "Data={}")),
        (429, 54009)
    );
    assert_eq!(
        outcome(&desk.post("/Maps/M/Items", "Key=l&Data={}")),
        (429, 54009)
    );
    // Another map has a budget of its own.
    desk.post("/Maps", "UniqueName=N");
    assert_eq!(desk.post("/Maps/N/Items", "Key=k&Data={}").status, 201);
    pass(10).await;
    let large = format!("Data={{\"a\":\"{}\"}}", "a".repeat(11_000));
    assert_eq!(burst(&mut desk, &large), 20);
    pass(10).await;
    let middling = format!("Data={{\"a\":\"{}\"}}", "a".repeat(5_624));
    assert_eq!(burst(&mut desk, &middling), 110);
    desk.world.sync.limited = false;
    assert_eq!(burst(&mut desk, &large), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_map_takes_twenty_reads_a_second() {
    let mut desk = Desk::new();
    let reads = (0..300).filter(|_| desk.get("/Maps/M/Items").status == 200);
    assert_eq!(reads.count(), 200);
    assert_eq!(outcome(&desk.get("/Maps/M/Items")), (429, 54009));
}

#[tokio::test(start_paused = true)]
async fn a_browser_lays_what_it_knew_over_what_is_there() {
    let mut desk = Desk::new();
    desk.post("/Maps/M/Items", "Key=k&Data={\"a\":1,\"b\":2}");
    let now = desk.world.now();
    let stale = json!({"a": 0, "c": 3}).as_object().unwrap().clone();
    assert!(desk.world.sync.sdk_update("M", "k", &stale, now));
    assert!(!desk.world.sync.sdk_update("M", "l", &stale, now));
    let found = desk.get("/Maps/M/Items/k");
    assert_eq!(found.etag.as_deref(), Some("1"));
    assert_eq!(found.json()["data"], json!({"a": 0, "b": 2, "c": 3}));
    assert!(desk.world.sync.sdk_remove("M", "k", now));
    assert!(!desk.world.sync.sdk_remove("M", "k", now));
}
