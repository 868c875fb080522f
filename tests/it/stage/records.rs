//! The records in the index of parked calls, and records that this version cannot read, as a later one may have left
//! them before it was rolled back.

use std::collections::HashMap;

use serde_json::{Value, json};
use switchboard::{emulator::Emulator, rng::Rng, twilio::sid::CallSid};

use super::Stage;

/// A phase of which no version knows.
const UNREADABLE: &str = "from-a-later-version";

/// Puts a record that cannot be read into a map, and gives its key, which ends in the `number` given.
pub(crate) fn plant(emulator: &Emulator, map: &str, number: u64) -> String {
    let key = format!("CA{number:032x}");
    let record =
        json!({ "phase": UNREADABLE, "callSid": 7, "received": [], "moved": {}, "mark": null });
    emulator.plant(map, &key, &record).expect("planted");
    key
}

/// Puts such a record into any of the maps that the server keeps records in.
pub(crate) fn plant_anywhere(emulator: &Emulator, rng: &Rng) {
    let mut maps = emulator.map_names();
    maps.retain(|map| map.starts_with("Global."));
    let any = usize::try_from(rng.below(maps.len() as u64)).unwrap_or(0);
    if let Some(map) = maps.get(any) {
        plant(emulator, map, rng.below(u64::MAX));
    }
}

impl Stage {
    /// The record of a call in the index.
    pub(crate) fn record(&self, call: CallSid) -> Option<Value> {
        self.records().remove(&call)
    }

    /// All records of the index, but for those that are done with.
    pub(crate) fn records(&self) -> HashMap<CallSid, Value> {
        let maps = self
            .emulator
            .map_names()
            .into_iter()
            .filter(|name| name.starts_with("Global.ParkedCalls."));
        let items = maps.flat_map(|name| self.emulator.map_items(&name));
        items
            .filter(|(_, item)| item["phase"] != "closed" && item["phase"] != UNREADABLE)
            .map(|(key, item)| (key.parse().expect("a call"), item))
            .collect()
    }
}
