//! The URLs of a leg. Each names its reservation and a nonce of its record, and Twilio signs the whole of it: so a
//! callback is bound to the leg it was made for, whichever replica answers it and however late.

use std::fmt::Display;

use super::{
    LegAsks, Settings,
    record::Leg,
    room::{RoomAsks, Side},
};
use crate::{
    durable::callback_url::{callback_url, maybe},
    twilio::sid::ReservationSid,
};

/// For a document: connect within 2 s, answer within 4.5 s, and try again on anything that is not our own refusal.
const FOR_A_DOCUMENT: &str = "#ct=2000&rt=4500&rc=3&rp=ct,rt,5xx";

/// For a report: no one on the phone waits for it.
const FOR_A_REPORT: &str = "#ct=2000&rt=11000&rc=2&rp=ct,rt,5xx";

impl Settings {
    fn link(&self, path: &str, leg: &Leg, patience: &str) -> String {
        let parameters = [
            ("nonce", Some(&leg.nonce as &dyn Display)),
            ("reservation", Some(&leg.reservation_sid)),
        ];
        callback_url(&self.public_url, path, parameters, patience)
    }

    /// What an answered leg hears first.
    #[must_use]
    pub fn leg_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/leg", leg, FOR_A_DOCUMENT)
    }

    /// The same again, with what Twilio says only once: who answered.
    #[must_use]
    pub fn again_url(&self, asks: &LegAsks) -> String {
        let (answered, round) = (
            asks.answered.map(super::cause::AnsweredBy::word),
            asks.round.saturating_add(1),
        );
        let parameters = [
            ("answered", maybe(answered.as_ref())),
            ("nonce", Some(&asks.nonce)),
            ("reservation", Some(&asks.reservation)),
            ("round", Some(&round)),
        ];
        callback_url(
            &self.public_url,
            "/dispatch/leg",
            parameters,
            FOR_A_DOCUMENT,
        )
    }

    /// Where a pressed key goes, and silence after the prompt.
    #[must_use]
    pub fn key_url(&self, leg: &Leg, attempt: u32) -> String {
        let parameters = [
            ("nonce", Some(&leg.nonce as &dyn Display)),
            ("reservation", Some(&leg.reservation_sid)),
            ("try", Some(&attempt)),
        ];
        callback_url(
            &self.public_url,
            "/dispatch/key",
            parameters,
            FOR_A_DOCUMENT,
        )
    }

    /// What a leg does after it was joined, or was not.
    #[must_use]
    pub fn joined_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/joined", leg, FOR_A_DOCUMENT)
    }

    /// What a caller hears who is brought to the room of a leg; the way back into the queue, too, if the worker is not there.
    #[must_use]
    pub fn meet_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/meet", leg, FOR_A_DOCUMENT)
    }

    /// The same again.
    #[must_use]
    pub fn meet_again_url(&self, asks: &RoomAsks) -> String {
        let parameters = [
            ("nonce", Some(&asks.nonce as &dyn Display)),
            ("reservation", Some(&asks.reservation)),
        ];
        callback_url(
            &self.public_url,
            "/dispatch/meet",
            parameters,
            FOR_A_DOCUMENT,
        )
    }

    /// What a caller does after the room.
    #[must_use]
    pub fn met_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/met", leg, FOR_A_DOCUMENT)
    }

    /// What one hears who is alone in the room: by asking for it they tell us that they are.
    #[must_use]
    pub fn alone_url(&self, reservation: ReservationSid, nonce: &str, side: Side) -> String {
        let side = side.word();
        let parameters = [
            ("nonce", Some(&nonce as &dyn Display)),
            ("reservation", Some(&reservation)),
            ("side", Some(&side)),
        ];
        callback_url(
            &self.public_url,
            "/dispatch/alone",
            parameters,
            FOR_A_DOCUMENT,
        )
    }

    /// Where a leg's progress is told.
    #[must_use]
    pub fn leg_status_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/status", leg, FOR_A_REPORT)
    }

    /// Where the verdict of a detection that runs beside the prompt is told.
    #[must_use]
    pub fn verdict_url(&self, leg: &Leg) -> String {
        self.link("/dispatch/amd", leg, FOR_A_REPORT)
    }
}
