//! The docs page: the OpenAPI description written out for people, without a script and without a network.

use minijinja::{Environment, Error, UndefinedBehavior, Value, context, value::Serde};
use serde::Serialize;
use utoipa::openapi::OpenApi;

use super::problem::Kind;

/// One row of the table of problems.
#[derive(Serialize)]
struct Row {
    slug: &'static str,
    status: u16,
    title: &'static str,
}

/// Writes the page.
///
/// # Errors
/// When the template does not fit the description; a test renders both.
pub(super) fn page(openapi: &OpenApi) -> Result<String, Error> {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Chainable);
    pages.add_template("docs.html", include_str!("docs.html"))?;
    let problems: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| Row {
            slug: kind.slug(),
            status: kind.status().as_u16(),
            title: kind.title(),
        })
        .collect();
    pages.get_template("docs.html")?.render(
        context! { api => Value::from(Serde(openapi)), problems => Value::from(Serde(&problems)) },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::openapi::openapi;

    #[test]
    fn the_page_shows_every_route_and_problem_and_loads_nothing() {
        let api = openapi();
        let page = page(&api).unwrap();
        for path in api.paths.paths.keys() {
            let path = path.replace('/', "&#x2f;");
            assert!(
                page.contains(&format!("<code>{path}</code>")),
                "{path} is missing"
            );
        }
        for kind in Kind::ALL {
            assert!(page.contains(&format!("id=\"{}\"", kind.slug())));
        }
        for loaded in ["src=", "<link", "<script", "@import", "url("] {
            assert!(!page.contains(loaded), "the page has {loaded}");
        }
    }
}
