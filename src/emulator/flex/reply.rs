//! What the plugin gets to see of an answer.

use serde_json::Value;

/// What a server answered to the plugin.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; null when there was none or it was no JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Reply {
    /// Whether the server said `{"success": true}`, or at least nothing against it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && self.body["success"] != false
    }

    /// Whether `response.json()` gives the plugin something. Otherwise it throws, and what the plugin was doing ends
    /// there: the only refusal that the published plugin notices, because it never looks at the status.
    #[must_use]
    pub fn is_json(&self) -> bool {
        serde_json::from_str::<serde::de::IgnoredAny>(&self.text).is_ok()
    }
}
