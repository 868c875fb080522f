//! Records in Sync that are moved by compare-and-set only: what two replicas, or two webhooks at the same instant, may
//! both want to write.
//!
//! A [`Store`] is one Sync map, or several among which the keys are spread, because Sync takes 20 writes a second on
//! one map, fewer for larger items (2 a second from 10 KiB). A record is found again from its key alone: the last two
//! hexadecimal digits, modulo the number of maps, name the map.
//!
//! Every version of a record carries a mark that its writer made up. A write whose answer was lost is recognized by it:
//! the record is read, and if it bears our mark the write was ours. So of two that want the same move exactly one is
//! told that it moved.
//!
//! The index of parked calls ([`crate::features::parking::ledger`]) is such a store with a memory and a table of contents besides,
//! which the smaller ones do without.

use std::{
    fmt::{self, Write},
    ops::Deref,
    time::Duration,
};

use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use sha2::{Digest, Sha256};

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    resource::sync::{Item, Map},
};

/// Something that can be kept in a [`Store`].
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// What it is found by. Keys of a store with several maps end in two hexadecimal digits.
    fn key(&self) -> &str;
    /// Who wrote this version.
    fn mark(&self) -> &str;
}

/// A record as it was at one revision.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// The record.
    pub record: T,
    revision: String,
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

/// The revision of a record that cannot be read, as after a rollback.
#[derive(Clone, Debug)]
pub struct Unreadable(String);

/// Why a record was not moved.
#[derive(Debug)]
pub enum NotMoved<T> {
    /// Another process moved it; this is how it stands now.
    Moved(Option<Box<Entry<T>>>),
    /// Sync did not say. The move may have been made.
    Unclear(Error),
}

/// For log lines: nothing of the record itself, which may hold names and numbers.
impl<T> fmt::Display for NotMoved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved(Some(_)) => f.write_str("another writer was quicker"),
            Self::Moved(None) => f.write_str("the record is gone"),
            Self::Unclear(error) => write!(f, "{error}"),
        }
    }
}

/// What came of [`Store::change`].
#[derive(Debug)]
pub enum Changed<T> {
    /// There is no such record.
    Missing,
    /// The record stays as it is.
    Kept(Entry<T>),
    /// We moved it.
    Moved(Entry<T>),
}

/// One kind of record.
pub struct Store<T> {
    twilio: Twilio,
    name: &'static str,
    maps: u8,
    life: Life<T>,
}

/// How long Sync keeps a record as it now is; zero for as long as it is not deleted.
type Life<T> = Box<dyn Fn(&T) -> Duration + Send + Sync>;

/// The most maps a store may have.
const MOST_MAPS: u8 = 64;

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.name)
    }
}

impl<T: Record> Store<T> {
    /// The store of this name, in up to 64 maps, whose records live as long as `life` says (zero: for good).
    #[must_use]
    pub fn new(
        twilio: Twilio,
        name: &'static str,
        maps: u8,
        life: impl Fn(&T) -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            twilio,
            name,
            maps: maps.clamp(1, MOST_MAPS),
            life: Box::new(life),
        }
    }

    /// The numbers of its maps.
    #[must_use]
    pub fn maps(&self) -> std::ops::Range<u8> {
        0..self.maps
    }

    /// The number of the map that a record is in.
    #[must_use]
    pub fn place(&self, key: &str) -> u8 {
        place(key, self.maps)
    }

    fn map(&self, map: u8, by: Deadline) -> Map<'_> {
        let name = match self.maps {
            1 => self.name.to_owned(),
            _ => map_name(self.name, map),
        };
        self.twilio.map(name, by)
    }

    fn map_of(&self, key: &str, by: Deadline) -> Map<'_> {
        self.map(self.place(key), by)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read(&self, key: &str, by: Deadline) -> Result<Option<Entry<T>>, Error> {
        let item: Option<Item<T>> = self.map_of(key, by).read(key).await?;
        Ok(item.map(entry))
    }

    /// All records of one of the maps.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn all(&self, map: u8, by: Deadline) -> Result<Vec<Entry<T>>, Error> {
        let items: Vec<Item<T>> = self.map(map, by).all().await?;
        Ok(items.into_iter().map(entry).collect())
    }

    /// Reads all records of all maps; gives how many there are. Those that cannot be read are noted by the client.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn count(&self, by: Deadline) -> Result<usize, Error> {
        let mut count = 0;
        for map in self.maps() {
            count += self.all(map, by).await?.len();
        }
        Ok(count)
    }

    /// Writes the first version of a record.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when there is one already.
    pub async fn insert(&self, record: T, by: Deadline) -> Result<Entry<T>, NotMoved<T>> {
        let map = self.map_of(record.key(), by);
        let created = map
            .create(record.key(), &record, (self.life)(&record))
            .await;
        self.judge(record, created, by).await
    }

    /// The record under this key, if there is one that cannot be read.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn unreadable(&self, key: &str, by: Deadline) -> Result<Option<Unreadable>, Error> {
        match self.read(key, by).await {
            Ok(_) => return Ok(None),
            Err(Error::Garbled { .. }) => {}
            Err(error) => return Err(error),
        }
        let item: Option<Item<IgnoredAny>> = self.map_of(key, by).read(key).await?;
        Ok(item.map(|item| Unreadable(item.revision)))
    }

    /// Writes the first version of a record over one that cannot be read, if that has not moved. The caller of this has
    /// made sure that nothing depends on what stood there.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when another process has moved it.
    pub async fn overwrite(
        &self,
        old: &Unreadable,
        record: T,
        by: Deadline,
    ) -> Result<Entry<T>, NotMoved<T>> {
        let life = (self.life)(&record);
        let map = self.map_of(record.key(), by);
        let written = map.update(record.key(), &record, Some(&old.0), life).await;
        self.judge(record, written, by).await
    }

    /// Moves a record, unless another process has moved it since `from`.
    ///
    /// # Errors
    /// [`NotMoved::Moved`] when another process has.
    pub async fn replace(
        &self,
        from: &Entry<T>,
        to: T,
        by: Deadline,
    ) -> Result<Entry<T>, NotMoved<T>> {
        let map = self.map_of(to.key(), by);
        let updated = map
            .update(to.key(), &to, Some(&from.revision), (self.life)(&to))
            .await;
        if updated.as_ref().is_err_and(Error::is_not_found) {
            return Err(NotMoved::Moved(None));
        }
        self.judge(to, updated, by).await
    }

    async fn judge(
        &self,
        wanted: T,
        written: Result<Item<()>, Error>,
        by: Deadline,
    ) -> Result<Entry<T>, NotMoved<T>> {
        let error = match written {
            Ok(Item { revision, .. }) => {
                return Ok(Entry {
                    record: wanted,
                    revision,
                });
            }
            Err(error) => error,
        };
        let taken = error.is_outdated() || error.is_conflict();
        if error.nothing_happened() && !taken {
            return Err(NotMoved::Unclear(error));
        }
        match self.read(wanted.key(), by).await {
            Ok(Some(now)) if now.record.mark() == wanted.mark() => Ok(now),
            Ok(now) if taken => Err(NotMoved::Moved(now.map(Box::new))),
            Ok(_) | Err(_) => Err(NotMoved::Unclear(error)),
        }
    }

    /// Reads a record and moves it to what `decide` makes of it, as often as another process is quicker; `None` lets it
    /// stay.
    ///
    /// # Errors
    /// When Sync cannot be asked. The move may have been made.
    pub async fn change(
        &self,
        key: &str,
        by: Deadline,
        decide: impl Fn(&T) -> Option<T> + Send + Sync,
    ) -> Result<Changed<T>, Error> {
        match self.read(key, by).await? {
            Some(found) => self.change_from(found, by, decide).await,
            None => Ok(Changed::Missing),
        }
    }

    /// The same, from what was read a moment ago: it is read again only if another process has moved it since.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub async fn change_from(
        &self,
        mut entry: Entry<T>,
        by: Deadline,
        decide: impl Fn(&T) -> Option<T> + Send + Sync,
    ) -> Result<Changed<T>, Error> {
        loop {
            let Some(next) = decide(&entry.record) else {
                return Ok(Changed::Kept(entry));
            };
            match self.replace(&entry, next, by).await {
                Ok(moved) => return Ok(Changed::Moved(moved)),
                Err(NotMoved::Unclear(error)) => return Err(error),
                Err(NotMoved::Moved(_)) if by.left().is_zero() => return Err(Error::Late),
                Err(NotMoved::Moved(None)) => return Ok(Changed::Missing),
                Err(NotMoved::Moved(Some(now))) => entry = *now,
            }
        }
    }

    /// Takes a record away, unless another process has moved it since: that move wins.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn remove(&self, entry: &Entry<T>, by: Deadline) -> Result<(), Error> {
        let map = self.map_of(entry.record.key(), by);
        match map.delete(entry.record.key(), Some(&entry.revision)).await {
            Err(error) if !error.is_outdated() => Err(error),
            _ => Ok(()),
        }
    }
}

fn entry<T>(item: Item<T>) -> Entry<T> {
    Entry {
        record: item.data,
        revision: item.revision,
    }
}

/// Which of so many maps a key belongs to.
pub(crate) fn place(key: &str, maps: u8) -> u8 {
    let digits = key.get(key.len().saturating_sub(2)..).unwrap_or_default();
    u8::from_str_radix(digits, 16).unwrap_or_default() % maps
}

/// A key made of something that must not stand in a URL, where keys do.
pub(crate) fn veiled(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..16].iter().fold(String::new(), |mut key, byte| {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// The unique name of one of a store's maps.
#[must_use]
pub fn map_name(store: &str, map: u8) -> String {
    format!("{store}.{map:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_again_from_its_key_alone() {
        let key = "CA000000000000000000000000000000ff";
        assert_eq!(map_name("Calls", place(key, 64)), "Calls.3f");
        assert_eq!(map_name("Calls", place(key, 16)), "Calls.0f");
        assert_eq!(place(key, 1), 0);
        assert_eq!((place("", 64), place("é", 64), place("xyz", 64)), (0, 0, 0));
    }

    #[test]
    fn keys_spread_evenly_over_the_maps() {
        for maps in [1, 16, 64] {
            let mut counts = vec![0_usize; usize::from(maps)];
            for last in 0..=255 {
                counts[usize::from(place(&format!("CA{last:032x}"), maps))] += 1;
            }
            assert!(counts.iter().all(|&count| count == 256 / usize::from(maps)));
        }
    }
}
