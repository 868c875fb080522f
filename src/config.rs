//! The configuration: where the values of variables come from, and how each is read and checked.
//!
//! It knows no feature. Each feature declares its variables and reads its own settings from them with a `Reader`;
//! [`General`] is what belongs to none. An operator who starts Switchboard for the first time sees *all* that is missing
//! or malformed at once, each with what it is for and an example, and never a secret's value.
//!
//! Twilio's SIDs are parsed here, because a mistyped SID should be found at start and not in the first call.

pub(crate) mod credentials;
mod file;
mod fingerprint;
pub mod general;
mod listen;
mod log;
pub(crate) mod parse;
mod problems;
mod sources;
mod table;
pub(crate) mod unknown;
mod variable;

pub use file::Unreadable;
pub use fingerprint::Values;
pub use general::{Account, General, Log, Login, Speech, VoiceFault};
pub use listen::listen;
pub(crate) use parse::Reader;
pub use problems::{Problem, Problems};
pub use sources::{Lookup, Sources, no_variable};
pub use table::{Group, Table};
pub use variable::{Need, Variable, secret, variable};
