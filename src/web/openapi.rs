//! The description of every route (OpenAPI 3.1), put together from the handlers' own annotations.
//!
//! Bodies are read field by field (`web::fields`), so that every wrong field can be named at once; the structs in
//! `bodies` describe what is read, and a test holds both together.

mod bodies;
mod callback;
mod dispatch;
mod inbound;
mod refusals;
mod voicemail;

use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        OpenApi,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

pub use bodies::{
    CallStatus, ChoiceQuery, HoldQuery, IntakeCall, IntakeText, ParkCall, PickUpParkedCall,
    WorkerCapacity, WorkerLookup,
};
pub use callback::{
    CreateCallback, FetchVoicemail, RecordingReport, RequeueCallback, WaitQuery, WaitingCall,
};
pub use dispatch::{
    AloneQuery, AssignmentCallback, DispatchKeyQuery, DispatchQuery, LegStatus, TaskRouterEvent,
};
pub use inbound::{DidLeftQuery, ExtensionLeftQuery, InboundCall, KeyedCall, KeyedQuery};
pub use refusals::{LookupRefusal, PluginRefusal, PublishedPluginRefusal, SignedRefusal, Spoken};
pub use voicemail::{
    BoardForm, BoxForm, BoxQuery, HearMessage, MarkMessage, Recording, Transcript, VoicemailQuery,
};

/// The routes of the Flex plugin.
pub(crate) const PLUGIN: &str = "plugin";
/// The routes that Twilio's voice asks.
pub(crate) const VOICE: &str = "voice";
/// The routes of Studio flows.
pub(crate) const STUDIO: &str = "studio";
/// The routes for the operator.
pub(crate) const OPERATIONS: &str = "operations";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Switchboard",
        description = "Calls that park and come back, for a Twilio Flex contact centre.",
    ),
    components(schemas(super::problem::Written<'_>)),
    modifiers(&Credentials),
    tags(
        (name = PLUGIN, description = "Asked by the Flex plugin, with the token of its user. Browsers of the configured origins only."),
        (name = VOICE, description = "Asked by Twilio, signed. What goes wrong is spoken, or answered by text message."),
        (name = STUDIO, description = "Asked by Studio flows: signed, or with the configured user and password."),
        (name = OPERATIONS, description = "Asked by load balancers, monitoring and people. Keep /metrics inside your network."),
    ),
)]
struct Base;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut OpenApi) {
        let signature = ApiKeyValue::with_description(
            crate::twilio::signature::HEADER,
            "Twilio's signature of the public URL and all fields. Always checked.",
        );
        let token = "The Flex user's token. The plugin sends it in the field `Token` instead.";
        let token = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(token))
            .build();
        let components = openapi.components.get_or_insert_default();
        for (name, scheme) in [
            (
                "twilioSignature",
                SecurityScheme::ApiKey(ApiKey::Header(signature)),
            ),
            ("flexToken", SecurityScheme::Http(token)),
            (
                "lookupBasic",
                SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
            ),
        ] {
            components.add_security_scheme(name, scheme);
        }
    }
}

/// The description before any route is added.
pub(crate) fn base() -> OpenApi {
    Base::openapi()
}

#[cfg(test)]
mod tests {
    use crate::{
        features::{
            callback::{CreateWish, Recorded, RequeueWish},
            capacity::CapacityWish,
            intake::{TextIn, Visit},
            parking::{HoldRound, ParkWish, PickUpWish},
        },
        web::{
            fields::{Decode, decode},
            openapi,
        },
    };

    /// The fields that are complained about when there are none.
    fn needed<T: Decode>() -> Vec<String> {
        let problem = decode::<T>(&[]).err().unwrap();
        let body: serde_json::Value = serde_json::to_value(problem.written("", false)).unwrap();
        let errors = body["errors"].as_array().unwrap().iter();
        let mut names: Vec<_> = errors
            .map(|error| error["pointer"].as_str().unwrap()[2..].to_owned())
            .collect();
        names.sort();
        names
    }

    fn described(schema: &str) -> Vec<String> {
        let api = serde_json::to_value(openapi()).unwrap();
        let required = api["components"]["schemas"][schema]["required"].as_array();
        let mut names: Vec<String> = required
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .filter(|name| name != "Token")
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_described_as_required_is_required() {
        assert_eq!(needed::<ParkWish>(), described("ParkCall"));
        assert_eq!(needed::<PickUpWish>(), described("PickUpParkedCall"));
        assert_eq!(needed::<CapacityWish>(), described("WorkerCapacity"));
        assert_eq!(needed::<TextIn>(), described("IntakeText"));
        assert_eq!(needed::<CreateWish>(), described("CreateCallback"));
        assert_eq!(needed::<RequeueWish>(), described("RequeueCallback"));
        assert_eq!(needed::<Recorded>(), described("RecordingReport"));
    }

    /// The required parameters of a path's query, and what Twilio itself puts into the form.
    fn asked(path: &str, spoken: &str) -> Vec<String> {
        let api = serde_json::to_value(openapi()).unwrap();
        let params = api["paths"][path]["post"]["parameters"].as_array();
        let mut names: Vec<_> = params
            .unwrap()
            .iter()
            .filter(|param| param["required"] == true)
            .map(|param| param["name"].as_str().unwrap().to_owned())
            .collect();
        names.push(spoken.to_owned());
        names.sort();
        names
    }

    #[test]
    fn the_queries_of_our_own_links_are_described() {
        assert_eq!(asked("/hold", "CallSid"), needed::<HoldRound>());
        assert_eq!(asked("/intake/voice/choice", "From"), needed::<Visit>());
    }

    #[test]
    fn every_operation_has_a_summary_a_tag_and_an_id() {
        let api = serde_json::to_value(openapi()).unwrap();
        for (path, item) in api["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for key in ["summary", "operationId"] {
                    assert!(operation[key].is_string(), "{method} {path} has no {key}");
                }
                assert!(operation["tags"][0].is_string(), "{method} {path}");
            }
        }
    }
}
