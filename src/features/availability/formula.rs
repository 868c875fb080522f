//! What a worker's readiness and room for calls must be, given what they have on their hands.
//!
//! The formula is the published sample's, to the letter, because its plugin, its queues and its reports build on it:
//!
//! | | |
//! |---|---|
//! | ready for calls from the line | in an available activity, and not one call: offered, accepted, in wrap-up or parked |
//! | room for calls | with a call parked: one more than the calls they have, to pick it up; else, while a call is offered or going on: 2, for a direct call; else 1 |
//!
//! A worker with one line only, a phone of their own that dispatch calls, has no room for a second call: it would find that
//! phone engaged, and its worker would count as not reached.
//!
//! A parked call whose caller hung up is not parked any more. A call in wrap-up takes up room until it is completed.

/// What a worker has on their hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// Whether their activity is an available one.
    pub available: bool,
    /// Whether their calls come to a phone of their own, one at a time.
    pub one_line: bool,
    /// Calls that are offered to them or going on.
    pub active: u32,
    /// Calls that they write up.
    pub wrapping: u32,
    /// Calls that they have parked, with callers who are still there.
    pub parked: u32,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether calls from the line may come: the attribute `isAcdReady`.
    pub ready: bool,
    /// How many calls they may have: the capacity of their voice channel.
    pub capacity: u32,
}

impl Hands {
    /// The formula.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let calls = self.active + self.wrapping;
        Wanted {
            ready: self.available && calls == 0 && self.parked == 0,
            capacity: match (self.parked, self.active) {
                (1.., _) => calls + 1,
                (0, 1..) if !self.one_line => 2,
                (0, _) => 1,
            },
        }
    }
}

impl Wanted {
    /// Whether this lets more calls come, or leaves less room, than what is set now. Only then does it matter whether
    /// a call is on its way.
    #[must_use]
    pub fn is_looser(&self, ready: Option<bool>, capacity: u32) -> bool {
        (self.ready && ready != Some(true)) || self.capacity < capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(available: bool, active: u32, wrapping: u32, parked: u32) -> (bool, u32) {
        let hands = Hands {
            available,
            one_line: false,
            active,
            wrapping,
            parked,
        };
        let Wanted { ready, capacity } = hands.wanted();
        (ready, capacity)
    }

    #[test]
    fn a4_64_and_66_the_samples_formula_row_by_row() {
        let rows = [
            ((true, 0, 0, 0), (true, 1)),
            ((false, 0, 0, 0), (false, 1)),
            ((true, 1, 0, 0), (false, 2)),
            ((true, 2, 0, 0), (false, 2)),
            ((true, 0, 1, 0), (false, 1)),
            ((true, 1, 1, 0), (false, 2)),
            ((true, 0, 0, 1), (false, 1)),
            ((true, 1, 0, 1), (false, 2)),
            ((true, 1, 1, 1), (false, 3)),
            ((true, 1, 1, 2), (false, 3)),
            ((false, 1, 0, 1), (false, 2)),
        ];
        for ((available, active, wrapping, parked), expected) in rows {
            let found = wanted(available, active, wrapping, parked);
            assert_eq!(found, expected, "{available} {active} {wrapping} {parked}");
        }
    }

    #[test]
    fn who_has_one_line_has_no_room_for_a_second_call() {
        for active in [0, 1, 2] {
            let hands = Hands {
                available: true,
                one_line: true,
                active,
                ..Hands::default()
            };
            assert_eq!(hands.wanted().capacity, 1);
        }
    }

    proptest! {
        /// A parked call can always be picked up, however many calls its worker has.
        #[test]
        fn whoever_has_a_call_parked_has_room_to_pick_it_up(
            available in any::<bool>(), active in 0_u32..9, wrapping in 0_u32..9, parked in 1_u32..9,
        ) {
            let (_, capacity) = wanted(available, active, wrapping, parked);
            prop_assert!(capacity > active + wrapping);
        }

        /// A worker who is ready for a call from the line has room for it, and for no second.
        #[test]
        fn whoever_is_ready_has_room_for_one(
            available in any::<bool>(), active in 0_u32..3, wrapping in 0_u32..3, parked in 0_u32..3,
        ) {
            let (ready, capacity) = wanted(available, active, wrapping, parked);
            prop_assert!(!ready || capacity == 1);
        }
    }
}
