//! The HTTP side from outside: every route against every kind of wrong request, and the end of the server.

mod crowd;
mod desk;
mod end;
mod operations;
mod plugin;
mod proxies;
mod reconcilers;
mod routes;
mod voice;
mod webhook_keys;
