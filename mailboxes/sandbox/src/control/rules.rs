//! Rules run by hand over mail that is there.

use super::{Named, Problem, json_of};
use crate::{rules::RulesRun, sandbox::Sandbox};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Run {
    rule_id: Option<String>,
    folder: String,
    remove_categories: Vec<String>,
}

impl Default for Run {
    fn default() -> Self {
        Self { rule_id: None, folder: "inbox".to_owned(), remove_categories: Vec::new() }
    }
}

/// All rules or one, over one folder; or the removal of categories that only a mail program's
/// rules can do. The answer says how many messages were changed.
pub(super) async fn run(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    let run: Run = json_of(request).await?;
    if run.rule_id.is_some() && !run.remove_categories.is_empty() {
        return Err(Problem::field(
            "removeCategories",
            "a rule of the server cannot remove categories; leave ruleId out",
        ));
    }
    let run = RulesRun {
        rule: run.rule_id,
        folder: run.folder,
        remove_categories: run.remove_categories,
    };
    let changed = sandbox.run_rules(&mail, run).await?;
    Ok(Json(json!({ "changed": changed })).into_response())
}
