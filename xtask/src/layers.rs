//! Which package may depend on which: the workspace's dependency rules as one table.

use crate::workspace::Member;
use std::collections::BTreeSet;

/// One package, where it lies and what of the workspace it may depend on.
struct Layer {
    package: &'static str,
    folder: &'static str,
    may: &'static [&'static str],
}

const FOUNDATION_AND_MAILBOX_PORT: &[&str] =
    &["earmark-mailbox-port", "earmark-model", "earmark-odata", "earmark-http", "earmark-sqlite"];

const FOUNDATION_AND_CRM_PORT: &[&str] =
    &["earmark-crm-port", "earmark-model", "earmark-odata", "earmark-http", "earmark-sqlite"];

/// `model` ← `tracking` ← `engine` → `ledger` → `model`; `engine` → the two ports → `model`;
/// connectors → their port, `model`, `foundation/*`; the OData face → the embedded CRM behind it;
/// `apps` → everything but `testkit`; `testkit` → everything but `apps`; `bench` → `testkit`;
/// `fuzz` → everything but `testkit`; `xtask` → nothing.
#[rustfmt::skip]
const LAYERS: &[Layer] = &[
    Layer { package: "earmark-model", folder: "core/model", may: &[] },
    Layer { package: "earmark-tracking", folder: "core/tracking", may: &["earmark-model"] },
    Layer { package: "earmark-ledger", folder: "core/ledger", may: &["earmark-model", "earmark-sqlite"] },
    Layer { package: "earmark-engine", folder: "core/engine", may: &[
        "earmark-model", "earmark-tracking", "earmark-ledger", "earmark-mailbox-port", "earmark-crm-port",
    ] },
    Layer { package: "earmark-mailbox-port", folder: "mailboxes/port", may: &["earmark-model"] },
    Layer { package: "earmark-graph", folder: "mailboxes/graph", may: FOUNDATION_AND_MAILBOX_PORT },
    Layer { package: "earmark-sandbox", folder: "mailboxes/sandbox", may: FOUNDATION_AND_MAILBOX_PORT },
    Layer { package: "earmark-crm-port", folder: "crms/port", may: &["earmark-model"] },
    Layer { package: "earmark-embedded", folder: "crms/embedded", may: FOUNDATION_AND_CRM_PORT },
    Layer { package: "earmark-webapi", folder: "crms/webapi", may: &[
        "earmark-embedded", "earmark-crm-port", "earmark-model", "earmark-odata", "earmark-http", "earmark-sqlite",
    ] },
    Layer { package: "earmark-odata", folder: "foundation/odata", may: &[] },
    Layer { package: "earmark-http", folder: "foundation/http", may: &[] },
    Layer { package: "earmark-sqlite", folder: "foundation/sqlite", may: &[] },
    Layer { package: "earmark", folder: "apps/earmark", may: PRODUCT },
    Layer { package: "earmark-testkit", folder: "testkit", may: PRODUCT },
    Layer { package: "earmark-bench", folder: "bench", may: &["earmark-model", "earmark-testkit"] },
    Layer { package: "earmark-fuzz", folder: "fuzz", may: PRODUCT_AND_APP },
    Layer { package: "xtask", folder: "xtask", may: &[] },
];

const PRODUCT: &[&str] = &[
    "earmark-model",
    "earmark-tracking",
    "earmark-ledger",
    "earmark-engine",
    "earmark-mailbox-port",
    "earmark-graph",
    "earmark-sandbox",
    "earmark-crm-port",
    "earmark-embedded",
    "earmark-webapi",
    "earmark-odata",
    "earmark-http",
    "earmark-sqlite",
];

/// What hostile input is thrown at: everything that reads what others wrote.
const PRODUCT_AND_APP: &[&str] = &[
    "earmark",
    "earmark-model",
    "earmark-tracking",
    "earmark-ledger",
    "earmark-engine",
    "earmark-mailbox-port",
    "earmark-graph",
    "earmark-sandbox",
    "earmark-crm-port",
    "earmark-embedded",
    "earmark-webapi",
    "earmark-odata",
    "earmark-http",
    "earmark-sqlite",
];

/// What tests may see besides. `testkit` builds on everything below `apps`, so that only the
/// tests of `apps` can use it without seeing two builds of one crate; those of the engine open a
/// ledger in memory.
const TESTS_MAY: &[(&str, &str)] =
    &[("earmark", "earmark-testkit"), ("earmark-engine", "earmark-sqlite")];

/// Packages that may use no outside crate but these: (package, in the product, in its tests).
type Outside = (&'static str, &'static [&'static str], &'static [&'static str]);
const OUTSIDE: &[Outside] = &[
    ("earmark-tracking", &[], &["proptest"]),
    ("earmark-model", &["jiff", "sha2", "uuid"], &["proptest"]),
    ("earmark-mailbox-port", &["async-trait", "futures", "jiff"], &["proptest", "tokio"]),
    ("earmark-crm-port", &["async-trait", "jiff", "uuid"], &["proptest", "tokio"]),
];

/// Every broken rule, one sentence each; empty when all hold.
pub fn violations(members: &[Member]) -> Vec<String> {
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let mut broken = Vec::new();
    for member in members {
        let Some(layer) = LAYERS.iter().find(|layer| layer.package == member.name) else {
            broken.push(format!(
                "{} has no layer: add it to the table in xtask/src/layers.rs",
                member.name
            ));
            continue;
        };
        if layer.folder != member.folder {
            broken.push(format!(
                "{} lies in {}, its place is {}",
                member.name, member.folder, layer.folder
            ));
        }
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let allowed = if names.contains(name) {
                layer.may.contains(&name)
                    || (dependency.dev && TESTS_MAY.contains(&(layer.package, name)))
            } else {
                may_use_outside(layer.package, name, dependency.dev)
            };
            if !allowed {
                let kind = if dependency.dev { "the tests of " } else { "" };
                broken.push(format!("{kind}{} must not depend on {name}", member.name));
            }
        }
    }
    broken
}

fn may_use_outside(package: &str, name: &str, dev: bool) -> bool {
    match OUTSIDE.iter().find(|(limited, _, _)| *limited == package) {
        None => true,
        Some((_, product, tests)) => product.contains(&name) || (dev && tests.contains(&name)),
    }
}
