//! One file per family of Twilio's resources. Each adds to [`Twilio`](super::Twilio) a handle that carries the
//! deadline of the request that waits, and turns answers into our types: no other file knows a path or a field's name.

pub mod account;
pub mod activities;
pub mod call_queues;
pub mod calls;
pub mod claims;
pub mod conferences;
pub mod discover;
pub mod messages;
pub mod numbers;
pub mod open_tasks;
pub mod queues;
pub mod recordings;
pub mod reservations;
pub mod sync;
pub mod tasks;
pub(in crate::twilio) mod tasks_of;
pub mod tokens;
pub mod workers;
pub mod workflows;
