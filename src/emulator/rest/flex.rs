//! Flex's REST face: its configuration, which names the workspace (Twilio: "Flex Configuration REST API").

use serde_json::{Map, Value, json};

use super::{Refusal, RestAnswer, RestRequest, iso};
use crate::emulator::world::World;

/// What an account has not configured; Twilio answers `null`.
const NOT_CONFIGURED: [&str; 43] = [
    "attributes",
    "taskrouter_target_workflow_sid",
    "taskrouter_target_taskqueue_sid",
    "taskrouter_taskqueues",
    "taskrouter_skills",
    "taskrouter_worker_channels",
    "taskrouter_worker_attributes",
    "taskrouter_offline_activity_sid",
    "runtime_domain",
    "messaging_service_instance_sid",
    "chat_service_instance_sid",
    "flex_service_instance_sid",
    "flex_instance_sid",
    "ui_language",
    "ui_attributes",
    "ui_dependencies",
    "ui_version",
    "service_version",
    "call_recording_enabled",
    "call_recording_webhook_url",
    "crm_enabled",
    "crm_type",
    "crm_callback_url",
    "crm_fallback_url",
    "crm_attributes",
    "public_attributes",
    "plugin_service_enabled",
    "plugin_service_attributes",
    "integrations",
    "outbound_call_flows",
    "serverless_service_sids",
    "queue_stats_configuration",
    "notifications",
    "markdown",
    "flex_insights_hr",
    "flex_insights_drilldown",
    "flex_url",
    "channel_configs",
    "debugger_integration",
    "flex_ui_status_report",
    "agent_conv_end_methods",
    "citrix_voice_vdi",
    "offline_config",
];

/// Answers what is asked of `flex-api.twilio.com`.
pub(super) fn answer(
    world: &mut World,
    request: &RestRequest,
    path: &[&str],
) -> Result<RestAnswer, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", ["v1", "Configuration"]) => configuration(world, request),
        (_, ["v1", "Configuration"]) => Err(Refusal::method()),
        _ => Err(Refusal::not_found(&request.path)),
    }
}

fn configuration(world: &World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    request.allow(&["UiVersion"], &[])?;
    let made = iso(jiff::Timestamp::UNIX_EPOCH);
    let mut answer: Map<String, Value> = NOT_CONFIGURED
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    for (name, value) in [
        ("account_sid", json!(world.settings.account)),
        ("date_created", json!(made)),
        ("date_updated", json!(made)),
        ("status", json!("ok")),
        (
            "taskrouter_workspace_sid",
            json!(world.router.workspace.sid),
        ),
        (
            "url",
            json!(format!("{}/v1/Configuration", request.base_url)),
        ),
    ] {
        answer.insert(name.to_owned(), value);
    }
    Ok(RestAnswer::found(Value::Object(answer)))
}
