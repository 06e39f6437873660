//! `earmark doctor`.

use crate::{
    failure::{CommandError, Exit},
    output::{Output, cell},
    remote::Remote,
};

/// Prints each check of the running server with its remedy. Errors: exit 9 when one fails.
pub async fn run(remote: &Remote, output: Output) -> Result<(), CommandError> {
    let report = remote.get("/api/v1/doctor", &[]).await?;
    let checks = report["items"].as_array().cloned().unwrap_or_default();
    let rows: Vec<[String; 4]> = checks
        .iter()
        .map(|check| ["result", "name", "detail", "remedy"].map(|key| cell(&check[key])))
        .collect();
    output.checks(&report, &rows);
    let failed = checks.iter().filter(|check| check["result"] == "fail").count();
    if failed == 0 {
        return Ok(());
    }
    Err(CommandError::new(Exit::Unhealthy, "unhealthy", format!("{failed} checks failed"))
        .hint("Follow the remedies above and run `earmark doctor` again"))
}
