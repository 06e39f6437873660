//! What happens to tasks by hand.

use super::{Named, Problem, json_of};
use crate::sandbox::Sandbox;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    task_id: String,
    to_list_id: String,
}

/// `{"taskId", "toListId"}`: the task goes to another list, as a person moves it in the program;
/// the answer names its new id. Graph has no such call.
pub(super) async fn move_task(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    let wanted: Move = json_of(request).await?;
    let moved = sandbox.move_task(&mail, &wanted.task_id, &wanted.to_list_id).await.map_err(
        |refusal| match refusal.code.as_str() {
            "ErrorItemNotFound" | "ErrorInvalidIdMalformed" => Problem::new(
                refusal.status,
                "taskId or toListId: not in this mailbox; take both as the Graph face gives them",
            ),
            _ => Problem::from(refusal),
        },
    )?;
    Ok(Json(json!({ "taskId": moved.task_id, "listId": moved.list_id })).into_response())
}
