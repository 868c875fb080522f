//! Sync's REST face: services, maps, items.

use std::borrow::Cow;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::json;

use super::{Direction, Page, Refusal, RestAnswer, RestRequest, iso, object};
use crate::{
    emulator::{
        sync::{Change, Item, SYSTEM, SyncMap},
        world::World,
    },
    twilio::sid::{AccountSid, MapSid, SyncServiceSid},
};

/// What stays as it is in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

type Answer = Result<RestAnswer, Refusal>;

/// Answers what is asked of `sync.twilio.com`.
pub(super) fn answer(world: &mut World, request: &RestRequest, path: &[&str]) -> Answer {
    if let ["v1", "Services"] = path {
        return match request.method.as_str() {
            "GET" => list_services(world, request),
            _ => Err(Refusal::method()),
        };
    }
    let ["v1", "Services", service, rest @ ..] = path else {
        return Err(Refusal::not_found(&request.path));
    };
    if *service != world.sync.service().as_str() {
        return Err(Refusal::new(404, 54050, "Service instance not found"));
    }
    let method = request.method.as_str();
    match (method, rest) {
        ("GET", []) => service_found(world, request),
        ("GET", ["Maps"]) => list_maps(world, request),
        ("POST", ["Maps"]) => create_map(world, request),
        ("GET", ["Maps", map]) => fetch_map(world, request, map),
        ("POST", ["Maps", map]) => update_map(world, request, map),
        ("DELETE", ["Maps", map]) => delete_map(world, request, map),
        ("GET", ["Maps", map, "Items"]) => list_items(world, request, map),
        ("POST", ["Maps", map, "Items"]) => create_item(world, request, map),
        ("GET" | "POST" | "DELETE", ["Maps", map, "Items", key]) => item(world, request, map, key),
        (_, [] | ["Maps"] | ["Maps", _] | ["Maps", _, "Items"] | ["Maps", _, "Items", _]) => {
            Err(Refusal::method())
        }
        _ => Err(Refusal::not_found(&request.path)),
    }
}

/// Names the account and the service in every answer, and the base in every link.
struct Show<'a> {
    account: AccountSid,
    service: SyncServiceSid,
    request: &'a RestRequest,
}

impl<'a> Show<'a> {
    fn new(world: &World, request: &'a RestRequest) -> Self {
        Self {
            account: world.account,
            service: world.sync.service(),
            request,
        }
    }

    fn url(&self, rest: &str) -> String {
        self.request
            .url(&format!("/v1/Services/{}{rest}", self.service))
    }

    fn map(&self, map: &SyncMap) -> impl Serialize {
        let below = |part: &str| self.url(&format!("/Maps/{}{part}", map.sid));
        object! {
            sid: map.sid,
            unique_name: map.unique_name.clone(),
            account_sid: self.account,
            service_sid: self.service,
            url: below(""),
            links: object! { items: below("/Items"), permissions: below("/Permissions") },
            revision: format!("{:x}", map.revision),
            date_expires: map.expires.map(iso),
            date_created: iso(map.created),
            date_updated: iso(map.updated),
            created_by: map.created_by.clone(),
        }
    }

    fn item<'i>(&self, map: MapSid, item: &'i Item) -> impl Serialize + use<'i> {
        let key = utf8_percent_encode(&item.key, SEGMENT);
        object! {
            key: &item.key,
            account_sid: self.account,
            service_sid: self.service,
            map_sid: map,
            url: self.url(&format!("/Maps/{map}/Items/{key}")),
            revision: item.tag(),
            data: &item.data,
            date_expires: item.expires.map(iso),
            date_created: iso(item.created),
            date_updated: iso(item.updated),
            created_by: &item.created_by,
        }
    }
}

fn service_found(world: &World, request: &RestRequest) -> Answer {
    request.allow(&[], &[])?;
    Ok(RestAnswer::found(service(&Show::new(world, request))))
}

fn list_services(world: &World, request: &RestRequest) -> Answer {
    request.allow_list(&[])?;
    let show = Show::new(world, request);
    let rows = [(Cow::Borrowed(show.service.as_str()), ())].into_iter();
    let page = Page::cut(request, 100, Direction::Rising, rows)?;
    Ok(RestAnswer::found(
        page.modern(request, "services", |()| service(&show)),
    ))
}

/// The account's one service, which Twilio makes with the account.
fn service(show: &Show<'_>) -> serde_json::Value {
    let made = iso(jiff::Timestamp::UNIX_EPOCH);
    json!({
        "sid": show.service,
        "unique_name": "default",
        "account_sid": show.account,
        "friendly_name": "Default Service",
        "date_created": made,
        "date_updated": made,
        "url": show.url(""),
        "webhook_url": null,
        "webhooks_from_rest_enabled": false,
        "reachability_webhooks_enabled": false,
        "acl_enabled": false,
        "reachability_debouncing_enabled": false,
        "reachability_debouncing_window": 5000,
        "links": {
            "documents": show.url("/Documents"),
            "lists": show.url("/Lists"),
            "maps": show.url("/Maps"),
            "streams": show.url("/Streams"),
        },
    })
}

fn list_maps(world: &mut World, request: &RestRequest) -> Answer {
    request.allow_list(&[])?;
    let (show, now) = (Show::new(world, request), world.now());
    let maps = world.sync.maps(now);
    let rows = maps.map(|map| (Cow::Borrowed(map.sid.as_str()), map));
    let page = Page::cut(request, 100, Direction::Rising, rows)?;
    Ok(RestAnswer::found(
        page.modern(request, "maps", |map| show.map(map)),
    ))
}

fn create_map(world: &mut World, request: &RestRequest) -> Answer {
    request.allow(&[], &["UniqueName", "Ttl", "CollectionTtl"])?;
    let (show, now) = (Show::new(world, request), world.now());
    let (name, ttl) = (request.form_value("UniqueName"), map_ttl(request)?);
    let map = world.sync.create_map(name, ttl, SYSTEM, &world.rng, now)?;
    Ok(RestAnswer::created(show.map(map)))
}

fn fetch_map(world: &mut World, request: &RestRequest, map: &str) -> Answer {
    request.allow(&[], &[])?;
    let (show, now) = (Show::new(world, request), world.now());
    Ok(RestAnswer::found(show.map(world.sync.map(map, now)?)))
}

fn update_map(world: &mut World, request: &RestRequest, map: &str) -> Answer {
    request.allow(&[], &["Ttl", "CollectionTtl"])?;
    let (show, now) = (Show::new(world, request), world.now());
    let map = world.sync.map(map, now)?;
    map.set_ttl(map_ttl(request)?, now)?;
    Ok(RestAnswer::found(show.map(map)))
}

fn delete_map(world: &mut World, request: &RestRequest, map: &str) -> Answer {
    request.allow(&[], &[])?;
    let now = world.now();
    world.sync.delete_map(map, now)?;
    Ok(RestAnswer::gone())
}

/// `CollectionTtl`, or its alias, which loses when both are sent.
fn map_ttl(request: &RestRequest) -> Result<Option<u64>, Refusal> {
    let alias = ttl(request, "Ttl")?;
    Ok(ttl(request, "CollectionTtl")?.or(alias))
}

fn ttl(request: &RestRequest, name: &str) -> Result<Option<u64>, Refusal> {
    let wrong = |_| Refusal::new(400, 54011, "Invalid TTL");
    request.form_number(name).map_err(wrong)
}

fn list_items(world: &mut World, request: &RestRequest, map: &str) -> Answer {
    request.allow_list(&["Order", "From", "Bounds"])?;
    let direction = match request.query_value("Order") {
        None | Some("asc") => Direction::Rising,
        Some("desc") => Direction::Falling,
        Some(_) => return Err(Refusal::invalid("Order must be asc or desc")),
    };
    let inclusive = match request.query_value("Bounds") {
        None | Some("inclusive") => true,
        Some("exclusive") => false,
        Some(_) => return Err(Refusal::invalid("Bounds must be inclusive or exclusive")),
    };
    let from = request.query_value("From");
    let (show, now) = (Show::new(world, request), world.now());
    let map = world.sync.map(map, now)?;
    let sid = map.sid;
    let rows = map.list(now)?.values();
    let rows = rows.map(|item| (Cow::Borrowed(item.key.as_str()), item));
    let within = |(key, _): &(Cow<'_, str>, &Item)| match from {
        None => true,
        Some(from) if key.as_ref() == from => inclusive,
        Some(from) => (key.as_ref() > from) == (direction == Direction::Rising),
    };
    let page = match direction {
        Direction::Rising => Page::cut(request, 100, direction, rows.filter(within)),
        Direction::Falling => Page::cut(request, 100, direction, rows.rev().filter(within)),
    }?;
    Ok(RestAnswer::found(
        page.modern(request, "items", |item| show.item(sid, item)),
    ))
}

fn create_item(world: &mut World, request: &RestRequest, map: &str) -> Answer {
    request.allow(&[], &["Key", "Data", "Ttl", "ItemTtl", "CollectionTtl"])?;
    let key = request
        .form_value("Key")
        .ok_or_else(|| Refusal::invalid("Missing required parameter Key"))?;
    let (show, now) = (Show::new(world, request), world.now());
    let map = world.sync.map(map, now)?;
    let sid = map.sid;
    let item = map.create_item(key, &change(request)?, SYSTEM, now)?;
    Ok(RestAnswer::created(show.item(sid, item)).tagged(item.tag()))
}

fn item(world: &mut World, request: &RestRequest, map: &str, key: &str) -> Answer {
    let form: &[&str] = if request.method == Method::POST {
        &["Data", "Ttl", "ItemTtl", "CollectionTtl"]
    } else {
        &[]
    };
    request.allow(&[], form)?;
    let (show, now) = (Show::new(world, request), world.now());
    let map = world.sync.map(map, now)?;
    let sid = map.sid;
    let item = match request.method {
        Method::GET => map.item(key, now)?,
        Method::POST => map.update_item(key, &change(request)?, now)?,
        _ => {
            map.delete_item(key, request.if_match.as_deref(), now)?;
            return Ok(RestAnswer::gone());
        }
    };
    Ok(RestAnswer::found(show.item(sid, item)).tagged(item.tag()))
}

fn change(request: &RestRequest) -> Result<Change<'_>, Refusal> {
    let alias = ttl(request, "Ttl")?;
    Ok(Change {
        data: request.form_value("Data"),
        ttl: ttl(request, "ItemTtl")?.or(alias),
        collection_ttl: ttl(request, "CollectionTtl")?,
        if_match: request.if_match.as_deref(),
    })
}

#[cfg(test)]
mod tests;
