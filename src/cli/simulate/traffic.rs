//! What passes between the application and Twilio: requests by endpoint, webhooks by route, and how many a second.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::{
    emulator::{CallStatus, Event},
    twilio::sid::CallSid,
};

/// How long Sync's limits are averaged over.
const WINDOW: i64 = 10;

/// How long the network takes before a phone rings that need not wait its turn.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);

/// How often something was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    pub(super) total: u32,
    /// The most within one second of the clock.
    pub(super) peak: u32,
    /// Answered with 429.
    pub(super) refused: u32,
    second: i64,
    within: u32,
}

impl Rate {
    fn count(&mut self, span: i64, refused: bool) {
        self.total += 1;
        self.refused += u32::from(refused);
        if self.second != span {
            (self.second, self.within) = (span, 0);
        }
        self.within += 1;
        self.peak = self.peak.max(self.within);
    }
}

/// Requests of one kind: product, method, path with its SIDs left out.
pub(super) type Endpoint = (&'static str, String, String);

/// Everything that passed.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    pub(super) upstream: BTreeMap<Endpoint, Rate>,
    /// Webhooks by path.
    pub(super) webhooks: BTreeMap<String, Rate>,
    /// Reads and writes of each Sync map, within ten seconds of the clock.
    pub(super) reads: BTreeMap<String, Rate>,
    pub(super) writes: BTreeMap<String, Rate>,
    /// Twilio's error log, by code.
    pub(super) warnings: BTreeMap<u32, u32>,
    /// The longest that a call waited until Twilio dialed it.
    pub(super) longest_turn: SignedDuration,
    dialled: HashMap<CallSid, Timestamp>,
}

impl Traffic {
    /// Takes note of an event.
    pub(super) fn sees(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::Rest {
                method,
                product,
                path,
                status,
                ..
            } => self.asked(now, method, product, path, *status),
            Event::Webhook { path, .. } => {
                let path = path.split('?').next().unwrap_or_default();
                count(&mut self.webhooks, path, now.as_second(), false);
            }
            Event::Warning { code, .. } => *self.warnings.entry(*code).or_default() += 1,
            Event::Called {
                call,
                to,
                direction: "outbound-api",
                ..
            } if to.starts_with('+') => {
                self.dialled.insert(*call, now);
            }
            Event::Status { call, status } => {
                let Some(made) = self.dialled.remove(call) else {
                    return;
                };
                let turn = now.duration_since(made);
                if *status == CallStatus::Ringing && turn > AT_ONCE {
                    self.longest_turn = self.longest_turn.max(turn);
                }
            }
            _ => {}
        }
    }

    fn asked(
        &mut self,
        now: Timestamp,
        method: &str,
        product: &'static str,
        path: &str,
        status: u16,
    ) {
        let (second, refused) = (now.as_second(), status == 429);
        let endpoint = (product, method.to_owned(), template(path));
        let rate = self.upstream.entry(endpoint).or_default();
        rate.count(second, refused);
        if product == "sync"
            && let Some(map) = map(path)
        {
            let sides = if method == "GET" {
                &mut self.reads
            } else {
                &mut self.writes
            };
            count(sides, map, second / WINDOW, refused);
        }
    }
}

/// Counts under a name; one that is known costs no copy of it.
fn count(all: &mut BTreeMap<String, Rate>, name: &str, span: i64, refused: bool) {
    let rate = match all.get_mut(name) {
        Some(rate) => rate,
        None => all.entry(name.to_owned()).or_default(),
    };
    rate.count(span, refused);
}

/// The map that a Sync path is about.
fn map(path: &str) -> Option<&str> {
    path.split_once("/Maps/")?.1.split('/').next()
}

/// A path with what is one of many left out.
fn template(path: &str) -> String {
    let mut short = String::with_capacity(path.len());
    let hexadecimal = |text: &str| text.bytes().all(|it| it.is_ascii_hexdigit());
    for part in path.split('/').skip(1) {
        short.push('/');
        let (name, kind) = match part.strip_suffix(".json") {
            Some(name) => (name, ".json"),
            None => (part, ""),
        };
        match name.len() {
            34 if hexadecimal(&name[2..]) => short.extend(["{", &name[..2], "}", kind]),
            32 if hexadecimal(name) => short.push_str("{key}"),
            _ => match family(part) {
                Some(family) => short.extend([family, ".{nn}"]),
                None => short.push_str(part),
            },
        }
    }
    short
}

/// The name of a sharded map, without its number.
fn family(part: &str) -> Option<&str> {
    let (family, shard) = part.rsplit_once('.')?;
    let numbered = shard.len() == 2 && shard.bytes().all(|it| it.is_ascii_hexdigit());
    (numbered && family.starts_with("Global.")).then_some(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_kind_have_one_template() {
        let call = "/2010-04-01/Accounts/ACacacacacacacacacacacacacacacacac/Calls/CA00000000000000000000000000000001.json";
        assert_eq!(template(call), "/2010-04-01/Accounts/{AC}/Calls/{CA}.json");
        let item = "/v1/Services/IS00000000000000000000000000000001/Maps/Global.Dispatch.0f/Items";
        assert_eq!(
            template(item),
            "/v1/Services/{IS}/Maps/Global.Dispatch.{nn}/Items"
        );
        assert_eq!(map(item), Some("Global.Dispatch.0f"));
        let one =
            "/v1/Services/IS00000000000000000000000000000001/Maps/Global.DispatchPhones/Items/abc";
        assert_eq!(map(one), Some("Global.DispatchPhones"));
    }

    #[test]
    fn the_peak_is_of_one_second() {
        let mut rate = Rate::default();
        for second in [1, 1, 2, 3, 3, 3, 4] {
            rate.count(second, false);
        }
        assert_eq!((rate.total, rate.peak), (7, 3));
    }
}
