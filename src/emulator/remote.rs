//! The remote control: the emulator's people moved over HTTP, for the demo and for developers with `curl`.

use axum::Router;

use super::Emulator;

impl Emulator {
    /// Routes under `/control`.
    pub(super) fn remote(&self) -> Router {
        Router::new()
    }
}
