//! Members of the workspace, and what they depend on.

use std::path::{Path, PathBuf};

use toml::Table;

/// One member.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Of the package.
    pub name: String,
    /// Below the root of the workspace; empty for the root package.
    pub folder: PathBuf,
    /// Whether it may be published.
    pub is_published: bool,
    /// What a user of the package builds too, whatever the platform and features; without what only tests need.
    pub dependencies: Vec<String>,
}

/// All members of the workspace at `root`, in the order in which it lists them.
///
/// # Panics
///
/// Where a manifest cannot be read.
#[must_use]
pub fn manifests(root: &Path) -> Vec<Manifest> {
    let workspace = read(&root.join("Cargo.toml"));
    let members = workspace["workspace"]["members"].as_array().expect("`members` is a list");
    members.iter().map(|member| manifest(root, Path::new(member.as_str().expect("a folder")))).collect()
}

fn manifest(root: &Path, folder: &Path) -> Manifest {
    let table = read(&root.join(folder).join("Cargo.toml"));
    let package = table["package"].as_table().expect("`package` is a table");
    let by_target = table.get("target").and_then(|targets| targets.as_table()).into_iter().flatten();
    let tables = by_target.map(|(_, target)| target).filter_map(|target| target.as_table()).chain([&table]);
    let mut dependencies: Vec<String> = tables
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .filter_map(|dependencies| dependencies.as_table())
        .flat_map(|dependencies| dependencies.iter().map(|(name, how)| package_of(name, how)))
        .collect();
    dependencies.sort();
    dependencies.dedup();
    Manifest {
        name: package["name"].as_str().expect("`name` is a text").to_owned(),
        folder: folder.strip_prefix(".").unwrap_or(folder).to_path_buf(),
        is_published: package.get("publish").and_then(toml::Value::as_bool) != Some(false),
        dependencies,
    }
}

/// A dependency may go by another name than its package's.
fn package_of(name: &str, how: &toml::Value) -> String {
    how.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
}

fn read(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
