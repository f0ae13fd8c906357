//! Sessions: recorded by several threads, read, played back.

use std::io;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tracesnap_record::file::load;
use tracesnap_record::{Mode, Retention, ServiceProvider, Sets};

use crate::{Done, KEPT, Until, files};

const ENDING: &str = ".session.json";
const TASKS: u64 = 4;
const CALLS: u64 = 25;

fn answer(task: u64, call: u64) -> Value {
    json!({"task": task, "call": call, "owner": "gm@example.com", "text": "the gate is open ".repeat(20)})
}

/// The program: each task asks for the same things, and is told its own.
fn ask(provider: &ServiceProvider, is_real: bool) -> Result<()> {
    thread::scope(|scope| {
        let tasks = (0..TASKS).map(|task| {
            scope.spawn(move || -> Result<()> {
                let _task = tracesnap_record::recorder::task::enter(format!("task {task}"));
                for call in 0..CALLS {
                    let real = || if is_real { Ok(answer(task, call)) } else { Err(io::Error::other("it is gone")) };
                    let found: Value = provider.service("store").call("item.get", &json!({"page": call % 5}), real)?;
                    ensure!(
                        found["task"] == task && found["call"] == call,
                        "task {task}, call {call} was told {found}"
                    );
                }
                Ok(())
            })
        });
        let tasks: Vec<_> = tasks.collect();
        tasks.into_iter().try_for_each(|task| task.join().expect("a task does not panic"))
    })
}

pub(crate) fn run(dir: &Path, until: &Until) -> Result<Done> {
    let provider = |mode| ServiceProvider::builder().dir(dir).session("soak").mode(mode).build();
    let keep = format!("{KEPT} files").parse::<Retention>()?;
    let rounds = until.rounds(|_| {
        let recording = provider(Mode::Record)?;
        ask(&recording, true)?;
        let finished = recording.cleanup()?.recorded.context("this mode records")?;
        ensure!(finished.stats.lost == 0, "interactions were lost: {:?}", finished.stats);
        let sets = Sets::open(dir)?;
        sets.accept(&finished.pending.context("it waits")?.parse()?)?;
        let playing = provider(Mode::Playback)?;
        ask(&playing, false)?;
        playing.cleanup()?;
        keep.apply(dir, |name| name.ends_with(ENDING))?;
        Ok(())
    })?;
    let left = files(dir, ENDING)?;
    for path in &left {
        let session = load(path).with_context(|| path.display().to_string())?;
        let all = (TASKS * CALLS) as usize;
        ensure!(session.interactions.len() == all, "{} holds {}", path.display(), session.interactions.len());
        let text = std::fs::read_to_string(path)?;
        ensure!(!text.contains("gm@example.com"), "{} holds an address", path.display());
    }
    Ok(Done { job: "sessions", rounds, files: left.len() as u64 })
}
