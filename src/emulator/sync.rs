//! Sync: maps of small JSON items, with revisions, expiry and write limits.
//!
//! This is where the application keeps everything that must survive it, so it is played strictly: `If-Match` is
//! honored, expiry is fixed when it is written and never slides, an item made again starts at revision `0` (so
//! a stale revision can match a new item: worse than Twilio promises, never better), and the documented limits hold
//! (Twilio: "Sync limits"): 16 KiB an item, 20 writes a second a map over ten seconds, less for large items.
//! Two faces lead here: REST, and [`sdk`], which is what an agent's browser does.

mod item;
mod sdk;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

pub(crate) use self::item::{Change, Item};
use super::rest::{Meter, Refusal};
use crate::{
    rng::Rng,
    twilio::sid::{MapSid, SyncServiceSid},
};

/// Who a write made over REST is said to be by.
pub(crate) const SYSTEM: &str = "system";

/// The longest life that can be asked for: a year.
const LONGEST: u64 = 31_536_000;

/// One Sync service and its maps.
#[derive(Clone, Debug)]
pub(crate) struct SyncStore {
    service: SyncServiceSid,
    /// Whether the rate limits hold. On unless a story turns it off.
    pub(crate) limited: bool,
    maps: BTreeMap<MapSid, SyncMap>,
    names: HashMap<String, MapSid>,
}

/// One map.
#[derive(Clone, Debug)]
pub(crate) struct SyncMap {
    /// Its SID.
    pub(crate) sid: MapSid,
    /// The name it can be addressed by.
    pub(crate) unique_name: Option<String>,
    /// Counts the changes of the map itself, not of its items.
    pub(crate) revision: u64,
    /// When it goes, with everything in it.
    pub(crate) expires: Option<Timestamp>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed.
    pub(crate) updated: Timestamp,
    /// By whom it was made: `system`, or a browser's identity.
    pub(crate) created_by: String,
    items: BTreeMap<String, Item>,
    writes: Meter,
    reads: Meter,
    limited: bool,
}

impl Default for SyncStore {
    fn default() -> Self {
        Self {
            service: SyncServiceSid::from_bytes(Rng::seeded(0xe647_10ac_9fb3_582d).bytes()),
            limited: true,
            maps: BTreeMap::new(),
            names: HashMap::new(),
        }
    }
}

impl SyncStore {
    /// The service's SID.
    pub(crate) fn service(&self) -> SyncServiceSid {
        self.service
    }

    /// Makes a map.
    ///
    /// # Errors
    /// 54301 when the name is taken, 54302 when it cannot be one, 54011 for a TTL out of range.
    pub(crate) fn create_map(
        &mut self,
        name: Option<&str>,
        ttl: Option<u64>,
        author: &str,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<&mut SyncMap, Refusal> {
        self.bury(now);
        if let Some(name) = name {
            check_name(name)?;
            if self.names.contains_key(name) {
                let message = "Unique name already exists";
                return Err(Refusal::new(409, 54301, message));
            }
        }
        let sid = MapSid::from_bytes(rng.bytes());
        let map = SyncMap {
            sid,
            unique_name: name.map(str::to_owned),
            revision: 0,
            expires: ttl.map(|ttl| expiry(ttl, now)).transpose()?.flatten(),
            created: now,
            updated: now,
            created_by: author.to_owned(),
            items: BTreeMap::new(),
            writes: Meter::new(item::WRITE_BUDGET, Duration::from_secs(10)),
            reads: Meter::new(200, Duration::from_secs(10)),
            limited: self.limited,
        };
        if let Some(name) = name {
            self.names.insert(name.to_owned(), sid);
        }
        Ok(self.maps.entry(sid).or_insert(map))
    }

    /// The map with this SID or unique name.
    ///
    /// # Errors
    /// 54200 when there is none.
    pub(crate) fn map(&mut self, id: &str, now: Timestamp) -> Result<&mut SyncMap, Refusal> {
        self.bury(now);
        let named = self.names.get(id).copied();
        let limited = self.limited;
        let map = named
            .or_else(|| id.parse().ok())
            .and_then(|sid| self.maps.get_mut(&sid))
            .ok_or_else(|| Refusal::new(404, 54200, "Map not found"))?;
        map.limited = limited;
        Ok(map)
    }

    /// Every map, in order of SID.
    pub(crate) fn maps(&mut self, now: Timestamp) -> impl Iterator<Item = &SyncMap> {
        self.bury(now);
        self.maps.values()
    }

    /// Deletes a map and everything in it.
    ///
    /// # Errors
    /// 54200 when there is none.
    pub(crate) fn delete_map(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        let map = self.map(id, now)?;
        let (sid, name) = (map.sid, map.unique_name.clone());
        self.maps.remove(&sid);
        if let Some(name) = name {
            self.names.remove(&name);
        }
        Ok(())
    }

    /// Takes away the maps whose time is over.
    fn bury(&mut self, now: Timestamp) {
        if self.maps.values().all(|map| is_live(map.expires, now)) {
            return;
        }
        self.maps.retain(|_, map| is_live(map.expires, now));
        let maps = &self.maps;
        self.names.retain(|_, sid| maps.contains_key(sid));
    }
}

impl SyncMap {
    /// Fixes anew when the map goes.
    ///
    /// # Errors
    /// 54011 for a TTL out of range, 54009 above the write limit.
    pub(crate) fn set_ttl(&mut self, ttl: Option<u64>, now: Timestamp) -> Result<(), Refusal> {
        let ttl = ttl.ok_or_else(nothing_said)?;
        let expires = expiry(ttl, now)?;
        self.meter_write(0, now)?;
        self.expires = expires;
        self.revision += 1;
        self.updated = now;
        Ok(())
    }
}

/// When something that lives `ttl` seconds ends; 0 is for ever.
fn expiry(ttl: u64, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let seconds = i64::try_from(ttl)
        .ok()
        .filter(|_| ttl <= LONGEST)
        .ok_or_else(|| Refusal::new(400, 54011, "Invalid TTL"))?;
    Ok((ttl > 0).then(|| now + SignedDuration::from_secs(seconds)))
}

fn is_live(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_none_or(|end| now < end)
}

fn nothing_said() -> Refusal {
    Refusal::new(400, 54010, "No parameters specified")
}

/// 1 to 256 characters, and not to be mistaken for a SID.
fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = (1..=256).contains(&name.chars().count()) && name.parse::<MapSid>().is_err();
    if fits {
        Ok(())
    } else {
        Err(Refusal::new(400, 54302, "Invalid unique name"))
    }
}
