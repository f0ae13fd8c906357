//! The load: `wrk` with a script.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::servers::Server;

/// Ten thousand ids, in an order that is none.
const SCRIPT: &str = "local n = 0\nrequest = function() n = (n * 7919 + 13) % 10007; return wrk.format('GET', '/pets/' .. (n + 1)) end\n";

pub(crate) struct Load {
    _folder: tempfile::TempDir,
    script: PathBuf,
}

impl Load {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("ids.lua");
        std::fs::write(&script, SCRIPT)?;
        Ok(Self { _folder: folder, script })
    }

    /// Requests a second, as `wrk` tells them.
    pub(crate) fn run(&self, server: &Server, time: Duration) -> anyhow::Result<f64> {
        let url = format!("http://127.0.0.1:{}/pets/1", server.port);
        let seconds = format!("{}s", time.as_secs());
        let mut command = Command::new("wrk");
        command.args(["-t1", "-c32", "-d", &seconds, "-s"]).arg(&self.script).arg(url);
        let out = command.output().context("`wrk` cannot be run; install it to measure")?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        ensure!(!text.contains("Non-2xx"), "{}: not every answer was a success:\n{text}", server.name);
        let line = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
        line.and_then(|rate| rate.trim().parse().ok()).with_context(|| format!("`wrk` said: {text}"))
    }
}
