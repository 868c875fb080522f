//! The one integration binary: one link, one shared harness.
//!
//! Each module is one subject; a test's name says what would be broken if it failed.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation is how a test speaks"
)]

/// Stories and days are JSON and small pieces of text: with the system's allocator a third of their time is its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod availability;
mod callback;
mod client;
mod config;
mod contract;
mod days;
mod did;
mod directory;
mod discover;
mod dispatch;
mod doctor;
mod extension;
mod house;
mod intake;
mod lint;
mod logs;
mod music;
mod now;
mod parking;
mod security;
mod signature;
mod stage;
mod stuck;
mod twiml;
mod voicemail;
mod weather;
mod web;
mod wire;
