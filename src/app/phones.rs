//! From the configuration of workers on their own phones to the settings of dispatch.

use std::time::Duration;

use crate::{
    config::{Config, dispatch as variables},
    features::{
        dispatch::{
            Doubt, Nobody, NobodyNext, Settings,
            budget::Budget,
            cause::{Cause, CoolDowns},
            record::{Connect, Screening},
        },
        voicemail::Mailbox,
    },
    twilio::sid::ActivitySid,
};

/// For causes that the configuration does not name, should it not name the rest either.
const OTHER: Duration = Duration::from_mins(1);

/// How dispatch behaves.
pub(super) fn settings(config: &Config) -> Settings {
    let dispatch = &config.dispatch;
    let times = &dispatch.times;
    let phones = dispatch.phones.as_ref();
    let nobody = dispatch.nobody_queue.map(|queue| Nobody {
        queue,
        message: dispatch.nobody_message.clone(),
        next: dispatch.nobody_next.as_ref().map(|next| match next {
            variables::NobodyNext::OwnBox => NobodyNext::Mailbox(Mailbox::Queue(queue)),
            variables::NobodyNext::Queue(queue) => NobodyNext::Mailbox(Mailbox::Queue(*queue)),
            variables::NobodyNext::Worker(worker) => NobodyNext::Mailbox(Mailbox::Worker(*worker)),
            variables::NobodyNext::Url(url) => NobodyNext::Url(url.clone()),
        }),
    });
    Settings {
        on: phones.is_some(),
        public_url: config.public_url.clone(),
        caller_id: phones.map(|phones| phones.caller_id.clone()),
        show_caller: dispatch.show_caller,
        attribute: dispatch.attribute.clone(),
        screening: Screening::read(&dispatch.screening).unwrap_or(Screening::Amd),
        connect: Connect::read(&dispatch.connect).unwrap_or_default(),
        whisper: dispatch.whisper.clone(),
        caller_next: dispatch.caller_next.clone(),
        doubt: match dispatch.doubt {
            variables::Doubt::Screen => Doubt::Screen,
            variables::Doubt::Join => Doubt::Join,
            variables::Doubt::Reject => Doubt::Reject,
        },
        budget: Budget {
            ring: times.ring,
            listening: times.listen,
            slack: times.slack,
            reservation: times.reservation,
        },
        // Without phones nobody is ever sent there.
        cool_down_activity: phones.map_or(ActivitySid::from_bytes([0; 16]), |phones| {
            phones.cool_down_activity
        }),
        cool_downs: cool_downs(&dispatch.cool_down),
        on_activity: config.intake.on_activity.clone(),
        misses: dispatch.missed.misses,
        missed_activity: dispatch.missed.activity,
        missed_text: dispatch.missed.text.clone(),
        supervisor: dispatch.missed.supervisor.clone(),
        post_work_activity: dispatch.post_work_activity,
        nobody,
    }
}

fn cool_downs(listed: &[(String, Duration)]) -> CoolDowns {
    let by_cause = listed
        .iter()
        .filter_map(|(word, long)| Some((Cause::read(word)?, *long)));
    let other = listed.iter().find(|(word, _)| word == "other");
    CoolDowns {
        by_cause: by_cause.collect(),
        other: other.map_or(OTHER, |(_, long)| *long),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_configuration_are_those_of_the_domain() {
        // What is said of a worker who is cooling down already sends them nowhere.
        let causes = Cause::ALL.iter().filter(|it| **it != Cause::CoolingDown);
        let causes: Vec<_> = causes.map(|cause| cause.word()).collect();
        assert_eq!(causes, variables::CAUSES);
        for word in variables::SCREENINGS {
            assert!(Screening::read(word).is_some(), "{word}");
        }
        for word in variables::CONNECTS {
            assert!(Connect::read(word).is_some(), "{word}");
        }
    }
}
