//! The workspace as `cargo metadata` describes it.

use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::path::PathBuf;

/// The workspace, without its outside dependencies resolved.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds, and where the foreign part installs its programs.
    pub target: PathBuf,
    /// The member packages.
    pub members: Vec<Member>,
}

/// One package of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// Its folder, relative to the root, with `/`.
    pub folder: String,
    /// What its `Cargo.toml` asks for.
    pub dependencies: Vec<Dependency>,
}

/// One line of a `[dependencies]` table.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The package's name, also where it is renamed.
    pub name: String,
    /// Whether only tests and examples see it.
    pub dev: bool,
}

impl Workspace {
    /// Asks cargo about the workspace that it started this program in.
    ///
    /// Errors: cargo does not start, or a manifest is damaged.
    pub fn load() -> anyhow::Result<Self> {
        let mut command = MetadataCommand::new();
        // Read now and not when compiled: clones may share a target directory, and so a build.
        if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
            command.current_dir(folder);
        }
        let metadata =
            command.no_deps().exec().context("read the workspace with cargo metadata")?;
        let root = metadata.workspace_root.clone();
        let members = metadata
            .packages
            .iter()
            .map(|package| Member {
                name: package.name.to_string(),
                folder: package
                    .manifest_path
                    .parent()
                    .and_then(|folder| folder.strip_prefix(&root).ok())
                    .map(|folder| folder.as_str().replace('\\', "/"))
                    .unwrap_or_default(),
                dependencies: package
                    .dependencies
                    .iter()
                    .map(|dependency| Dependency {
                        name: dependency.name.clone(),
                        dev: dependency.kind == DependencyKind::Development,
                    })
                    .collect(),
            })
            .collect();
        Ok(Self {
            root: root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
            members,
        })
    }
}
