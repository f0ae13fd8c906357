//! How long a server takes from its start to its first answer, and what it holds then.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use http::{HeaderName, HeaderValue};
use tracesnap_mock::Mock;
use tracesnap_openapi::Document;

use crate::servers::{self, Server};

/// Starts, of which the quickest counts: what others do on the machine only adds.
const STARTS: usize = 9;

/// Serves the largest document of a folder; without one, a document of our own.
pub(crate) fn measure(folder: Option<&Path>) -> anyhow::Result<()> {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/generation/market.yaml"));
    let path = match folder {
        Some(folder) => largest(folder)?.with_context(|| format!("no document in `{}`", folder.display()))?,
        None => own,
    };
    let document = Document::open(&path)?;
    let operations = document.operations().len();
    let mock = Mock::from_document(document).build();
    // The first one that hands something out.
    let request = (0..operations).filter_map(|at| mock.request(at)).find(|request| {
        let answer = mock.answer(request);
        request.method() == "GET" && answer.status == 200 && !answer.body.is_empty()
    });
    let request = request.context("no operation answers GET with a body")?;
    let asked = request.uri().to_string();
    let header = |(name, value): (&HeaderName, &HeaderValue)| Some(format!("{name}: {}\r\n", value.to_str().ok()?));
    let headers: String = request.headers().iter().filter_map(header).collect();
    let mut times = Vec::new();
    let mut held = 0.0_f64;
    for _ in 0..STARTS {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve-file").arg(&path);
        let begun = Instant::now();
        let server = Server::telling(command, "mock", "of a file")?;
        servers::ask(server.port, &asked, &headers)?;
        times.push(begun.elapsed());
        held = held.max(server.most_resident()?);
    }
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    println!(
        "{name}, {} kB, {} operations: the first answer ({asked}) {:.0} ms after the start (median {:.0}), \
         {:.0} MB held at most; targets 200 ms, 100 MB",
        std::fs::metadata(&path)?.len() / 1_000,
        operations,
        milliseconds(times[0]),
        milliseconds(times[STARTS / 2]),
        held / 1e6,
    );
    Ok(())
}

fn largest(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let mut best: Option<(u64, PathBuf)> = None;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "json" || end == "yaml" || end == "yml") {
                let size = path.metadata()?.len();
                if best.as_ref().is_none_or(|(most, _)| size > *most) && Document::open(&path).is_ok() {
                    best = Some((size, path));
                }
            }
        }
    }
    Ok(best.map(|(_, path)| path))
}
