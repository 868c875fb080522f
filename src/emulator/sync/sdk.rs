//! What an agent's browser does to a map, through the Sync SDK.
//!
//! The SDK keeps a socket and retries by itself, so no limit is metered here. Two of its habits matter to a program that
//! shares a map with it: `update` lays the members it is given over the item as it stands **now**, so members the
//! browser read long ago return and members it never saw stay; and nothing is compared with a revision.

use jiff::Timestamp;
use serde_json::{Map, Value, value::to_raw_value};

use super::{Item, SyncStore};
use crate::{emulator::rest::Refusal, rng::Rng};

impl SyncStore {
    /// Opens a map, making it if need be, and fixes its life anew: what the plugin does when it starts.
    ///
    /// # Errors
    /// As [`SyncStore::create_map`].
    pub(crate) fn sdk_open(
        &mut self,
        name: &str,
        ttl: u64,
        identity: &str,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match self.map(name, now) {
            Ok(map) => map.expires = super::expiry(ttl, now)?,
            Err(_) => drop(self.create_map(Some(name), Some(ttl), identity, rng, now)?),
        }
        Ok(())
    }

    /// Every item's data, in order of key; nothing if there is no such map.
    pub(crate) fn sdk_items(&mut self, name: &str, now: Timestamp) -> Vec<(String, Value)> {
        let Ok(map) = self.map(name, now) else {
            return Vec::new();
        };
        map.drop_expired(now);
        let items = map.items.values();
        items.map(|item| (item.key.clone(), item.value())).collect()
    }

    /// What one item holds.
    pub(crate) fn sdk_item(&mut self, name: &str, key: &str, now: Timestamp) -> Option<Value> {
        let found = self.map(name, now).and_then(|map| map.find(key, now));
        found.ok().map(|item| item.value())
    }

    /// Lays `members` over an item. False: there is none.
    pub(crate) fn sdk_update(
        &mut self,
        name: &str,
        key: &str,
        members: &Map<String, Value>,
        now: Timestamp,
    ) -> bool {
        let found = self.map(name, now).and_then(|map| map.find(key, now));
        let Ok(item) = found else { return false };
        let mut data = item.value();
        if let Some(data) = data.as_object_mut() {
            data.extend(members.clone());
        }
        if let Ok(data) = to_raw_value(&data) {
            item.data = data;
        }
        item.revision += 1;
        item.updated = now;
        true
    }

    /// Writes an item whole, whether it or its map are there or not.
    ///
    /// # Errors
    /// As [`SyncStore::create_map`].
    pub(crate) fn sdk_put(
        &mut self,
        name: &str,
        (key, data): (&str, &Value),
        rng: &Rng,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.map(name, now).is_err() {
            self.create_map(Some(name), None, super::SYSTEM, rng, now)?;
        }
        let map = self.map(name, now)?;
        let data = to_raw_value(data).map_err(|error| Refusal::invalid(error.to_string()))?;
        let item = Item {
            key: key.to_owned(),
            data,
            revision: 0,
            expires: None,
            created: now,
            updated: now,
            created_by: super::SYSTEM.to_owned(),
        };
        map.items.insert(key.to_owned(), item);
        Ok(())
    }

    /// Removes an item. False: there was none.
    pub(crate) fn sdk_remove(&mut self, name: &str, key: &str, now: Timestamp) -> bool {
        let Ok(map) = self.map(name, now) else {
            return false;
        };
        map.drop_expired(now);
        map.items.remove(key).is_some()
    }
}
