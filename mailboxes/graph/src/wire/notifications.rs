//! What is delivered to the address of a subscription. It may come from anybody, and the names of
//! its members come in any case.

use serde_json::{Map, Value};

/// Units: bytes of one delivery, far above what the server sends.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// One notification: about a resource, or about the subscription itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeNotification {
    pub(crate) subscription_id: String,
    pub(crate) client_state: Option<String>,
    pub(crate) lifecycle_event: Option<String>,
    pub(crate) resource: Option<String>,
    /// The id of the item.
    pub(crate) id: Option<String>,
    /// The type of the item.
    pub(crate) odata_type: Option<String>,
}

/// The notifications of a delivery; `None` where the body is none.
pub(crate) fn read(body: &[u8]) -> Option<Vec<ChangeNotification>> {
    if body.len() > BODY_MAX {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    member(body.as_object()?, "value")?.as_array()?.iter().map(one).collect()
}

fn one(value: &Value) -> Option<ChangeNotification> {
    let members = value.as_object()?;
    let data = member(members, "resourceData").and_then(Value::as_object);
    let of_data = |name| data.and_then(|data| text(data, name));
    Some(ChangeNotification {
        subscription_id: text(members, "subscriptionId")?,
        client_state: text(members, "clientState"),
        lifecycle_event: text(members, "lifecycleEvent"),
        resource: text(members, "resource"),
        id: of_data("id"),
        odata_type: of_data("@odata.type"),
    })
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = member(members, name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
