//! From the configuration to the features.

use super::{callbacks, callers, messages, phones, ready};
use crate::{
    config::{Config, intake as intake_config},
    context::Context,
    features::{
        Features,
        availability::Availability,
        callback::Callback,
        did::Did,
        directory::Directory,
        dispatch::Dispatch,
        extension::Extension,
        intake::{Enrol, Intake, Settings as IntakeSettings, Skill},
        music::Music,
        overview::Overview,
        parking::{Parking, Settings as ParkingSettings},
        stuck_tasks::StuckTasks,
        voicemail::Voicemail,
    },
    web::app::OfFeatures,
};

/// Every feature.
pub(super) fn features(context: &Context, config: &Config, music: Music) -> OfFeatures {
    let availability = Availability::new(context, ready::settings(config));
    let parking = Parking::new(
        context,
        parking_settings(config, &music),
        availability.clone(),
    );
    let directory = Directory::new(context);
    let dispatch = Dispatch::new(context, phones::settings(config), availability.clone());
    let (names, calls) = (directory.clone(), parking.clone());
    let extension = Extension::new(context, callers::extension(config), names, calls);
    let (names, calls) = (directory.clone(), parking.clone());
    let did = Did::new(context, callers::did(config), names, calls);
    let stuck_tasks = StuckTasks::new(context, config.availability.stuck_after);
    let callback = Callback::new(context, callbacks::settings(config, &music));
    let voicemail = Voicemail::new(context, messages::settings(config));
    let overview = Overview::new(context, parking.clone());
    let intake = Intake::new(context, intake_settings(config), directory.clone());
    let features = Features::new(vec![
        Box::new(parking.clone()),
        Box::new(dispatch.clone()),
        Box::new(extension.clone()),
        Box::new(did.clone()),
        Box::new(stuck_tasks),
        Box::new(availability.clone()),
        Box::new(callback.clone()),
        Box::new(voicemail.clone()),
        Box::new(overview.clone()),
    ]);
    OfFeatures::default()
        .with(features)
        .with(parking)
        .with(dispatch)
        .with(extension)
        .with(did)
        .with(availability)
        .with(callback)
        .with(voicemail)
        .with(overview)
        .with(intake)
        .with(directory)
        .with(music)
}

fn intake_settings(config: &Config) -> IntakeSettings {
    let intake = &config.intake;
    let skill = |skill: &intake_config::Skill| Skill {
        name: skill.name.clone(),
        spoken: skill.spoken.clone(),
        words: skill.words.clone(),
    };
    IntakeSettings {
        public_url: config.public_url.clone(),
        enrol: match &intake.enrol {
            intake_config::Enrol::Known => Enrol::Known,
            intake_config::Enrol::Pin(pin) => Enrol::Pin(pin.clone()),
            intake_config::Enrol::Open => Enrol::Open,
        },
        skills: intake.skills.iter().map(skill).collect(),
        on_activity: intake.on_activity.clone(),
        off_activity: intake.off_activity.clone(),
        refused_prefixes: intake.refused_prefixes.clone(),
    }
}

fn parking_settings(config: &Config, music: &Music) -> ParkingSettings {
    let (hold, park) = (&config.hold, &config.park);
    ParkingSettings {
        public_url: config.public_url.clone(),
        music: music.urls(&config.public_url),
        shuffle: hold.shuffle,
        round: hold.round,
        announcement: hold.announcement.clone(),
        announce_every: hold.announce_every,
        fallback_url: hold.fallback_url.clone(),
        timeout: park.timeout,
        return_tries: park.return_tries,
        return_ring: park.return_ring,
        limit: park.limit,
    }
}
