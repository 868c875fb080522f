//! The boxes as their owners see them: one Sync map for each, `{mailbox}.Voicemails`, an item for each message.
//!
//! A message stands there for as long as the configuration says, whatever becomes of its task, and keeps whether it is new,
//! heard or done. Who may see a box: its worker; the workers of its queue, as `TaskRouter` knows them, and everybody where
//! the configuration shares it; supervisors see all. What is in no box of theirs an agent cannot hear, whatever they ask
//! for (the published template gives any recording to any agent).

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Mailbox, Media, Voicemail, attributes::Parties, message::Message, upstream, visit::Original,
};
use crate::{
    agent::Agent,
    durable::time::millis,
    error::Error,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::Party,
        resource::sync::{Item, Map},
        sid::{CallSid, RecordingSid, TaskQueueSid},
    },
};

/// The list of all boxes that have ever had a message.
const BOXES: &str = "Global.VoicemailBoxes";

/// How long we believe which queues a worker belongs to.
pub(super) const BELIEVED: Duration = Duration::from_mins(1);

/// How often an item is read again that others change, too.
const TRIES: u32 = 5;

/// The longest a Sync item lives (Twilio: "Sync limits").
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// What its owner has done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing yet.
    New,
    /// Listened to it.
    Heard,
    /// What is to be done about it.
    Done,
}

impl std::str::FromStr for State {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "new" => Ok(Self::New),
            "heard" => Ok(Self::Heard),
            "done" => Ok(Self::Done),
            _ => Err("expected new, heard or done"),
        }
    }
}

/// A message in its box.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Its recording.
    pub recording_sid: RecordingSid,
    /// Whose it is.
    #[serde(rename = "box")]
    pub mailbox: Mailbox,
    /// The call it was left on.
    pub call_sid: CallSid,
    /// Who left it, as Twilio writes it.
    pub from: String,
    /// The number they had called.
    pub to: String,
    /// Their name, or their number again.
    pub name: String,
    /// When.
    #[serde(with = "millis")]
    pub received: Timestamp,
    /// How long it is, if that is known.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// What it says, if it was written down.
    #[serde(default)]
    pub transcript: Option<String>,
    /// What its owner has done with it.
    pub state: State,
}

impl Voicemail {
    fn shelf(&self, mailbox: Mailbox, by: Deadline) -> Map<'_> {
        self.0.twilio.map(format!("{mailbox}.Voicemails"), by)
    }

    /// How much longer an item lives. Sync counts from the write, we from when the message came.
    fn life(&self, received: Timestamp) -> Duration {
        let age = self.0.clock.since(received);
        let left = self.0.settings.kept.min(LONGEST).saturating_sub(age);
        left.max(Duration::from_mins(1))
    }

    /// Puts a message into its box; whether it was not there.
    pub(super) async fn put_on_shelf(
        &self,
        message: &Message,
        parties: &Parties,
        original: Option<&Original>,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        self.list_box(message.mailbox, by).await?;
        let named = original.and_then(|original| original.attributes.get("name"));
        let named = named
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty());
        let kept = Kept {
            recording_sid: message.recording_sid,
            mailbox: message.mailbox,
            call_sid: message.call_sid,
            from: parties.from.clone(),
            to: parties.to.clone(),
            name: Party::shown(named.unwrap_or(&parties.from)).to_owned(),
            received: message.received,
            seconds: message.seconds,
            transcript: message.words.as_ref().map(|words| words.text.clone()),
            state: State::New,
        };
        let life = self.life(message.received);
        let key = message.recording_sid;
        let put = self.shelf(message.mailbox, by);
        match put.create(key.as_str(), &kept, life).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Notes that there is such a box, for supervisors, who see all.
    async fn list_box(&self, mailbox: Mailbox, by: Deadline) -> Result<(), TwilioError> {
        if self.0.listed.contains_key(&mailbox) {
            return Ok(());
        }
        let boxes = self.0.twilio.map(BOXES, by);
        match boxes
            .create(mailbox.as_str(), &json!({}), Duration::ZERO)
            .await
        {
            Err(error) if !error.is_conflict() => Err(error),
            _ => {
                self.0.listed.insert(mailbox, ());
                Ok(())
            }
        }
    }

    pub(super) async fn item(
        &self,
        mailbox: Mailbox,
        recording: RecordingSid,
        by: Deadline,
    ) -> Result<Option<Item<Kept>>, TwilioError> {
        self.shelf(mailbox, by).read(recording.as_str()).await
    }

    /// Changes a message in its box, as often as another process is quicker; nothing if it is not there.
    async fn change_kept(
        &self,
        mailbox: Mailbox,
        recording: RecordingSid,
        by: Deadline,
        change: impl Fn(&mut Kept) + Send + Sync,
    ) -> Result<Option<Kept>, TwilioError> {
        for _ in 0..TRIES {
            let Some(item) = self.item(mailbox, recording, by).await? else {
                return Ok(None);
            };
            let mut kept = item.data;
            change(&mut kept);
            let life = self.life(kept.received);
            let key = recording.as_str();
            let all = self.shelf(mailbox, by);
            match all.update(key, &kept, Some(&item.revision), life).await {
                Err(error) if error.is_outdated() => {}
                Err(error) if error.is_not_found() => return Ok(None),
                other => return other.map(|_| Some(kept)),
            }
        }
        Err(TwilioError::Late)
    }

    /// Adds what a message says to it.
    pub(super) async fn tell_shelf(
        &self,
        mailbox: Mailbox,
        recording: RecordingSid,
        words: &str,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let told = |kept: &mut Kept| kept.transcript = Some(words.to_owned());
        let changed = self.change_kept(mailbox, recording, by, told).await;
        changed.map(|_| ())
    }

    /// The messages that an agent may hear, of one box or of all, the newest first.
    ///
    /// # Errors
    /// [`Error::NotYours`] for a box that is not theirs, [`Error::Upstream`].
    pub async fn list(
        &self,
        agent: &Agent,
        only: Option<Mailbox>,
        by: Deadline,
    ) -> Result<Vec<Kept>, Error> {
        let boxes = match only {
            Some(one) => {
                self.may_hear(agent, one, by).await?;
                BTreeSet::from([one])
            }
            None => self.boxes_of(agent, by).await?,
        };
        self.read_boxes(boxes, by).await
    }

    /// All messages of all boxes, the newest first: for the operator, who has the account's credentials.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub async fn list_all(&self, by: Deadline) -> Result<Vec<Kept>, Error> {
        let boxes = self.all_boxes(by).await?;
        self.read_boxes(boxes, by).await
    }

    async fn read_boxes(&self, boxes: BTreeSet<Mailbox>, by: Deadline) -> Result<Vec<Kept>, Error> {
        let mut all = vec![];
        for mailbox in boxes {
            let items = self.shelf(mailbox, by).all::<Kept>().await;
            let items = items.map_err(upstream("reading the messages"))?;
            all.extend(items.into_iter().map(|item| item.data));
        }
        all.sort_by_key(|kept| std::cmp::Reverse((kept.received, kept.recording_sid)));
        Ok(all)
    }

    /// Reads the messages of all boxes; gives how many there are.
    pub(super) async fn count_kept(&self, by: Deadline) -> Result<usize, TwilioError> {
        let listed = self.0.twilio.map(BOXES, by).all::<Value>().await?;
        let mut count = 0;
        for mailbox in listed.into_iter().filter_map(|item| item.key.parse().ok()) {
            count += self.shelf(mailbox, by).all::<Kept>().await?.len();
        }
        Ok(count)
    }

    /// Says what became of a message.
    ///
    /// # Errors
    /// [`Error::NotYours`], [`Error::Unknown`], [`Error::Upstream`].
    pub async fn mark_as(
        &self,
        agent: &Agent,
        (mailbox, recording): (Mailbox, RecordingSid),
        state: State,
        by: Deadline,
    ) -> Result<Kept, Error> {
        self.may_hear(agent, mailbox, by).await?;
        let marked = |kept: &mut Kept| kept.state = state;
        let changed = self.change_kept(mailbox, recording, by, marked).await;
        let changed = changed.map_err(upstream("marking the message"))?;
        changed.ok_or(NO_MESSAGE)
    }

    /// Opens the sound of a message; `range` is a `Range` header to hand on.
    ///
    /// # Errors
    /// [`Error::NotYours`], [`Error::Unknown`], [`Error::Upstream`].
    pub async fn play(
        &self,
        agent: &Agent,
        (mailbox, recording): (Mailbox, RecordingSid),
        range: Option<&str>,
        by: Deadline,
    ) -> Result<Media, Error> {
        self.may_hear(agent, mailbox, by).await?;
        let doing = upstream("opening the message");
        let kept = self.item(mailbox, recording, by).await;
        if kept.map_err(&doing)?.is_none() {
            return Err(NO_MESSAGE);
        }
        let recordings = self.0.twilio.recordings(by);
        match recordings.media(recording, range).await {
            Err(error) if error.is_not_found() => Err(Error::Unknown(
                "the sound of this message is not there (yet, or any more)",
            )),
            other => other.map_err(doing),
        }
    }

    /// Checks that an agent may hear a mailbox.
    async fn may_hear(&self, agent: &Agent, mailbox: Mailbox, by: Deadline) -> Result<(), Error> {
        let own = match mailbox {
            _ if agent.leads => true,
            Mailbox::Worker(worker) => agent.worker == Some(worker),
            Mailbox::Queue(queue) => {
                self.0.settings.shared.contains(&queue)
                    || self.queues_of(agent, by).await?.contains(&queue)
            }
        };
        if own {
            Ok(())
        } else {
            Err(Error::NotYours(
                "an agent may hear only their own messages and those of their queues",
            ))
        }
    }

    /// The boxes that have had a message.
    async fn all_boxes(&self, by: Deadline) -> Result<BTreeSet<Mailbox>, Error> {
        let listed = self.0.twilio.map(BOXES, by).all::<Value>().await;
        let listed = listed.map_err(upstream("reading the list of boxes"))?;
        let boxes = listed.into_iter().filter_map(|item| item.key.parse().ok());
        Ok(boxes.collect())
    }

    /// The mailboxes that an agent may hear and that have had a message.
    async fn boxes_of(&self, agent: &Agent, by: Deadline) -> Result<BTreeSet<Mailbox>, Error> {
        let mut boxes = self.all_boxes(by).await?;
        if !agent.leads {
            let queues = self.queues_of(agent, by).await?;
            let shared = &self.0.settings.shared;
            boxes.retain(|one| match one {
                Mailbox::Worker(worker) => agent.worker == Some(*worker),
                Mailbox::Queue(queue) => queues.contains(queue) || shared.contains(queue),
            });
        }
        Ok(boxes)
    }

    async fn queues_of(&self, agent: &Agent, by: Deadline) -> Result<Vec<TaskQueueSid>, Error> {
        let Some(worker) = agent.worker else {
            return Ok(vec![]);
        };
        if let Some(queues) = self.0.queues.recall(&worker) {
            return Ok(queues);
        }
        let found = self.0.twilio.queues(by).of_worker(worker).await;
        let found = found.map_err(upstream("asking which queues the worker belongs to"))?;
        self.0.queues.keep(worker, found.clone());
        Ok(found)
    }
}

const NO_MESSAGE: Error = Error::Unknown("there is no such message in this box");
