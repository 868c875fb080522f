//! The items of a map: created once, changed by compare-and-set, gone at their time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, value::RawValue};

use super::{SyncMap, expiry, is_live, nothing_said};
use crate::emulator::rest::Refusal;

/// The largest item: 16 KiB of JSON text.
const LARGEST: usize = 16 * 1024;

/// What ten seconds of writes may cost; a small write costs [`WRITE_BUDGET`] / 200.
pub(super) const WRITE_BUDGET: u64 = 200_000;

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its key.
    pub(crate) key: String,
    /// What it holds.
    pub(crate) data: Box<RawValue>,
    /// Counts its changes, from 0.
    pub(crate) revision: u64,
    /// When it goes.
    pub(crate) expires: Option<Timestamp>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed.
    pub(crate) updated: Timestamp,
    /// By whom it was made.
    pub(crate) created_by: String,
}

/// What a write says; what it does not say stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change<'a> {
    /// The new data, as JSON text.
    pub(crate) data: Option<&'a str>,
    /// The item's new life in seconds.
    pub(crate) ttl: Option<u64>,
    /// The map's new life in seconds.
    pub(crate) collection_ttl: Option<u64>,
    /// The `If-Match` header.
    pub(crate) if_match: Option<&'a str>,
}

impl Item {
    /// What it holds, read.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(self.data.get()).unwrap_or_default()
    }

    /// The revision as Twilio writes it, also in `ETag`.
    pub(crate) fn tag(&self) -> String {
        format!("{:x}", self.revision)
    }
}

impl SyncMap {
    /// Makes an item.
    ///
    /// # Errors
    /// 54208 when the key is taken, 54209 for a bad key, 54006/54008/54206 for bad data, 54011 for a bad TTL, 54009
    /// above the write limit.
    pub(crate) fn create_item(
        &mut self,
        key: &str,
        change: &Change<'_>,
        author: &str,
        now: Timestamp,
    ) -> Result<&Item, Refusal> {
        if !(1..=256).contains(&key.chars().count()) {
            return Err(Refusal::new(400, 54209, "Invalid map item key"));
        }
        let text = change
            .data
            .ok_or_else(|| Refusal::invalid("Missing required parameter Data"))?;
        let data = read(text)?;
        let expires = life(change.ttl, now)?.and_then(|End(at)| at);
        let collection = life(change.collection_ttl, now)?;
        self.meter_write(text.len(), now)?;
        self.drop_expired(now);
        if self.items.contains_key(key) {
            let message = "An Item with given key already exists in the Map";
            return Err(Refusal::new(409, 54208, message));
        }
        if let Some(End(at)) = collection {
            self.expires = at;
        }
        let item = Item {
            key: key.to_owned(),
            data,
            revision: 0,
            expires,
            created: now,
            updated: now,
            created_by: author.to_owned(),
        };
        Ok(self.items.entry(key.to_owned()).or_insert(item))
    }

    /// Reads an item.
    ///
    /// # Errors
    /// 54201 when there is none, 54009 above the read limit.
    pub(crate) fn item(&mut self, key: &str, now: Timestamp) -> Result<&Item, Refusal> {
        self.meter_read(now)?;
        self.find(key, now).map(|item| &*item)
    }

    /// Changes an item.
    ///
    /// # Errors
    /// 54201 when there is none, 54205 when it has moved on since `If-Match`, 54003 when that is no revision, and
    /// what [`SyncMap::create_item`] says of data and TTLs.
    pub(crate) fn update_item(
        &mut self,
        key: &str,
        change: &Change<'_>,
        now: Timestamp,
    ) -> Result<&Item, Refusal> {
        let data = change.data.map(read).transpose()?;
        let expires = life(change.ttl, now)?;
        let collection = life(change.collection_ttl, now)?;
        if data.is_none() && expires.is_none() {
            // Twilio: CollectionTtl "can only be used when the data or ttl is updated in the same request".
            return Err(nothing_said());
        }
        self.meter_write(change.data.map_or(0, str::len), now)?;
        check_revision(self.find(key, now)?, change.if_match)?;
        if let Some(End(at)) = collection {
            self.expires = at;
        }
        let item = self.find(key, now)?;
        if let Some(data) = data {
            item.data = data;
        }
        if let Some(End(at)) = expires {
            item.expires = at;
        }
        item.revision += 1;
        item.updated = now;
        Ok(item)
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// As [`SyncMap::update_item`].
    pub(crate) fn delete_item(
        &mut self,
        key: &str,
        if_match: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.meter_write(0, now)?;
        check_revision(self.find(key, now)?, if_match)?;
        self.items.remove(key);
        Ok(())
    }

    /// Every item, in order of key.
    ///
    /// # Errors
    /// 54009 above the read limit.
    pub(crate) fn list(&mut self, now: Timestamp) -> Result<&BTreeMap<String, Item>, Refusal> {
        self.meter_read(now)?;
        self.drop_expired(now);
        Ok(&self.items)
    }

    pub(super) fn find(&mut self, key: &str, now: Timestamp) -> Result<&mut Item, Refusal> {
        let item = self.items.get_mut(key);
        item.filter(|item| is_live(item.expires, now))
            .ok_or_else(|| Refusal::new(404, 54201, "Map item not found"))
    }

    pub(super) fn meter_write(&mut self, size: usize, now: Timestamp) -> Result<(), Refusal> {
        let admitted = !self.limited || self.writes.admits(price(size), now);
        admitted.then_some(()).ok_or_else(too_fast)
    }

    fn meter_read(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let admitted = !self.limited || self.reads.admits(1, now);
        admitted.then_some(()).ok_or_else(too_fast)
    }

    pub(super) fn drop_expired(&mut self, now: Timestamp) {
        self.items.retain(|_, item| is_live(item.expires, now));
    }
}

/// What a write of `size` bytes costs: 20 a second up to 1 KiB, 2 a second from 10 KiB on, a straight line between.
fn price(size: usize) -> u64 {
    let over = u64::try_from(size).unwrap_or(u64::MAX).clamp(1024, 10_240) - 1024;
    let thousandths_per_second = 20_000 - 18_000 * over / 9216;
    WRITE_BUDGET * 100 / thousandths_per_second
}

fn too_fast() -> Refusal {
    Refusal::new(429, 54009, "Rate limit exceeded")
}

/// When something is to end; without one, never.
#[derive(Clone, Copy)]
struct End(Option<Timestamp>);

fn life(ttl: Option<u64>, now: Timestamp) -> Result<Option<End>, Refusal> {
    ttl.map(|ttl| expiry(ttl, now).map(End)).transpose()
}

fn read(text: &str) -> Result<Box<RawValue>, Refusal> {
    if text.len() > LARGEST {
        let message = "Request entity too large: data is limited to 16 KB";
        return Err(Refusal::new(413, 54006, message));
    }
    let data: Box<RawValue> =
        serde_json::from_str(text).map_err(|_| Refusal::new(400, 54008, "Invalid JSON"))?;
    if data.get().starts_with('{') {
        Ok(data)
    } else {
        Err(Refusal::new(400, 54206, "Invalid map item data"))
    }
}

/// Compares `If-Match`, bare or quoted, with the item's revision.
fn check_revision(item: &Item, if_match: Option<&str>) -> Result<(), Refusal> {
    let Some(wanted) = if_match.map(|text| text.trim_matches('"')) else {
        return Ok(());
    };
    if wanted.is_empty() || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let message = "If-Match header is not a valid revision";
        return Err(Refusal::new(400, 54003, message));
    }
    if wanted.eq_ignore_ascii_case(&item.tag()) {
        Ok(())
    } else {
        let message = "The revision of the Map Item does not match the expected revision";
        Err(Refusal::new(412, 54205, message))
    }
}
