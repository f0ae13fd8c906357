//! A headless Chromium of one's own.

use std::env;
use std::io::{BufRead, BufReader, Result};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::connection::Connection;
use crate::{Page, Theme};

/// The variable that makes a missing browser a failure: where tests must not be skipped, set it to `1`.
pub const STRICT: &str = "TRACESNAP_TEST_STRICT";

/// The variable that names the browser to use, where it is not one of `NAMES` in the path.
const BROWSER: &str = "TRACESNAP_CHROMIUM";

/// What Chromium is called, by Debian, by others, and by those who brand it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where a browser is.
///
/// # Errors
///
/// Says what was looked for, and how to have it.
pub fn find() -> std::result::Result<PathBuf, String> {
    if let Some(path) = env::var_os(BROWSER) {
        return Ok(path.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        NAMES.iter().find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()));
    found.ok_or_else(|| {
        format!(
            "no browser: none of {} is in the path; `apt-get install chromium`, or name one in {BROWSER}",
            NAMES.join(", ")
        )
    })
}

/// A running browser. It ends when this is dropped, and its profile goes with it.
#[derive(Debug)]
pub struct Chromium {
    process: Child,
    endpoint: String,
    // Removed after the process has ended.
    profile: TempDir,
}

impl Chromium {
    /// Starts a browser that has never been used.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends before it can be spoken to.
    pub fn start(path: &Path) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut process = Command::new(path)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars=false",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut errors = BufReader::new(process.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let endpoint = loop {
            let start = said.len();
            if errors.read_line(&mut said)? == 0 {
                let _ = process.kill();
                let _ = process.wait();
                return Err(std::io::Error::other(format!("{} ended at once: {said}", path.display())));
            }
            if let Some(endpoint) = said[start..].trim().strip_prefix("DevTools listening on ") {
                break endpoint.to_owned();
            }
        };
        // Nobody reads on; it must not wait for a reader either.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Ok(Self { process, endpoint, profile })
    }

    /// A directory that is removed with the browser, for the files it opens.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.profile.path()
    }

    /// Opens a file in a page of this size.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn open(&self, file: &Path, size: (u32, u32), theme: Theme) -> Result<Page> {
        self.visit(&format!("file://{}", file.display()), size, theme)
    }

    /// Opens an address in a page of this size.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn visit(&self, url: &str, size: (u32, u32), theme: Theme) -> Result<Page> {
        Page::open(Connection::new(&self.endpoint)?, url, size, theme)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // In order, so that no process of its own is left; by force where it does not answer.
        let asked = Connection::new(&self.endpoint).and_then(|mut c| c.call("Browser.close", json!({})));
        if asked.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
