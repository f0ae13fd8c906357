//! What is read of recordings.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tracesnap_record::analysis::TimeRange;
use tracesnap_record::file::{load, read_each, recordings_in};
use tracesnap_record::{Interaction, Session, SessionHead};

use super::place::Place;

/// A file, or all of a folder.
pub(crate) fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = recordings_in(path).with_context(|| cannot_list(path))?;
    if files.is_empty() {
        bail!(
            "no sessions in `{}`; `TEST_CAPTURE_DIR={0} TEST_MODE=record cargo test` puts some there",
            path.display()
        );
    }
    Ok(files)
}

pub(super) fn cannot_list(dir: &Path) -> String {
    format!("cannot list `{}`; give a folder, or record something with `TEST_MODE=record`", dir.display())
}

/// All interactions of a place as one session.
pub(super) fn load_all(place: &Place, range: TimeRange) -> Result<Session> {
    let mut all: Option<Session> = None;
    for found in place.some_recordings()? {
        let session = load(place.open(&found)?)?;
        match &mut all {
            None => all = Some(session),
            Some(all) => all.interactions.extend(session.interactions),
        }
    }
    let Some(mut all) = all else { bail!("no sessions in `{place}`") };
    all.interactions.retain(|interaction| range.contains(interaction.timestamp));
    Ok(all)
}

/// What a list needs of a file, in little memory.
#[derive(Debug, Default)]
pub(super) struct Glance {
    pub(super) head: Option<SessionHead>,
    pub(super) interactions: u64,
    pub(super) failed: u64,
    pub(super) total_ms: f64,
    pub(super) problem: Option<String>,
}

pub(super) fn glance(path: &Path) -> Glance {
    let mut glance = Glance::default();
    let read = read_each(path, |interaction: Interaction| {
        glance.interactions += 1;
        glance.failed += u64::from(!interaction.is_success());
        glance.total_ms += interaction.duration_ms;
        ControlFlow::Continue(())
    });
    match read {
        Ok(head) => glance.head = Some(head),
        Err(error) => {
            // The file is named beside it.
            let text = error.to_string();
            let problem = text.split_once("` ").map_or(text.as_str(), |(_, problem)| problem);
            glance.problem = Some(problem.to_owned());
        }
    }
    glance
}
