//! What the workspace's manifests and sources import, for tests of the directions between rooms.
//!
//! Which directions are allowed is said in `tests/walls.rs` and ARCHITECTURE.md, not here.

mod imports;
mod manifests;
mod sources;

use std::path::{Path, PathBuf};

pub use imports::{Import, imports};
pub use manifests::{Manifest, manifests};
pub use sources::sources;

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this package lies two folders deep").to_path_buf()
}
