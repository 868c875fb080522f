//! The weather between Twilio and the application: faults a test scripts, and faults a seed throws in.
//!
//! A scripted [`Fault`] waits for its request (method, part of the path, product, the nth that fits) and strikes
//! once; one that never struck is a loose end. A [`Climate`] gives every request a chance of trouble. Twilio
//! promises neither exactly-once webhooks nor their order, and a REST request may have been carried out although no
//! answer came: these are the ordinary troubles, not exotic ones.

mod sky;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use self::sky::Sky;
use crate::rng::Rng;

/// What goes wrong with a REST request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestTrouble {
    /// It is refused with this status and Twilio error code; nothing was done.
    Answer(u16, u32),
    /// No answer ever comes, and nothing was done.
    Hang,
    /// The connection cannot be made; nothing was done.
    Refused,
    /// The connection breaks before Twilio acts; to the caller it looks like [`RestTrouble::Lost`].
    Reset,
    /// Twilio acts, then the connection breaks.
    Lost,
    /// Twilio acts, then no answer ever comes.
    LostHanging,
    /// The request takes this long on the way before Twilio acts.
    Slow(Duration),
}

/// What goes wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookTrouble {
    /// The application's port refuses the connection (one attempt; Twilio retries by its rules).
    Refused,
    /// It is never sent.
    Dropped,
    /// The application does its work, but the connection breaks before Twilio has the answer.
    Lost,
    /// It is delivered this many times more, with the same idempotency token.
    Repeated(u32),
    /// It leaves this much later, in story time: later webhooks overtake it.
    Delayed(Duration),
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    Rest(RestTrouble),
    Hook(HookTrouble),
}

/// One scripted fault. Strikes the first request that fits, once, unless told otherwise.
#[derive(Clone, Debug)]
pub struct Fault {
    trouble: Trouble,
    method: Option<String>,
    product: Option<String>,
    path: String,
    skip: u32,
    times: u32,
}

impl Fault {
    /// A fault of a REST request to Twilio.
    #[must_use]
    pub fn rest(trouble: RestTrouble) -> Self {
        Self::new(Trouble::Rest(trouble))
    }

    /// A fault of a webhook to the application.
    #[must_use]
    pub fn webhook(trouble: HookTrouble) -> Self {
        Self::new(Trouble::Hook(trouble))
    }

    fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            method: None,
            product: None,
            path: String::new(),
            skip: 0,
            times: 1,
        }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only REST requests to this product: `api`, `sync`, `taskrouter`, `iam`.
    #[must_use]
    pub fn product(mut self, product: &str) -> Self {
        self.product = Some(product.to_owned());
        self
    }

    /// Only requests whose path contains this.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        part.clone_into(&mut self.path);
        self
    }

    /// Not the first request that fits but the `nth`, counted from one.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.skip = nth.saturating_sub(1);
        self
    }

    /// Strikes this many times in a row.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, method: &str, product: Option<&str>, path: &str) -> bool {
        matches!(self.trouble, Trouble::Rest(_)) == product.is_some()
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self
                .product
                .as_deref()
                .is_none_or(|wanted| Some(wanted) == product)
            && path.contains(&self.path)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trouble {
            Trouble::Rest(trouble) => write!(f, "REST {trouble:?}")?,
            Trouble::Hook(trouble) => write!(f, "webhook {trouble:?}")?,
        }
        write!(f, " on {:?}", self.path)
    }
}

/// How likely each trouble is, from 0.0 to 1.0, for every request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Climate {
    /// REST: 429, nothing done.
    pub busy: f64,
    /// REST: 500 or 503, nothing done.
    pub failing: f64,
    /// REST: no answer, nothing done.
    pub hanging: f64,
    /// REST: the connection breaks before Twilio acts.
    pub reset: f64,
    /// REST: Twilio acts, the answer is lost.
    pub lost: f64,
    /// Webhook: delivered once or twice more.
    pub repeated: f64,
    /// Webhook: up to ten seconds late; a document, up to two.
    pub delayed: f64,
    /// Webhook: never sent. Does not befall documents: Twilio cannot play what it did not ask for.
    pub dropped: f64,
    /// Webhook: the first connection is refused.
    pub refused: f64,
    /// Webhook: answered, but Twilio never has the answer. For a document it then asks the fallback URL.
    pub unheard: f64,
}

impl Climate {
    /// Every kind of trouble with the same chance.
    #[must_use]
    pub fn even(chance: f64) -> Self {
        Self {
            busy: chance,
            failing: chance,
            hanging: chance,
            reset: chance,
            lost: chance,
            repeated: chance,
            delayed: chance,
            dropped: chance,
            refused: chance,
            unheard: chance,
        }
    }
}

/// The weather of one emulator. Clones share it.
#[derive(Clone, Debug)]
pub struct Weather(Arc<Mutex<Sky>>);

impl Weather {
    pub(super) fn new(rng: Rng) -> Self {
        Self(Arc::new(Mutex::new(Sky::clear(rng))))
    }

    /// Adds a fault that strikes when its request comes.
    pub fn script(&self, fault: Fault) {
        self.sky(|sky| sky.scripted.push(fault));
    }

    /// Gives every request from now on a chance of trouble.
    pub fn random(&self, climate: Climate) {
        self.sky(|sky| sky.climate = climate);
    }

    /// Gives every webhook from now on the same trouble, unless a scripted fault strikes it.
    pub fn always(&self, trouble: HookTrouble) {
        self.sky(|sky| sky.always = Some(trouble));
    }

    /// Ends all trouble, scripted and random. What had not struck is forgotten.
    pub fn clear(&self) {
        self.sky(|sky| {
            sky.scripted.clear();
            sky.climate = Climate::default();
            sky.always = None;
        });
    }

    /// Scripted faults that have not struck.
    pub(super) fn unused(&self) -> Vec<String> {
        self.sky(|sky| {
            let unused = sky.scripted.iter();
            unused
                .map(|fault| format!("a scripted fault never struck: {fault}"))
                .collect()
        })
    }

    /// The trouble that befalls a REST request.
    pub(super) fn rest(&self, method: &str, product: &str, path: &str) -> Option<RestTrouble> {
        self.sky(|sky| match sky.strike(method, Some(product), path) {
            Some(Trouble::Rest(trouble)) => Some(trouble),
            _ => sky.rest_by_chance(product),
        })
    }

    /// The trouble that befalls a webhook; `document`: a person on the phone waits for the answer.
    pub(super) fn webhook(&self, method: &str, path: &str, document: bool) -> Option<HookTrouble> {
        self.sky(|sky| match sky.strike(method, None, path) {
            Some(Trouble::Hook(trouble)) => Some(trouble),
            _ => sky.always.or_else(|| sky.hook_by_chance(document)),
        })
    }

    fn sky<T>(&self, act: impl FnOnce(&mut Sky) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
