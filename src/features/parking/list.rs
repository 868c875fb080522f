//! The list of parked calls that a worker sees: the Sync map `{workerSid}.ParkedCalls`, read by the Flex plugin.
//!
//! It is a view. The plugin in the worker's browser may rewrite an entry from an old copy, or delete it, so nothing
//! is decided from what an entry says; the record in the index is what counts. Only whether an entry is there tells
//! us something: it is made after the call went on hold, and taken away after the call left it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::record::ParkedCall;
use crate::{
    durable::time::optional_millis,
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error,
        resource::sync::{Item, Map},
        sid::{CallSid, WorkerSid},
    },
};

/// How long the entry of a caller who hung up stays, for the worker to notice: two minutes, as in the sample.
const NOTICE: Duration = Duration::from_mins(2);

/// What the plugin reads. The fields and their spelling are the published sample's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(flatten)]
    call: &'a ParkedCall,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_hangup: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", with = "optional_millis")]
    caller_hangup_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_reservation_pending: Option<bool>,
}

/// What we read back of an entry, which a browser may have written. What cannot be read of it counts as not said: that an entry is
/// there is a fact all the same.
#[derive(Clone, Debug)]
pub struct Shown {
    date_created: Option<String>,
    /// Whether the entry says that the caller hung up.
    pub caller_hangup: Option<bool>,
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Value::deserialize(deserializer)?;
        Ok(Self {
            date_created: entry["dateCreated"].as_str().map(str::to_owned),
            caller_hangup: entry["callerHangup"].as_bool(),
        })
    }
}

impl Shown {
    /// Whether the entry is of the same stay on hold as the record.
    #[must_use]
    pub fn is_of(&self, call: &ParkedCall) -> bool {
        self.date_created.as_deref() == Some(&format!("{:.3}", call.date_created))
    }
}

/// One worker's list.
#[derive(Debug)]
pub struct List<'a> {
    map: Map<'a>,
}

impl<'a> List<'a> {
    /// The list of `worker`.
    #[must_use]
    pub fn of(twilio: &'a Twilio, worker: WorkerSid, by: Deadline) -> Self {
        Self {
            map: twilio.map(format!("{worker}.ParkedCalls"), by),
        }
    }

    /// Shows a call. An entry of the same stay is left alone: it may already say that the caller hung up.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn show(&self, call: &ParkedCall) -> Result<(), Error> {
        let line = Line {
            call,
            caller_hangup: None,
            caller_hangup_time: None,
            is_reservation_pending: None,
        };
        let key = call.call_sid.as_str();
        match self.map.create(key, &line, Duration::ZERO).await {
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| ()),
        }
        match self.map.read::<Shown>(key).await? {
            Some(item) if item.data.is_of(call) => Ok(()),
            Some(item) => self.replace_old(key, &line, &item).await,
            None => self
                .map
                .create(key, &line, Duration::ZERO)
                .await
                .map(|_| ()),
        }
    }

    async fn replace_old(
        &self,
        key: &str,
        line: &Line<'_>,
        old: &Item<Shown>,
    ) -> Result<(), Error> {
        match self
            .map
            .update(key, line, Some(&old.revision), Duration::ZERO)
            .await
        {
            // Another process wrote in between: what it wrote is newer than what we wanted to replace.
            Err(error) if !error.is_outdated() => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes a call off the list.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn hide(&self, call: CallSid) -> Result<(), Error> {
        self.map.delete(call.as_str(), None).await
    }

    /// Says that the caller hung up at `ended`, for two minutes.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn mark_hangup(&self, call: &ParkedCall, ended: Timestamp) -> Result<(), Error> {
        let key = call.call_sid.as_str();
        let pending = call.attributes.is_inbound_acd().then_some(true);
        let line = Line {
            call,
            caller_hangup: Some(true),
            caller_hangup_time: Some(ended),
            is_reservation_pending: pending,
        };
        match self.map.update(key, &line, None, NOTICE).await {
            Err(error) if error.is_not_found() => {}
            other => return other.map(|_| ()),
        }
        match self.map.create(key, &line, NOTICE).await {
            Err(error) if error.is_conflict() => {
                self.map.update(key, &line, None, NOTICE).await.map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    /// The entry of one call.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn entry(&self, call: CallSid) -> Result<Option<Shown>, Error> {
        Ok(self
            .map
            .read::<Shown>(call.as_str())
            .await?
            .map(|item| item.data))
    }

    /// The calls on the list whose callers have not hung up.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn calls(&self) -> Result<Vec<CallSid>, Error> {
        let items = self.map.all::<Shown>().await?;
        let live = items
            .into_iter()
            .filter(|item| item.data.caller_hangup != Some(true));
        Ok(live.filter_map(|item| item.key.parse().ok()).collect())
    }
}
