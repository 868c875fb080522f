//! Switchboard: one server that answers Twilio's webhooks for a Flex contact center.
//!
//! ```text
//! Twilio, Flex plugins, Studio
//!         │  webhook or request
//!         ▼
//!       web          request id, limits, deadline, signature or token, errors
//!         ▼
//!     features/X/routes.rs     reads the input, calls the feature, wraps the answer
//!         ▼
//!     features/X               decides, writes the intention down, acts
//!         ▼                         │
//!     durable, recording, events    │  twiml: what the caller hears
//!         ▼                         ▼
//!       twilio       the REST client: one place that sends, with deadline and retries
//! ```
//!
//! [`app`] puts the parts together, for the server, the demo and the tests alike; [`cli`] holds the subcommands;
//! [`config`] reads the variables; [`guide`] holds the chapters for operators; [`emulator`] is a Twilio in the same
//! process, for the demo, the simulation and the tests. Which module may import which is held by a test, `tests/it/house/imports.rs`.
//!
//! # To change what callers hear
//!
//! Edit the document in `twiml/`, run `cargo test --test it twiml`, and review the snapshot that changes.
//!
//! # To add a webhook
//!
//! Write the handler and its input in the feature's `routes.rs`, and name it in the route table, `web.rs`. The tests of
//! routes, security and OpenAPI find it there by themselves and say what is missing.
//!
//! # To add a feature
//!
//! Write `features/X.rs` (what it promises, its handle, `impl Feature`) and `features/X/`, with `routes.rs` for its
//! webhooks. Name it in `features.rs`, build it in `app/features.rs`, and list its routes in `web.rs`. Its chapter is
//! `features/X/README.md`; name that in `guide.rs`.
//!
//! # To mend a reconciler
//!
//! Every feature that has one implements [`durable::reconcile::Reconcile`], in its `reconcile.rs` where it is long. Write
//! the story first, in `tests/it/X/`, with the crash or the lost webhook in it; then the pass that finds it.

pub mod agent;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod durable;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod error;
pub mod events;
pub mod expression;
pub mod features;
pub mod guide;
pub mod hours;
pub mod json;
pub mod recording;
pub mod rng;
pub mod telemetry;
pub mod twilio;
pub mod twiml;
pub mod web;
