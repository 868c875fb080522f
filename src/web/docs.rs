//! The docs page: the guide, and the OpenAPI description written out for people. It is complete without its script, which
//! adds search. It is one page, so it can be saved, printed and searched as a whole.
//!
//! The routes are in the order in which a developer needs them: first the webhooks to configure in Twilio and Studio, then
//! the plugin's requests, and last the URLs that Twilio gets from our own answers, which need no configuration.

mod chapters;
mod example;

use axum::response::Response;
use std::sync::LazyLock;

use minijinja::{Value, context, value::Serde};
use phonenumber::country;
use serde::Serialize;
use utoipa::openapi::OpenApi;

use super::{
    fixed::Fixed,
    openapi,
    pages::{Page, written},
    problem::{Kind, Problem},
};

const PAGE: Page = Page {
    here: "docs",
    template: include_str!("docs/page.html"),
    script: include_str!("docs/docs.js"),
    style: include_str!("docs/style.css"),
    entry: false,
};

/// Webhooks whose URLs an operator enters in Twilio: on numbers, workflows, queues and the workspace.
const CONFIGURED: [&str; 9] = [
    "/assignment-callback",
    "/call-status-handler",
    "/did",
    "/extension",
    "/features/callback-and-voicemail/studio/wait-experience",
    "/intake/sms",
    "/intake/voice",
    "/taskrouter-events",
    "/voicemail",
];

/// One row of the table of problems.
#[derive(Serialize)]
struct Row {
    slug: &'static str,
    status: u16,
    title: &'static str,
}

/// Routes that belong together.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    routes: Vec<Route>,
}

#[derive(Serialize)]
struct Route {
    path: String,
    method: String,
    example: String,
    proof: &'static str,
}

/// The answer with the page.
///
/// # Errors
/// When the template does not fit the description; a test renders both.
pub(crate) fn answer() -> Result<Response, Problem> {
    static ANSWER: LazyLock<Result<Fixed, String>> = LazyLock::new(|| {
        let html = page(openapi()).map_err(|error| error.to_string())?;
        PAGE.fixed(html, &[])
            .map_err(|problem| format!("{problem:?}"))
    });
    written(&ANSWER)
}

fn page(openapi: &OpenApi) -> Result<String, minijinja::Error> {
    let problems: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| Row {
            slug: kind.slug(),
            status: kind.status().as_u16(),
            title: kind.title(),
        })
        .collect();
    let api = serde_json::to_value(openapi).unwrap_or_default();
    PAGE.render(
        country::Id::US,
        "",
        context! {
            guide => Value::from(Serde(&chapters::parts())),
            sections => Value::from(Serde(&sections(&api))),
            api => Value::from(Serde(&api)),
            problems => Value::from(Serde(&problems)),
        },
    )
}

fn sections(api: &serde_json::Value) -> Vec<Section> {
    let configured = |path: &str| CONFIGURED.contains(&path);
    let of = |tag: &str, wanted: &dyn Fn(&str) -> bool| routes(api, tag, wanted);
    vec![
        Section {
            id: "configure",
            name: "Webhooks you configure",
            about: "Enter these URLs in Twilio: on phone numbers, workflows, the workspace, and `<Enqueue>`. Twilio signs \
                    its requests; an error is spoken to the caller, or answered by text message.",
            routes: of("voice", &configured),
        },
        Section {
            id: "studio",
            name: "Requests from Studio",
            about: "For Make HTTP Request widgets: signed, or with `LOOKUP_USER` and `LOOKUP_PASSWORD`.",
            routes: of("studio", &|_| true),
        },
        Section {
            id: "plugin",
            name: "Requests from Flex",
            about: "Requests of the Flex plugin with its user's token, from browsers at one of the `FLEX_ORIGINS`. The \
                    pages for agents and supervisors are here, too.",
            routes: of("plugin", &|_| true),
        },
        Section {
            id: "operations",
            name: "Operations",
            about: "For load balancers, monitoring and people. Keep `/metrics` inside your network.",
            routes: of("operations", &|_| true),
        },
        Section {
            id: "twilio",
            name: "What Twilio calls by itself",
            about: "Nothing to configure: Switchboard's own answers and REST requests give Twilio these URLs.",
            routes: of("voice", &|path| !configured(path)),
        },
    ]
}

fn routes(api: &serde_json::Value, tag: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<Route> {
    let paths = api["paths"].as_object().into_iter().flatten();
    let mut routes = vec![];
    for (path, item) in paths.filter(|(path, _)| wanted(path)) {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation["tags"][0] == tag {
                routes.push(Route {
                    path: path.clone(),
                    method: method.clone(),
                    example: example::of(api, path, method, operation),
                    proof: proof(operation),
                });
            }
        }
    }
    routes
}

/// How a request shows who it is from.
fn proof(operation: &serde_json::Value) -> &'static str {
    let signed = !operation["security"][0]["twilioSignature"].is_null();
    match (signed, operation["security"].as_array().map(Vec::len)) {
        (true, Some(1)) => {
            "Twilio signs the URL and the fields with the auth token: `X-Twilio-Signature`."
        }
        (true, _) => "Either will do.",
        _ => "The Flex user's token, in the field `Token` or in the header `Authorization`.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_route_once_and_every_problem_and_loads_nothing() {
        let api = openapi();
        let page = page(api).unwrap();
        let json = serde_json::to_value(api).unwrap();
        for (path, item) in json["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let id = format!(
                    "<details id=\"{}\">",
                    operation["operationId"].as_str().unwrap()
                );
                assert_eq!(page.matches(&id).count(), 1, "{path}");
            }
        }
        for kind in Kind::ALL {
            assert!(page.contains(&format!("id=\"{}\"", kind.slug())));
        }
        for loaded in ["src=", "<link", "@import", "url("] {
            assert!(!page.contains(loaded), "the page has {loaded}");
        }
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn no_text_shows_raw_backticks() {
        let page = page(openapi()).unwrap();
        let (body, _) = page.split_once("<script").unwrap();
        let body = body.split_once("</style>").unwrap().1;
        let at = body.find('`');
        assert_eq!(
            at,
            None,
            "{}",
            &body[at.unwrap_or(0).saturating_sub(80)..][..160]
        );
    }

    #[test]
    fn what_one_configures_is_a_route_that_twilio_signs() {
        let api = serde_json::to_value(openapi()).unwrap();
        for path in CONFIGURED {
            let operation = &api["paths"][path]["post"];
            assert!(
                operation["security"][0]["twilioSignature"].is_array(),
                "{path}"
            );
        }
    }

    #[test]
    fn every_route_has_an_example_with_its_credentials() {
        let api = serde_json::to_value(openapi()).unwrap();
        for section in sections(&api) {
            for route in section.routes {
                let example = route.example;
                let path = route.path.replace("{n}", "0");
                assert!(
                    example.starts_with("curl ") && example.contains(&path),
                    "{example}"
                );
                let operation = &api["paths"][&route.path][&route.method];
                let token = operation["security"][0]["flexToken"].is_array();
                assert_eq!(example.contains("$FLEX_TOKEN"), token, "{example}");
                let signed = operation["security"][0]["twilioSignature"].is_array();
                let proved =
                    example.contains("X-Twilio-Signature") || example.contains("$LOOKUP_USER");
                assert_eq!(proved, signed, "{example}");
            }
        }
    }
}
