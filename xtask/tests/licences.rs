//! Licence expressions, and that both lists of allowed licences are one.

use xtask::licences::{ALLOWED, is_allowed};

#[test]
fn an_expression_is_allowed_where_an_allowed_choice_satisfies_it() {
    for allowed in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "Unlicense/MIT",
        "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        "ISC AND (Apache-2.0 OR ISC) AND (GPL-2.0-only OR MIT-0 OR MIT)",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert!(is_allowed(allowed), "{allowed}");
    }
    for refused in [
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "MPL-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT",
        "MIT OR",
        "MIT Apache-2.0",
        "",
    ] {
        assert!(!is_allowed(refused), "{refused}");
    }
}

#[test]
fn both_checks_allow_the_same_licences() {
    let text = include_str!("../../deny.toml");
    let deny: toml::Table = toml::from_str(text).expect("deny.toml is valid");
    let listed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|licence| licence.as_str())
        .collect();
    assert_eq!(listed, ALLOWED);
}
