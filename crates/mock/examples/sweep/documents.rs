//! Finds documents in folders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// All JSON and YAML files below a folder.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(find(&path)?);
        } else if path.extension().is_some_and(|end| matches!(end.to_str(), Some("json" | "yaml" | "yml"))) {
            found.push(path);
        }
    }
    Ok(found)
}
