//! Sync maps (Twilio: "Sync Map resource", "Sync Map Item resource"): where everything we must remember lives.
//!
//! Every item has a revision, and a write can be made conditional on it: that is the compare-and-set on which parking
//! rests. An item's key is unique in its map, so creating one twice is harmless, and both kinds of write are repeated
//! after an unclear failure; a writer puts a mark of its own into the data to recognize its work.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    page::Pages,
    request::{Request, segment},
};

/// An item as it was at one revision.
#[derive(Clone, Debug, Deserialize)]
pub struct Item<T> {
    /// Its key.
    pub key: String,
    /// Its revision: what a conditional write must name.
    pub revision: String,
    /// Its data.
    pub data: T,
}

/// An item that can be read only this far.
#[derive(Deserialize)]
struct Bare {
    key: String,
    revision: String,
}

/// One map, addressed by its unique name.
#[derive(Clone, Debug)]
pub struct Map<'a> {
    twilio: &'a Twilio,
    name: String,
    by: Deadline,
}

impl Twilio {
    /// The map with a unique name. It need not exist yet.
    #[must_use]
    pub fn map(&self, name: impl Into<String>, by: Deadline) -> Map<'_> {
        Map {
            twilio: self,
            name: name.into(),
            by,
        }
    }
}

impl<'a> Map<'a> {
    fn maps(&self) -> String {
        format!("/v1/Services/{}/Maps", self.twilio.sync_service())
    }

    fn items_path(&self) -> String {
        format!("{}/{}/Items", self.maps(), segment(&self.name))
    }

    fn item_path(&self, key: &str) -> String {
        format!("{}/{}", self.items_path(), segment(key))
    }

    /// Creates an item, and the map first if there is none.
    ///
    /// # Errors
    /// `is_conflict` when the key is taken.
    pub async fn create<T: Serialize + Sync>(
        &self,
        key: &str,
        data: &T,
        ttl: Duration,
    ) -> Result<Item<()>, Error> {
        let request = Request::post(Product::Sync, self.items_path())
            .form("Key", key)
            .form("Data", json(data)?)
            .form("ItemTtl", ttl.as_secs())
            .repeatable();
        match self.twilio.send(&request, self.by).await {
            // Only a missing map calls for a map; a busy Sync, say, does not.
            Err(error) if error.is_not_found() => {
                self.create_map().await?;
                written(key, &self.twilio.send(&request, self.by).await?)
            }
            other => written(key, &other?),
        }
    }

    async fn create_map(&self) -> Result<(), Error> {
        let request = Request::post(Product::Sync, self.maps())
            .form("UniqueName", &self.name)
            .repeatable();
        match self.twilio.send(&request, self.by).await {
            Err(error) if !error.is_conflict() => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads an item.
    ///
    /// # Errors
    /// When Sync cannot be asked, or holds something else under this key.
    pub async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Item<T>>, Error> {
        let request = Request::get(Product::Sync, self.item_path(key));
        let answer = match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let garbled = match answer.read() {
            Ok(item) => return Ok(Some(item)),
            Err(error) => error,
        };
        if let (Ok(item), Error::Garbled { source, .. }) = (answer.read::<Bare>(), &garbled) {
            let Bare { key, revision } = item;
            self.twilio.pass_over(&self.name, &key, &revision, source);
        }
        Err(garbled)
    }

    /// Replaces an item's data; with a revision, only if it is still that one.
    ///
    /// # Errors
    /// `is_outdated` when the revision has moved on, `is_not_found` when the item is gone.
    pub async fn update<T: Serialize + Sync>(
        &self,
        key: &str,
        data: &T,
        revision: Option<&str>,
        ttl: Duration,
    ) -> Result<Item<()>, Error> {
        let request = Request::post(Product::Sync, self.item_path(key))
            .form("Data", json(data)?)
            .form("ItemTtl", ttl.as_secs())
            .if_match(revision)
            .repeatable();
        written(key, &self.twilio.send(&request, self.by).await?)
    }

    /// Deletes an item; with a revision, only if it is still that one. An item that is gone is deleted already.
    ///
    /// # Errors
    /// `is_outdated` when the revision has moved on.
    pub async fn delete(&self, key: &str, revision: Option<&str>) -> Result<(), Error> {
        let request = Request::delete(Product::Sync, self.item_path(key)).if_match(revision);
        match self.twilio.send(&request, self.by).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// All items whose data can be read, page by page; the others are passed over ([`Twilio::unreadable`]). A map that
    /// does not exist has none.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn all<T: DeserializeOwned>(&self) -> Result<Vec<Item<T>>, Error> {
        let items = match self.pages().all().await {
            Err(error) if error.is_not_found() => return Ok(vec![]),
            other => other?,
        };
        Ok(items
            .iter()
            .filter_map(|item| self.read_item(item))
            .collect())
    }

    fn read_item<T: DeserializeOwned>(&self, item: &Item<Box<RawValue>>) -> Option<Item<T>> {
        match serde_json::from_str(item.data.get()) {
            Ok(data) => Some(Item {
                key: item.key.clone(),
                revision: item.revision.clone(),
                data,
            }),
            Err(error) => {
                let Item { key, revision, .. } = item;
                self.twilio.pass_over(&self.name, key, revision, &error);
                None
            }
        }
    }

    fn pages(&self) -> Pages<'a, Item<Box<RawValue>>> {
        let request = Request::get(Product::Sync, self.items_path()).query("PageSize", 100);
        self.twilio.pages(request, "items", self.by)
    }
}

fn json<T: Serialize>(data: &T) -> Result<String, Error> {
    serde_json::to_string(data).map_err(|source| Error::Garbled {
        path: "our own data".to_owned(),
        source,
    })
}

/// What a write leaves behind; the writer knows the data.
fn written(key: &str, answer: &crate::twilio::Answer) -> Result<Item<()>, Error> {
    #[derive(Deserialize)]
    struct Written {
        revision: String,
    }
    let Written { revision } = answer.read()?;
    let revision = answer.revision().map_or(revision, str::to_owned);
    Ok(Item {
        key: key.to_owned(),
        revision,
        data: (),
    })
}
