//! How a worker stands whose availability the server computes, and what is true of them, told by TaskRouter alone.

use switchboard::twilio::sid::WorkerSid;

use super::Stage;

impl Stage {
    /// What stands at Twilio: whether calls from the line may come, and the room for calls.
    pub(crate) fn is_set(&self, worker: WorkerSid) -> (bool, u64) {
        let emulator = &self.emulator;
        let view = emulator.worker(worker).expect("a worker");
        let ready = view.attributes["isAcdReady"]
            .as_bool()
            .expect("isAcdReady is true or false");
        let capacity = emulator.worker_capacity(worker, "voice");
        (ready, capacity.expect("a voice channel"))
    }

    /// What it must be, by the sample's formula and what TaskRouter and the worker's list say now.
    pub(crate) fn should_be_set(&self, worker: WorkerSid) -> (bool, u64) {
        let emulator = &self.emulator;
        let available = emulator.worker(worker).expect("a worker").available;
        let count = |wanted: &[&str]| {
            let all = emulator.reservations();
            let mine = all.iter().filter(|it| it.worker == worker);
            mine.filter(|it| wanted.contains(&it.status)).count() as u64
        };
        let (active, wrapping) = (count(&["pending", "accepted"]), count(&["wrapping"]));
        let items = emulator.map_items(&format!("{worker}.ParkedCalls"));
        let parked = items.iter().any(|(_, item)| item["callerHangup"].is_null());
        let ready = available && active + wrapping == 0 && !parked;
        let capacity = if parked {
            active + wrapping + 1
        } else if active > 0 {
            2
        } else {
            1
        };
        (ready, capacity)
    }
}
