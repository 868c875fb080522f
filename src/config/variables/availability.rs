//! The variables of who is ready for the next call.

use super::{Need::Default, Variable, variable};

/// Every variable of availability, in the order of `.env.example`.
pub(super) const AVAILABILITY: &[Variable] = &[variable(
    "AVAILABILITY",
    Default("plugin"),
    "server",
    "Who computes a worker's isAcdReady and the capacity of their voice channel: the plugin in their browser, or this server, which then needs the workspace's event callback.",
)];
