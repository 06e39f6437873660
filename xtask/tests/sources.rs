//! The source rules hold in the workspace, and notice what they are for.

use xtask::sources::{violations, violations_in};
use xtask::workspace::Workspace;

fn in_apps(text: &str) -> usize {
    violations_in("apps/earmark/src/wiring.rs", text).len()
}

#[test]
fn the_workspace_keeps_its_source_rules() {
    let workspace = Workspace::load().expect("cargo metadata works here");
    let broken = violations(&workspace.root).expect("the files can be read");
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn apps_may_construct_only_all_rules() {
    let good = "use earmark_tracking::Rules;\n\
                /// Gives `Rules { .. }` never.\n\
                fn rules() -> Rules {\n    Rules::all()\n}\n\
                struct HouseRules { a: bool }\nlet rules: Rules = Rules :: all();\n";
    assert_eq!(in_apps(good), 0);
    for bad in [
        "let r = Rules { brake: false, ..Rules::all() };",
        "let r = Rules::without(\"brake\");",
        "let r = earmark_tracking::Rules::default();",
        "let r = Rules::\n    without(\"x\");",
        "let mut r = Rules::all();",
        "use earmark_tracking::Rules as Switches;",
    ] {
        assert_eq!(in_apps(bad), 1, "{bad}");
        assert_eq!(violations_in("testkit/src/world.rs", bad).len(), 0, "{bad}");
    }
}

#[test]
fn a_long_file_is_named() {
    let lines = |count: usize| "x\n".repeat(count);
    assert_eq!(violations_in("a/b.rs", &lines(600)).len(), 0);
    assert_eq!(
        violations_in("a/b.rs", &lines(601)),
        ["a/b.rs has 601 lines, 600 are allowed: split it by noun"]
    );
    assert_eq!(violations_in("Cargo.lock", &lines(9000)).len(), 0);
}

#[test]
fn a_file_without_a_noun_is_named() {
    assert_eq!(violations_in("core/x/src/utils.rs", "").len(), 1);
    assert_eq!(violations_in("core/x/src/category.rs", "").len(), 0);
}

#[test]
fn a_path_of_one_machine_is_named() {
    let machine = |folder: &str| format!("see \"/{folder}/main/x\" there");
    for folder in ["work", "root", "home", "tmp"] {
        let broken = violations_in("docs/x.md", &machine(folder));
        assert_eq!(broken, [format!("docs/x.md:1 names a path of one machine (/{folder}/…)")]);
    }
    for good in [
        "https://mail.example/home/inbox",
        "`mailFolders/root/children`",
        "../shared/work/x",
        "the /work folder",
        "/api/v1/items",
    ] {
        assert_eq!(violations_in("docs/x.md", good), Vec::<String>::new(), "{good}");
    }
}
