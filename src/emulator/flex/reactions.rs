//! What the plugin does by itself when something becomes of a reservation.
//!
//! Each event is handled beside the others, as in a browser: while one handler waits for the server, the next runs.
//! Errors go to the browser's console, where no one sees them.

use std::sync::Arc;

use serde_json::Value;

use super::{Browser, FlexError, map_name};
use crate::{
    emulator::{
        Emulator,
        taskrouter::{Happening, ReservationStatus},
    },
    twilio::sid::{ReservationSid, TaskSid},
};

/// What a handler is told.
#[derive(Clone, Debug)]
struct Told {
    reservation: ReservationSid,
    task: TaskSid,
    status: ReservationStatus,
    /// The task's attributes when it happened.
    attributes: Value,
}

impl Told {
    fn is(&self, name: &str) -> bool {
        self.attributes[name] == true
    }
}

impl Browser {
    /// Reacts to whatever happens from now on, until the browser is closed or the emulator is gone.
    pub(super) fn listen(&self, emulator: &Emulator) {
        let browser = self.clone();
        let (bell, mut seen) = {
            let router = &emulator.lock().router;
            (router.bell(), router.told())
        };
        let mut rung = Arc::clone(&bell).notified_owned();
        emulator.spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = browser.0.closed.cancelled() => return,
                    () = rung => {}
                }
                let Ok(emulator) = browser.emulator() else {
                    return;
                };
                // Before the news is read: what happens from here on rings again.
                rung = Arc::clone(&bell).notified_owned();
                for told in browser.news(&emulator, &mut seen) {
                    browser.react(&emulator, told);
                }
            }
        });
    }

    /// What has become of this agent's reservations since the first `seen` happenings.
    fn news(&self, emulator: &Emulator, seen: &mut usize) -> Vec<Told> {
        let world = emulator.lock();
        let news = world.router.happenings(*seen);
        *seen += news.len();
        let mine = news.iter().filter_map(|happening| match *happening {
            Happening::Reservation {
                reservation,
                task,
                worker,
                status,
            } if worker == self.0.worker => {
                let attributes = world.router.task(task).map(|it| &it.attributes.value);
                Some(Told {
                    reservation,
                    task,
                    status,
                    attributes: attributes.cloned().unwrap_or_default(),
                })
            }
            _ => None,
        });
        mine.collect()
    }

    fn react(&self, emulator: &Emulator, told: Told) {
        emulator.lock().on_the_way += 1;
        let (browser, inside) = (self.clone(), emulator.clone());
        emulator.spawn(async move {
            // What goes wrong here is the browser's own affair: the agent sees the task as it is.
            let _ = browser.handle(&inside, &told).await;
            browser.draw(&inside);
            inside.lock().on_the_way -= 1;
        });
    }

    async fn handle(&self, emulator: &Emulator, told: &Told) -> Result<(), FlexError> {
        match told.status {
            ReservationStatus::Pending => self.offered(emulator, told).await,
            ReservationStatus::Accepted if told.is("isParkHangup") => emulator.with(|world| {
                let now = world.now();
                Ok(world.router.wrap_up(told.task, now)?)
            }),
            ReservationStatus::Wrapping if told.is("autoComplete") => self.complete(told.task),
            ReservationStatus::Accepted | ReservationStatus::Wrapping => Ok(()),
            ReservationStatus::Rejected
            | ReservationStatus::Timeout
            | ReservationStatus::Canceled
            | ReservationStatus::Rescinded
            | ReservationStatus::Completed => {
                self.ended(emulator, told);
                Ok(())
            }
        }
    }

    async fn offered(&self, emulator: &Emulator, told: &Told) -> Result<(), FlexError> {
        if told.is("isParkHangup") {
            emulator.take(told.reservation)?;
            let attributes = &told.attributes;
            let acd =
                attributes["direction"] == "inbound" && attributes["directExtension"].is_null();
            if acd && let Some(call) = attributes["call_sid"].as_str() {
                self.write_back(emulator, call);
            }
            Ok(())
        } else if told.is("autoAnswer") {
            self.accept(told.reservation).await
        } else {
            Ok(())
        }
    }

    /// `updateIsReservationPending`: lays the whole entry, as it was last drawn, over the one in the map.
    fn write_back(&self, emulator: &Emulator, call: &str) {
        let drawn = self.0.drawn.lock();
        let drawn = drawn
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        let mut drawn = drawn.into_iter();
        let Some((_, Value::Object(mut item))) = drawn.find(|(key, _)| key == call) else {
            return;
        };
        // The plugin has parsed the text it found, and writes the object back.
        if let Some(text) = item.get("attributes").and_then(Value::as_str)
            && let Ok(attributes) = serde_json::from_str(text)
        {
            item.insert("attributes".to_owned(), attributes);
        }
        item.insert("isReservationPending".to_owned(), false.into());
        emulator.with(|world| {
            let now = world.now();
            world
                .sync
                .sdk_update(&map_name(self.0.worker), call, &item, now);
        });
    }

    /// `handleReservationEnded`: a task that did not end by being parked takes its entry out of the list.
    fn ended(&self, emulator: &Emulator, told: &Told) {
        let Some(call) = told.attributes["call_sid"].as_str() else {
            return;
        };
        if told.attributes["conversations"]["outcome"] == "Parked Call" {
            return;
        }
        emulator.with(|world| {
            let now = world.now();
            world.sync.sdk_remove(&map_name(self.0.worker), call, now);
        });
    }
}
