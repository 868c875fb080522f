//! TaskRouter's expression language on whatever comes: it is understood or refused, and never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let attributes = json!({
        "a": 1, "b": "text", "c": [1, "text", null, true], "d": { "e": [{ "f": -0.5 }] }, "g": null, "h": false,
    });
    if let Err(why) = switchboard::expression::expression_holds(text, &attributes) {
        assert!(why.contains(" position "), "{why}");
    }
});
