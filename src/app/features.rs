//! From the configuration to the features.

use crate::{
    context::Context,
    features::{
        Features, Settings, availability::Availability, callback::Callback, did::Did,
        directory::Directory, dispatch::Dispatch, extension::Extension, intake::Intake,
        music::Music, overview::Overview, parking::Parking, stuck_tasks::StuckTasks,
        voicemail::Voicemail,
    },
    web::app::OfFeatures,
};

/// Every feature.
pub(super) fn features(context: &Context, settings: Settings, music: Music) -> OfFeatures {
    let availability = Availability::new(context, settings.availability);
    let parking = Parking::new(context, settings.parking, availability.clone());
    let directory = Directory::new(context);
    let dispatch = Dispatch::new(context, settings.dispatch, availability.clone());
    let (names, calls) = (directory.clone(), parking.clone());
    let extension = Extension::new(context, settings.extension, names, calls);
    let (names, calls) = (directory.clone(), parking.clone());
    let did = Did::new(context, settings.did, names, calls);
    let stuck_tasks = StuckTasks::new(context, settings.stuck_tasks);
    let callback = Callback::new(context, settings.callback);
    let voicemail = Voicemail::new(context, settings.voicemail);
    let overview = Overview::new(context, parking.clone());
    let intake = Intake::new(context, settings.intake, directory.clone());
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
        .with(settings.capacity)
        .with(music)
}
