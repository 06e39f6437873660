//! The licences of everything that is built into the product.

use anyhow::Context;
use cargo_metadata::MetadataCommand;
use std::path::Path;

/// Licences that any dependency may have, as SPDX ids. Kept equal to `deny.toml` by a test.
pub const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// A licence that one crate alone may have: (crate, licence).
pub const EXCEPTIONS: &[(&str, &str)] = &[("cssparser", "MPL-2.0"), ("dtoa-short", "MPL-2.0")];

/// Every dependency, built on this machine's platform, whose licence is not allowed.
///
/// Errors: cargo cannot resolve the dependencies.
pub fn violations(root: &Path, platform: &str) -> anyhow::Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec![format!("--filter-platform={platform}")])
        .exec()
        .context("resolve the dependencies with cargo metadata")?;
    let mut broken = Vec::new();
    for package in &metadata.packages {
        if metadata.workspace_members.contains(&package.id) {
            continue;
        }
        match package.license.as_deref() {
            None => broken.push(format!("{} {} states no licence", package.name, package.version)),
            Some(licence) if EXCEPTIONS.contains(&(package.name.as_str(), licence)) => {}
            Some(licence) if !is_allowed(licence) => {
                broken.push(format!("{} {} is under {licence}", package.name, package.version));
            }
            Some(_) => {}
        }
    }
    Ok(broken)
}

/// Whether the SPDX expression can be satisfied with [`ALLOWED`] licences. An expression that
/// cannot be read is not allowed.
pub fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    either(&mut words) == Some(true) && words.is_empty()
}

/// `both { OR both }`; words are taken from the end of the list.
fn either(words: &mut Vec<&str>) -> Option<bool> {
    let mut allowed = both(words)?;
    while words.last() == Some(&"OR") {
        words.pop();
        allowed |= both(words)?;
    }
    Some(allowed)
}

fn both(words: &mut Vec<&str>) -> Option<bool> {
    let mut allowed = one(words)?;
    while words.last() == Some(&"AND") {
        words.pop();
        allowed &= one(words)?;
    }
    Some(allowed)
}

fn one(words: &mut Vec<&str>) -> Option<bool> {
    let word = words.pop()?;
    if word == "(" {
        let inside = either(words)?;
        return (words.pop() == Some(")")).then_some(inside);
    }
    let mut allowed = ALLOWED.contains(&word);
    if words.last() == Some(&"WITH") {
        words.pop();
        words.pop()?;
        // An exception only ever adds permissions, but the list names none, so none counts.
        allowed = false;
    }
    Some(allowed)
}
