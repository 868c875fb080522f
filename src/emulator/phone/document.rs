//! Getting the document a leg is to play: asked of the application, checked, or replaced by the fallback's.
//!
//! Twilio asks the fallback URL when the first answer was none or no TwiML, and tells it `ErrorCode` and `ErrorUrl`;
//! without one, or when that fails too, the caller hears that an application error has occurred and is hung up on
//! (Twilio: "TwiML for Programmable Voice", "Availability and reliability").

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};

use crate::{
    emulator::{
        Emulator, Heard,
        hooks::{Fields, Hook, Method, Send, Source},
        journal::Event,
        twiml::{self, Flaw, Verb},
    },
    twilio::sid::CallSid,
};

/// A document and where its relative links start from.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) verbs: Vec<Verb>,
    pub(super) url: Option<String>,
    text: String,
}

impl Emulator {
    /// The document that `source` leads to, or its fallback's; `None` after an application error.
    pub(super) async fn document(
        &self,
        sid: CallSid,
        name: &'static str,
        source: Source,
    ) -> Option<Sheet> {
        let (url, mut extra) = match &source {
            Source::Fetch(hook, extra) => (Some(hook.url.clone()), extra.clone()),
            Source::Text(_) => (None, vec![]),
        };
        let flaw = match self.read(sid, name, source).await {
            Ok(sheet) => return Some(self.show(sid, sheet)),
            Err(flaw) => flaw,
        };
        self.warn(Some(sid), flaw.code, format!("{name}: {}", flaw.text));
        if let Some(fallback) = self.of(sid, |call| call.fallback.clone()).flatten() {
            extra.push(("ErrorCode", flaw.code.to_string()));
            extra.extend(url.map(|url| ("ErrorUrl", url)));
            match self
                .read(sid, "fallback", Source::Fetch(fallback, extra))
                .await
            {
                Ok(sheet) => return Some(self.show(sid, sheet)),
                Err(flaw) => self.warn(Some(sid), flaw.code, format!("fallback: {}", flaw.text)),
            }
        }
        self.heard(sid, Heard::ApplicationError);
        None
    }

    async fn read(&self, sid: CallSid, name: &'static str, source: Source) -> Result<Sheet, Flaw> {
        let (hook, extra) = match source {
            Source::Text(text) => {
                let verbs = twiml::read(&text)?;
                return Ok(Sheet {
                    verbs,
                    url: None,
                    text,
                });
            }
            Source::Fetch(hook, extra) => (hook, extra),
        };
        let url = hook.url.clone();
        let reply = self.request(sid, name, hook, extra).await?;
        let kind = reply.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or("text/xml");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        let verbs = match kind {
            "text/xml" | "application/xml" | "text/html" => twiml::read(&text)?,
            "text/plain" => twiml::read(&text).unwrap_or_else(|_| {
                let text = text.clone();
                vec![Verb::Say { text, times: 1 }, Verb::Hangup]
            }),
            kind if kind.starts_with("audio/") => {
                let url = url.clone();
                vec![Verb::Play { url, times: 1 }, Verb::Hangup]
            }
            other => {
                return Err(Flaw {
                    code: 12300,
                    text: format!("{other} is no content type for TwiML"),
                });
            }
        };
        Ok(Sheet {
            verbs,
            url: Some(url),
            text,
        })
    }

    /// Asks the application, in a task of its own: a leg that is taken away does not call the request back.
    async fn request(
        &self,
        sid: CallSid,
        name: &'static str,
        hook: Hook,
        extra: Fields,
    ) -> Result<Response<Bytes>, Flaw> {
        let mut fields = self.lock().voice_fields(sid);
        // An extra field replaces the call's own of that name.
        fields.retain(|(name, _)| extra.iter().all(|(other, _)| other != name));
        fields.extend(extra);
        let send = Send {
            call: Some(sid),
            name,
            hook,
            fields,
            document: true,
        };
        let emulator = self.clone();
        self.lock().on_the_way += 1;
        let asked = tokio::spawn(async move {
            let answer = emulator.ask(send).await;
            emulator.lock().on_the_way -= 1;
            answer
        });
        match asked.await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(failure)) => Err(Flaw {
                code: failure.code(),
                text: failure.text(),
            }),
            Err(_) => {
                self.lost_a_thread(None);
                Err(Flaw {
                    code: 11200,
                    text: "the emulator panicked".to_owned(),
                })
            }
        }
    }

    fn show(&self, sid: CallSid, sheet: Sheet) -> Sheet {
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.document = Some((sheet.text.clone(), sheet.url.clone()));
            }
            world.note(Event::Document {
                call: sid,
                verbs: twiml::names(&sheet.verbs),
                text: sheet.text.clone(),
            });
        });
        sheet
    }
}

impl Sheet {
    /// A link of this document: absolute, or relative to where the document came from.
    pub(super) fn link(&self, link: &str, method: Method) -> Result<Hook, Flaw> {
        let wrong = || Flaw {
            code: 11100,
            text: "a relative or malformed URL in a document that came from no URL".to_owned(),
        };
        let url = if link.contains("://") {
            link.to_owned()
        } else {
            let base = self.url.as_deref().ok_or_else(wrong)?;
            joined(base, link)
        };
        Ok(Hook { url, method })
    }
}

/// `link` as seen from `base`, without touching how either is spelt: a signature covers every character.
pub(in crate::emulator) fn joined(base: &str, link: &str) -> String {
    let base = base.split('#').next().unwrap_or_default();
    if link.is_empty() {
        return base.to_owned();
    }
    let path = base.split('?').next().unwrap_or_default();
    let host = path.find("://").map_or(0, |at| at + 3);
    let root = path[host..].find('/').map_or(path.len(), |at| host + at);
    if link.starts_with('/') {
        format!("{}{link}", &path[..root])
    } else if link.starts_with('?') {
        format!("{path}{link}")
    } else {
        let folder = path[root..].rfind('/').map_or(root, |at| root + at);
        format!("{}/{link}", &path[..folder])
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn links_are_joined_as_they_are_spelt() {
        let base = "https://a.example/voice/hold?x=it's#rc=2";
        assert_eq!(joined(base, ""), "https://a.example/voice/hold?x=it's");
        assert_eq!(joined(base, "/b?y=1"), "https://a.example/b?y=1");
        assert_eq!(joined(base, "c"), "https://a.example/voice/c");
        assert_eq!(joined(base, "?z"), "https://a.example/voice/hold?z");
        assert_eq!(joined("https://a.example", "c"), "https://a.example/c");
    }
}
