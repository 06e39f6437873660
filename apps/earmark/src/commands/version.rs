//! `earmark version`.

use crate::{api::version::DEFAULT_ON_SINCE, output::Output};
use serde_json::json;

/// Prints the version of this program.
pub fn run(output: Output) {
    let version = env!("CARGO_PKG_VERSION");
    let value = json!({"schema": "earmark.version/1", "name": "earmark", "version": version,
        "categoryTrackingOnSince": DEFAULT_ON_SINCE});
    output.value(&value, || {
        format!(
            "earmark {version}\ncategory tracking is on by default, as in the original since \
             {DEFAULT_ON_SINCE}"
        )
    });
}
