//! TaskRouter's REST face: which path is whose.
//!
//! Tasks, reservations, workers and their channels; and the furniture: the workspace itself, activities, queues,
//! workflows and task channels, read in `fixtures` and changed in `furniture`.

mod fixtures;
mod furniture;
mod reservations;
mod show;
mod tasks;
mod workers;

use super::{Refusal, RestAnswer, RestRequest};
use crate::emulator::world::World;

type Answer = Result<RestAnswer, Refusal>;

/// Answers what is asked of `taskrouter.twilio.com`.
pub(super) fn answer(world: &mut World, request: &RestRequest, path: &[&str]) -> Answer {
    if let ("GET", ["v1", "Workspaces"]) = (request.method.as_str(), path) {
        return fixtures::workspaces(world, request);
    }
    let ["v1", "Workspaces", workspace, rest @ ..] = path else {
        return Err(Refusal::not_found(&request.path));
    };
    if *workspace != world.router.workspace.sid.as_str() {
        return Err(Refusal::not_found(&request.path));
    }
    // What time has taken away must not be seen any more.
    let now = world.now();
    world.router.tick(now);
    match (request.method.as_str(), rest) {
        ("GET", ["Tasks"]) => tasks::list(world, request),
        ("POST", ["Tasks"]) => tasks::create(world, request),
        ("GET", ["Tasks", sid]) => tasks::fetch(world, request, sid),
        ("POST", ["Tasks", sid]) => tasks::update(world, request, sid),
        ("DELETE", ["Tasks", sid]) => tasks::delete(world, request, sid),
        ("GET", ["Workers"]) => workers::list(world, request),
        ("POST", ["Workers"]) => workers::create(world, request),
        ("GET", ["Workers", sid]) => workers::fetch(world, request, sid),
        ("POST", ["Workers", sid]) => workers::update(world, request, sid),
        ("DELETE", ["Workers", sid]) => workers::delete(world, request, sid),
        ("GET", ["Workers", sid, "Channels"]) => workers::channels(world, request, sid),
        ("GET", ["Workers", sid, "Channels", id]) => workers::channel(world, request, sid, id),
        ("POST", ["Workers", sid, "Channels", id]) => {
            workers::update_channel(world, request, sid, id)
        }
        ("GET", [owner @ ("Tasks" | "Workers"), sid, "Reservations"]) => {
            reservations::list(world, request, owner, sid)
        }
        ("GET", [owner @ ("Tasks" | "Workers"), sid, "Reservations", id]) => {
            reservations::fetch(world, request, owner, sid, id)
        }
        ("POST", [owner @ ("Tasks" | "Workers"), sid, "Reservations", id]) => {
            reservations::update(world, request, owner, sid, id)
        }
        ("GET", rest) => fixtures::read(world, request, rest),
        (_, rest) => furniture::write(world, request, rest),
    }
}

#[cfg(test)]
mod tests;
