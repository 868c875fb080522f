//! The checker itself, on a document made up for it: it must be able to fail, in every way it claims to.

mod answers;
mod requests;

use serde_json::{Value, json};

use super::{Exchange, spec::Contract};

const BOX: &str = "BX0123456789abcdef0123456789abcdef";

/// A small API in the dialect of Twilio's files: boxes, listed, made and changed.
fn contract() -> Contract {
    let sid = json!({"type": "string", "minLength": 34, "maxLength": 34, "pattern": "^BX[0-9a-fA-F]{32}$"});
    let found =
        json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/box"}}}});
    let path = json!({"name": "Sid", "in": "path", "required": true, "schema": sid});
    let form = json!({"type": "object", "required": ["Name"], "properties": {
        "Name": {"type": "string", "maxLength": 8},
        "Event": {"type": "array", "items": {"type": "string"}},
        "Colour": {"$ref": "#/components/schemas/colour"},
        "Open": {"type": "boolean"},
        "Weight": {"type": "integer", "minimum": 1, "maximum": 9},
        "Url": {"type": "string", "format": "uri"},
        "Data": {"description": "JSON"},
    }});
    let form = json!({"content": {"application/x-www-form-urlencoded": {"schema": form}}});
    Contract::of(
        "api",
        json!({
            "paths": {
                "/Boxes.json": {"post": {"requestBody": form, "responses": {"201": found}}},
                "/Boxes/{Sid}.json": {
                    "get": {
                        "parameters": [path, {"name": "PageSize", "in": "query", "schema": {"type": "integer"}}],
                        "responses": {"200": found},
                    },
                    "delete": {
                        "parameters": [path, {"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                        "responses": {"204": {"description": "gone"}},
                    },
                },
                "/Boxes/Latest.json": {"get": {"responses": {"200": found}}},
            },
            "components": {"schemas": {
                "colour": {"type": "string", "enum": ["red", "blue"]},
                "box": {"type": "object", "properties": {
                    "sid": sid,
                    "colour": {"$ref": "#/components/schemas/colour"},
                    "made": {"type": "string", "format": "date-time-rfc-2822", "nullable": true},
                    "changed": {"type": "string", "format": "date-time", "nullable": true},
                    "lids": {"type": "array", "nullable": true, "items": {
                        "type": "object", "properties": {"weight": {"type": "integer", "format": "int64"}},
                    }},
                    "links": {"type": "object", "format": "uri-map"},
                }},
            }},
        }),
    )
}

fn a_box() -> Value {
    json!({
        "sid": BOX,
        "colour": "red",
        "made": "Sat, 21 Nov 2026 10:00:00 +0000",
        "changed": "2026-11-21T10:00:00Z",
        "lids": [{"weight": 1}, {"weight": 2}],
        "links": {"lids": "https://api.twilio.com/Lids", "more": "/Boxes/x"},
    })
}

fn fetched() -> Exchange {
    Exchange {
        product: "api".to_owned(),
        method: "GET".to_owned(),
        path: format!("/Boxes/{BOX}.json"),
        status: 200,
        body: Some(a_box()),
        ..Exchange::default()
    }
}

fn made(form: &[(&str, &str)]) -> Exchange {
    Exchange {
        method: "POST".to_owned(),
        path: "/Boxes.json".to_owned(),
        form: form
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        status: 201,
        ..fetched()
    }
}

/// The only finding for `exchange`, without its lead.
fn finding(exchange: &Exchange) -> String {
    let found = contract().check(exchange);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].split_once(": ").expect("a lead").1.to_owned()
}
