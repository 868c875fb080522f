//! Instructions: what an application may answer to an assignment callback, or ask for by REST.
//!
//! Both say the same with other names (`post_work_activity_sid` in JSON is `DequeuePostWorkActivitySid` in a form),
//! so both are read here, through [`Wishes`]. Members that only matter to sound or recording (`record`, `beep`, …)
//! are taken and have no effect; what is wrong is refused with the instruction's own code of Twilio's error
//! dictionary.

use serde_json::{Map, Value};

use crate::{
    emulator::{
        hooks::{Hook, Method},
        rest::{Refusal, RestRequest},
    },
    twilio::sid::{ActivitySid, CallSid},
};

/// The events a leg can tell.
const EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];

/// What is to become of a reservation.
#[derive(Clone, Debug)]
pub(in crate::emulator) enum Instruction {
    /// It is taken.
    Accept,
    /// It is refused, and the worker goes to another activity.
    Reject(Option<ActivitySid>),
    /// The worker is called; who answers meets the caller who waits.
    Dequeue(Ring),
    /// The worker is called; who answers hears what `url` says.
    Call {
        ring: Ring,
        url: String,
        accept: bool,
    },
    /// The waiting call goes elsewhere.
    Redirect {
        call: CallSid,
        url: String,
        accept: bool,
    },
    /// The worker is called; who answers meets the caller in a conference.
    Conference {
        ring: Ring,
        room: Option<String>,
        end_on_exit: bool,
        end_on_customer_exit: bool,
    },
}

/// How the worker's leg is made.
#[derive(Clone, Debug)]
pub(in crate::emulator) struct Ring {
    pub(super) to: Option<String>,
    pub(super) from: Option<String>,
    pub(super) timeout: u64,
    pub(super) callback: Option<(Hook, Vec<String>)>,
    /// Where the worker goes when the conversation is over.
    pub(super) after: Option<ActivitySid>,
}

/// The parameters of an instruction, by the names they have in JSON.
struct Wishes<'a>(Box<Lookup<'a>>);

type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Instruction {
    /// Reads the answer to an assignment callback.
    ///
    /// # Errors
    /// 55555 for an instruction that does not exist; otherwise its own code for what it lacks.
    pub(super) fn from_json(members: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| match members.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let name = text("instruction").unwrap_or_default();
        Self::read(&name, &Wishes(Box::new(text)))
    }

    /// Reads the form of a reservation update that names an instruction.
    ///
    /// # Errors
    /// As [`Instruction::from_json`].
    pub(in crate::emulator) fn from_form(
        name: &str,
        request: &RestRequest,
    ) -> Result<Self, Refusal> {
        let prefix = match name {
            "dequeue" => "Dequeue",
            "call" => "Call",
            "redirect" => "Redirect",
            _ => "",
        };
        let text = |wish: &str| {
            let field = match (name, wish) {
                ("reject", "activity_sid") => "WorkerActivitySid".to_owned(),
                ("dequeue", "status_callback_events") => {
                    let events: Vec<_> =
                        request.form_values("DequeueStatusCallbackEvent").collect();
                    return (!events.is_empty()).then(|| events.join(","));
                }
                ("conference", "status_callback_event") => {
                    let events: Vec<_> = request.form_values("StatusCallbackEvent").collect();
                    return (!events.is_empty()).then(|| events.join(","));
                }
                _ => format!("{prefix}{}", pascal(wish)),
            };
            request.form_value(&field).map(str::to_owned)
        };
        Self::read(name, &Wishes(Box::new(text)))
    }

    /// As Twilio writes it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject(_) => "reject",
            Self::Dequeue(_) => "dequeue",
            Self::Call { .. } => "call",
            Self::Redirect { .. } => "redirect",
            Self::Conference { .. } => "conference",
        }
    }

    fn read(name: &str, wishes: &Wishes<'_>) -> Result<Self, Refusal> {
        match name {
            "accept" => Ok(Self::Accept),
            "reject" => wishes.activity("activity_sid", 40100).map(Self::Reject),
            "dequeue" => {
                let events = wishes.events("status_callback_events", 40134)?;
                let url = wishes.url("status_callback_url", 40157)?;
                Ok(Self::Dequeue(Ring {
                    callback: url.map(|url| {
                        (
                            Hook {
                                url,
                                method: Method::Get,
                            },
                            events,
                        )
                    }),
                    ..wishes.ring(40133, wishes.activity("post_work_activity_sid", 40130)?)?
                }))
            }
            "call" => {
                let url = wishes.url("status_callback_url", 40158)?;
                wishes.needed("from", 40111)?;
                Ok(Self::Call {
                    ring: Ring {
                        callback: url.map(|url| (Hook::post(url), vec!["completed".to_owned()])),
                        ..wishes.ring(40113, None)?
                    },
                    url: wishes
                        .url("url", 40112)?
                        .ok_or_else(|| lacks("url", 40112))?,
                    accept: wishes.flag("accept", 40113)?,
                })
            }
            "redirect" => Ok(Self::Redirect {
                url: wishes
                    .url("url", 40120)?
                    .ok_or_else(|| lacks("url", 40120))?,
                call: wishes
                    .needed("call_sid", 40121)?
                    .parse()
                    .map_err(|_| wrong("call_sid", 40121))?,
                accept: wishes.flag("accept", 40122)?,
            }),
            "conference" => wishes.conference(),
            _ => Err(Refusal::new(
                400,
                55555,
                "Invalid Instruction passed to TaskRouter",
            )),
        }
    }
}

impl Wishes<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0(name)
    }

    fn conference(&self) -> Result<Instruction, Refusal> {
        self.needed("to", 40137)?;
        self.needed("from", 40138)?;
        let method = self.text("status_callback_method");
        let method = method.map_or(Some(Method::Post), |text| Method::read(&text));
        let method = method.ok_or_else(|| wrong("status_callback_method", 40159))?;
        let events = self.events("status_callback_event", 40159)?;
        let url = self.url("status_callback", 40159)?;
        let after = self.activity("post_work_activity_sid", 40143)?;
        Ok(Instruction::Conference {
            ring: Ring {
                callback: url.map(|url| (Hook { url, method }, events)),
                ..self.ring(40145, after)?
            },
            room: self.text("room_name").filter(|name| !name.is_empty()),
            end_on_exit: self.flag("end_conference_on_exit", 40145)?,
            end_on_customer_exit: self.flag("end_conference_on_customer_exit", 40145)?,
        })
    }

    fn ring(&self, code: u32, after: Option<ActivitySid>) -> Result<Ring, Refusal> {
        let timeout = match self.text("timeout").as_deref().map(str::parse) {
            None => 60,
            Some(Ok(seconds @ 1..=999)) => seconds,
            Some(_) => return Err(wrong("timeout", code)),
        };
        Ok(Ring {
            to: self.text("to").filter(|to| !to.is_empty()),
            from: self.text("from").filter(|from| !from.is_empty()),
            timeout,
            callback: None,
            after,
        })
    }

    fn needed(&self, name: &str, code: u32) -> Result<String, Refusal> {
        let given = self.text(name).filter(|text| !text.is_empty());
        given.ok_or_else(|| lacks(name, code))
    }

    fn activity(&self, name: &str, code: u32) -> Result<Option<ActivitySid>, Refusal> {
        let given = self.text(name).map(|text| text.parse());
        given.transpose().map_err(|_| wrong(name, code))
    }

    fn url(&self, name: &str, code: u32) -> Result<Option<String>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let known =
            url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if known {
            Ok(Some(text))
        } else {
            Err(wrong(name, code))
        }
    }

    fn flag(&self, name: &str, code: u32) -> Result<bool, Refusal> {
        match self.text(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(wrong(name, code)),
        }
    }

    /// A list with commas; only the end, when nothing is said.
    fn events(&self, name: &str, code: u32) -> Result<Vec<String>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(vec!["completed".to_owned()]);
        };
        let events: Vec<_> = text.split(',').map(|it| it.trim().to_owned()).collect();
        let known = events.iter().all(|event| EVENTS.contains(&event.as_str()));
        if known {
            Ok(events)
        } else {
            Err(wrong(name, code))
        }
    }
}

fn lacks(name: &str, code: u32) -> Refusal {
    Refusal::new(400, code, format!("Missing '{name}' parameter"))
}

fn wrong(name: &str, code: u32) -> Refusal {
    Refusal::new(400, code, format!("Invalid '{name}' parameter"))
}

/// `post_work_activity_sid` as `PostWorkActivitySid`.
fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}
