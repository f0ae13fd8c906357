//! A folder of captures for one test.

use serde_json::Value;
use tempfile::TempDir;
use tracesnap_capture::{Capture, CaptureConfig, CaptureGuard, CaptureLoader, Captures};

/// Captures of this thread go here until it is dropped.
pub(crate) struct Folder {
    _guard: CaptureGuard,
    pub(crate) captures: Captures,
    pub(crate) dir: TempDir,
}

/// With the defaults.
pub(crate) fn folder() -> Folder {
    folder_with(CaptureConfig::new())
}

/// With this configuration, but for its path.
pub(crate) fn folder_with(config: CaptureConfig) -> Folder {
    let dir = tempfile::tempdir().expect("a folder");
    let captures = Captures::builder().config(config.path(dir.path())).build().expect("a configuration");
    Folder { _guard: captures.enter(), captures, dir }
}

impl Folder {
    pub(crate) fn loader(&self) -> CaptureLoader {
        CaptureLoader::open(self.dir.path()).expect("a folder")
    }

    /// The latest capture of a function.
    pub(crate) fn latest(&self, function: &str) -> Capture {
        self.captures.flush();
        self.loader().latest(function).unwrap_or_else(|error| panic!("{error}"))
    }

    /// An argument of the latest capture.
    pub(crate) fn argument(&self, function: &str, name: &str) -> Value {
        let document = self.latest(function).document;
        document.argument(name).unwrap_or_else(|| panic!("no `{name}` in {}", document.to_json())).clone()
    }

    /// Every byte that was written.
    pub(crate) fn bytes(&self) -> String {
        fn walk(dir: &std::path::Path, text: &mut String) {
            for entry in std::fs::read_dir(dir).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, text);
                } else {
                    text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file")));
                }
            }
        }
        self.captures.flush();
        let mut text = String::new();
        walk(self.dir.path(), &mut text);
        text
    }
}

/// Polls a future to its end on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
