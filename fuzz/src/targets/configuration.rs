//! `earmark.toml`.

use super::text;
use crate::faces::SECRET;
use crate::target::{Target, gist, shape};
use earmark::config::load;

/// The file.
pub const CONFIGURATION: Target = Target {
    name: "configuration",
    about: "earmark.toml: a configuration, or one line that names file, key and remedy",
    words: &[
        "[[organization]]\n",
        "slug = ",
        "crm = { kind = \"embedded\" }\n",
        "kind = \"graph\"\n",
        "tenant = ",
        "client_id = ",
        "client_secret_env = ",
        "client_secret_file = ",
        "listen = ",
        "cycle = ",
        "15m",
        "99999999999999999h",
        "category.color = ",
        "preset25",
        "\"",
        "'''",
        "\n",
        "[push]\nnotification_url = ",
        "https://u:p@a.test/",
        "[",
        "]",
        "{",
        "}",
        "= ",
        "ledger = ",
    ],
    outside: &[],
    make: || Box::new(configuration),
};

/// What the variables hold; no input does.
const OF_ENVIRONMENT: &str = "canary-of-the-environment";

fn configuration(bytes: &[u8]) -> u64 {
    let environment = |name: &str| match name {
        "EARMARK_ADMIN_TOKEN" | "GRAPH_SECRET" => Some(OF_ENVIRONMENT.to_owned()),
        _ => None,
    };
    let read = load::parse("earmark.toml", &text(bytes))
        .and_then(|file| load::check("earmark.toml", file, &environment));
    let hidden =
        |shown: &str| assert!(!shown.contains(OF_ENVIRONMENT), "a secret is shown: {shown}");
    match read {
        Ok(configuration) => {
            hidden(&format!("{configuration:?}"));
            assert!(!configuration.organizations.is_empty());
            assert!(!configuration.cycle.is_zero());
            shape((configuration.organizations.len(), configuration.notification_url.is_some()))
        }
        Err(error) => {
            let line = error.to_string();
            hidden(&line);
            // Seeds hold a secret where people write one by mistake.
            let is_secret = error.key.contains("client_secret");
            assert!(!is_secret || !error.problem.contains(SECRET), "a secret is shown: {line}");
            assert!(!line.chars().any(char::is_control), "one line: {line:?}");
            assert!(!error.key.is_empty() && !error.remedy.is_empty(), "{line}");
            shape((error.key.len().min(12), gist(&error.problem)))
        }
    }
}
