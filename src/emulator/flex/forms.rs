//! What the plugin writes into its requests, from the task or from the entry in the list.

use serde_json::{Map, Value, json};

use super::{FlexError, leg};
use crate::{
    emulator::{conferences::Role, taskrouter::Attributes, world::World},
    twilio::sid::{TaskSid, WorkerSid},
};

/// A form: names and values.
pub(super) type Fields = Vec<(String, String)>;

/// Marks the task as the plugin does, and fills in the form of `/park-call`.
pub(super) fn park(
    world: &mut World,
    sid: TaskSid,
    worker: WorkerSid,
) -> Result<Fields, FlexError> {
    let call = leg(world, sid, Role::Customer)
        .ok_or(FlexError::Plugin("the task has no customer participant"))?;
    let task = world.router.task(sid);
    let task = task.ok_or(FlexError::Plugin("the task is gone"))?;
    let queue = world.router.queue(task.queue).map(|it| json!(it.name));
    let workflow = task.workflow;
    let mut attributes = task.attributes.value.clone();
    let members = attributes.as_object_mut();
    let members = members.ok_or(FlexError::Plugin("the task has no attributes"))?;
    let old = members.get("conversations").and_then(Value::as_object);
    let mut conversations: Map<String, Value> = old.cloned().unwrap_or_default();
    conversations
        .entry("conversation_id")
        .or_insert_with(|| json!(sid));
    conversations.insert("outcome".to_owned(), json!("Parked Call"));
    members.insert("autoComplete".to_owned(), json!(true));
    members.insert("conversations".to_owned(), conversations.into());
    let named = ["name", "caller", "outbound_to"];
    let name = named.iter().find_map(|name| attributes[name].as_str());
    let name = name.filter(|name| !name.is_empty()).map(|name| json!(name));
    let now = world.now();
    let text = attributes.to_string();
    let changed = Attributes::read(&text)?;
    world.router.set_attributes(sid, changed, now);
    let undefined = Value::Null;
    Ok([
        ("attributes", text),
        ("callSid", call.to_string()),
        ("name", written(name.as_ref().unwrap_or(&undefined))),
        ("queueName", written(queue.as_ref().unwrap_or(&undefined))),
        ("taskSid", sid.to_string()),
        ("workerSid", worker.to_string()),
        ("workflowSid", workflow.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}

/// Fills in the form of `/pickup-parked-call` from an entry of the list, whose attributes may be text or an object.
pub(super) fn pick_up(item: &Value, worker: WorkerSid) -> Result<Fields, FlexError> {
    let attributes = match &item["attributes"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    };
    if !attributes["conversations"].is_object() {
        return Err(FlexError::Plugin("attributes.conversations is undefined"));
    }
    let mut fields = vec![("attributes".to_owned(), attributes.to_string())];
    for name in ["callSid", "dateCreated", "name", "queueName"] {
        fields.push((name.to_owned(), written(&item[name])));
    }
    fields.push(("workerSid".to_owned(), worker.to_string()));
    fields.push(("workflowSid".to_owned(), written(&item["workflowSid"])));
    Ok(fields)
}

/// A value as `URLSearchParams` writes it: what is missing becomes the text `undefined`.
fn written(value: &Value) -> String {
    match value {
        Value::Null => "undefined".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
