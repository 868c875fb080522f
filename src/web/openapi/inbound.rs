//! What is read when callers dial an agent.

use utoipa::{IntoParams, ToSchema};

/// A call that has come in. Twilio sends more; all of it is signed, and only this is read.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct InboundCall {
    /// The call.
    pub call_sid: String,
    /// Who calls.
    pub from: String,
    /// What they dialed.
    pub to: String,
    /// The number it was forwarded from, if the carrier says so.
    pub forwarded_from: Option<String>,
}

/// The same, with keys.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "PascalCase")]
pub struct KeyedCall {
    /// The call.
    pub call_sid: String,
    /// Who calls.
    pub from: String,
    /// What they dialed.
    pub to: String,
    /// The number it was forwarded from, if the carrier says so.
    pub forwarded_from: Option<String>,
    /// The keys; none if there were none.
    pub digits: Option<String>,
}

/// What the URL carries that is asked when a call to an agent's own number has left the queue. Twilio signs it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DidLeftQuery {
    /// `true`: the call had already gone to the workflow of numbers that belong to no agent.
    pub nobodys: Option<bool>,
    /// Whose number it is, if that was known.
    pub owner: Option<String>,
}

/// What the URL carries that is told the keys of an extension. Twilio signs it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeyedQuery {
    /// How many tries were in vain before.
    pub tries: u32,
}

/// What the URL carries that is asked when a call to an extension has left the queue. Twilio signs it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExtensionLeftQuery {
    /// Whose extension it is; none with the operator.
    pub worker: Option<String>,
}
