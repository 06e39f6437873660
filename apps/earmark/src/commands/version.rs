//! `earmark version`.

use crate::output::Output;
use serde_json::json;

/// Prints the version of this program.
pub fn run(output: Output) {
    let version = env!("CARGO_PKG_VERSION");
    let value = json!({"schema": "earmark.version/1", "name": "earmark", "version": version});
    output.value(&value, || format!("earmark {version}"));
}
