//! On line and off line: a worker's activity, and which calls they take.
//!
//! Going on line is one conditional write of activity and attributes; if the worker changed meanwhile, the
//! worker is read again and the change is made anew on what they wrote. Going off line writes no attribute and is
//! unconditional: a worker who says that they stop has stopped, whatever else happens to their record.

use serde_json::{Map, Value};

use super::{Error, Intake, Skill, upstream};
use crate::{
    twilio::{
        deadline::Deadline,
        party::E164,
        resource::workers::{Worker, WorkerChange},
        sid::{ActivitySid, WorkerSid},
    },
    twiml::document::intake::{Said, Words},
};

/// How often a write is tried anew that another request was faster than.
const ROUNDS: usize = 6;

/// How a skill is called: in a text message by its name, on the phone as it is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    /// In writing.
    Written,
    /// On the phone.
    Spoken,
}

impl Skill {
    fn called(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::Written => self.name.clone(),
            Tongue::Spoken => self.spoken.clone(),
        }
    }
}

impl Intake {
    /// Whether calls may be sent to a number: it is not our own, and not one that is dear to call.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub(super) async fn may_be_called(&self, phone: &E164, by: Deadline) -> Result<bool, Error> {
        if self.is_dear(phone) {
            return Ok(false);
        }
        let owns = self.0.twilio.numbers(by).owns(phone).await;
        Ok(!owns.map_err(upstream("looking at the line's own numbers"))?)
    }

    /// Whether a number is dear to call, by how it begins.
    pub(super) fn is_dear(&self, phone: &E164) -> bool {
        let mut refused = self.0.settings.refused_prefixes.iter();
        refused.any(|prefix| phone.as_str().starts_with(prefix))
    }

    /// Puts a worker on line for these skills, by their places in the configuration.
    ///
    /// # Errors
    /// [`Error::Upstream`], [`Error::Misconfigured`].
    pub(super) async fn go_online(
        &self,
        worker: Box<Worker>,
        skills: &[usize],
        by: Deadline,
    ) -> Result<Box<Worker>, Error> {
        let settings = &self.0.settings;
        let chosen = skills
            .iter()
            .filter_map(|place| settings.skills.get(*place));
        let chosen: Vec<_> = chosen.map(|skill| skill.name.as_str()).collect();
        let activity = self.activity(&settings.on_activity, true, by).await?;
        let doing = upstream("going on line");
        let workers = self.0.twilio.workers(by);
        let mut worker = worker;
        let mut refusal = None;
        for _ in 0..ROUNDS {
            let change = WorkerChange {
                activity: Some(activity),
                attributes: Some(with_skills(&worker.attributes, &settings.skills, &chosen)),
                reject_pending: false,
            };
            let revision = worker.revision.as_deref();
            match workers.update(worker.sid, &change, revision).await {
                Ok(worker) => return Ok(Box::new(worker)),
                Err(error) if error.is_outdated() => refusal = Some(error),
                Err(error) => return Err(self.doubting(&settings.on_activity, doing(error))),
            }
            *worker = workers.fetch(worker.sid).await.map_err(&doing)?;
        }
        Err(refusal.map_or(Error::Conflict("another request was faster"), doing))
    }

    /// Takes a worker off line, and from them what is offered to them now.
    ///
    /// # Errors
    /// [`Error::Upstream`], [`Error::Misconfigured`].
    pub(super) async fn go_offline(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<Box<Worker>, Error> {
        let name = &self.0.settings.off_activity;
        let change = WorkerChange {
            activity: Some(self.activity(name, false, by).await?),
            attributes: None,
            reject_pending: true,
        };
        let updated = self.0.twilio.workers(by).update(worker, &change, None);
        let updated = updated.await.map_err(upstream("going off line"));
        let updated = updated.map_err(|error| self.doubting(name, error))?;
        Ok(Box::new(updated))
    }

    /// An activity that was remembered may have been deleted since: after a refusal it is looked for again.
    fn doubting(&self, activity: &str, error: Error) -> Error {
        self.0.activities.forget(&activity.to_owned());
        error
    }

    /// The activity of this name, which must be available or must not.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there is none, or it is of the wrong kind; [`Error::Upstream`].
    pub(super) async fn activity(
        &self,
        name: &str,
        available: bool,
        by: Deadline,
    ) -> Result<ActivitySid, Error> {
        let key = name.to_owned();
        if let Some(sid) = self.0.activities.recall(&key) {
            return Ok(sid);
        }
        let found = self.0.twilio.activities(by).named(name).await;
        let found = found.map_err(upstream("looking an activity up"))?;
        match found {
            Some(activity) if activity.available == available => {
                self.0.activities.keep(key, activity.sid);
                Ok(activity.sid)
            }
            Some(_) => Err(Error::Misconfigured(
                "INTAKE_ON_ACTIVITY must name an available activity, INTAKE_OFF_ACTIVITY one that is not",
            )),
            None => Err(Error::Misconfigured(
                "the workspace has no activity of the name in INTAKE_ON_ACTIVITY or INTAKE_OFF_ACTIVITY",
            )),
        }
    }

    /// What to say to a worker, and how they stand.
    pub(super) fn words(&self, said: Said, worker: Option<&Worker>, tongue: Tongue) -> Words {
        let skills = &self.0.settings.skills;
        let choices = skills.iter().map(|skill| skill.called(tongue)).collect();
        let Some(worker) = worker else {
            return Words {
                choices,
                ..Words::alone(said)
            };
        };
        let taken = self.taken(worker).into_iter();
        Words {
            said,
            online: worker.available,
            activity: worker.activity_name.clone(),
            skills: taken.map(|place| skills[place].called(tongue)).collect(),
            choices,
        }
    }

    /// Which of the skills that can be chosen here a worker has.
    pub(super) fn taken(&self, worker: &Worker) -> Vec<usize> {
        let routing = worker.attributes.get("routing");
        let held = routing.and_then(|routing| routing.get("skills"));
        let held: Vec<_> = held
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let skills = self.0.settings.skills.iter().enumerate();
        let taken = skills.filter(|(_, skill)| held.contains(&skill.name.as_str()));
        taken.map(|(place, _)| place).collect()
    }
}

/// The attributes with the chosen skills instead of whichever of the offered ones they held. What is not offered
/// here, such as a language that a supervisor gave, stays; so does everything else.
fn with_skills(
    attributes: &Map<String, Value>,
    offered: &[Skill],
    chosen: &[&str],
) -> Map<String, Value> {
    let mut attributes = attributes.clone();
    if offered.is_empty() {
        return attributes;
    }
    let routing = attributes
        .entry("routing")
        .or_insert_with(|| Value::Object(Map::new()));
    if !routing.is_object() {
        *routing = Value::Object(Map::new());
    }
    let held = routing.get("skills").and_then(Value::as_array);
    let is_offered = |held: &Value| offered.iter().any(|skill| *held == *skill.name);
    let kept = held.into_iter().flatten().filter(|held| !is_offered(held));
    let chosen = chosen.iter().map(|name| Value::from(*name));
    let skills: Vec<_> = kept.cloned().chain(chosen).collect();
    if let Some(routing) = routing.as_object_mut() {
        routing.insert("skills".to_owned(), skills.into());
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn offered() -> Vec<Skill> {
        let skill = |name: &str| Skill {
            name: name.to_owned(),
            spoken: name.to_owned(),
            words: vec![],
        };
        vec![skill("sales"), skill("support")]
    }

    fn merged(before: &Value, chosen: &[&str]) -> Value {
        let before = before.as_object().cloned().unwrap_or_default();
        Value::Object(with_skills(&before, &offered(), chosen))
    }

    #[test]
    fn a_choice_replaces_what_can_be_chosen_and_nothing_else() {
        let before = json!({
            "contact_uri": "+13035550001", "full_name": "Ann", "disabled_skills": { "skills": [] },
            "routing": { "skills": ["german", "sales", 7], "levels": { "german": 3 } },
        });
        let mut wanted = before.clone();
        wanted["routing"]["skills"] = json!(["german", 7, "support"]);
        assert_eq!(merged(&before, &["support"]), wanted);
    }

    #[test]
    fn odd_attributes_do_not_stand_in_the_way() {
        for before in [
            json!({}),
            json!({ "routing": null }),
            json!({ "routing": { "skills": "all" } }),
        ] {
            assert_eq!(
                merged(&before, &["sales"])["routing"]["skills"],
                json!(["sales"])
            );
        }
    }

    #[test]
    fn without_skills_to_choose_the_attributes_stay_as_they_are() {
        let before = json!({ "routing": { "skills": ["german"] } });
        let before = before.as_object().cloned().unwrap_or_default();
        assert_eq!(with_skills(&before, &[], &[]), before);
    }
}
