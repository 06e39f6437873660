//! The service document: all entity sets.

use earmark_embedded::schema;
use serde_json::{Value as Json, json};

use crate::call::Call;
use crate::reply::Reply;

/// GET of the root.
pub(crate) fn service_document(call: &Call<'_>) -> Reply {
    let sets: Vec<Json> = schema::tables()
        .iter()
        .map(|table| json!({"name": table.set, "kind": "EntitySet", "url": table.set}))
        .collect();
    let context = format!("{}/$metadata", call.base);
    Reply::json(200, &json!({"@odata.context": context, "value": sets}))
}
