//! The workspace keeps its dependency rules, and the rules notice when it does not.

use xtask::layers::violations;
use xtask::workspace::{Dependency, Member, Workspace};

fn member(name: &str, folder: &str, dependencies: &[(&str, bool)]) -> Member {
    Member {
        name: name.to_owned(),
        folder: folder.to_owned(),
        dependencies: dependencies
            .iter()
            .map(|(name, dev)| Dependency { name: (*name).to_owned(), dev: *dev })
            .collect(),
    }
}

#[test]
fn the_workspace_keeps_its_layers() {
    let workspace = Workspace::load().expect("cargo metadata works here");
    assert!(workspace.members.len() > 10, "the members were read");
    assert_eq!(violations(&workspace.members), Vec::<String>::new());
}

#[test]
fn a_forbidden_edge_is_named() {
    let members = [
        member("earmark-tracking", "core/tracking", &[("earmark-model", false), ("tokio", false)]),
        member("earmark-model", "core/model", &[("jiff", false)]),
        member("earmark-graph", "mailboxes/graph", &[("earmark-sandbox", true)]),
        member("earmark-sandbox", "mailboxes/sandbox", &[("earmark-graph", false)]),
        member("earmark-engine", "core/engine", &[("earmark-embedded", false)]),
        member("earmark-embedded", "crms/embedded", &[("earmark-ledger", false)]),
        member("earmark-ledger", "core/ledger", &[("earmark-testkit", true)]),
        member("earmark-testkit", "testkit", &[("earmark", false), ("earmark-engine", false)]),
        member("earmark", "apps/earmark", &[("earmark-testkit", true), ("xtask", false)]),
        member("xtask", "xtask", &[("earmark-model", false)]),
    ];
    assert_eq!(
        violations(&members),
        [
            "earmark-tracking must not depend on tokio",
            "the tests of earmark-graph must not depend on earmark-sandbox",
            "earmark-sandbox must not depend on earmark-graph",
            "earmark-engine must not depend on earmark-embedded",
            "earmark-embedded must not depend on earmark-ledger",
            "the tests of earmark-ledger must not depend on earmark-testkit",
            "earmark-testkit must not depend on earmark",
            "earmark must not depend on xtask",
            "xtask must not depend on earmark-model",
        ]
    );
}

#[test]
fn the_product_never_sees_the_testkit() {
    let members = [
        member("earmark", "apps/earmark", &[("earmark-testkit", false)]),
        member("earmark-testkit", "testkit", &[]),
    ];
    assert_eq!(violations(&members), ["earmark must not depend on earmark-testkit"]);
}

#[test]
fn a_package_without_a_place_is_named() {
    let members = [member("earmark-new", "core/new", &[]), member("earmark-model", "model", &[])];
    assert_eq!(
        violations(&members),
        [
            "earmark-new has no layer: add it to the table in xtask/src/layers.rs",
            "earmark-model lies in model, its place is core/model",
        ]
    );
}
