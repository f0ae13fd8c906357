//! `TRACESNAP_SAVE` leaves a file of every guard. Each promise runs in a child of its own, since variables are the
//! process's.
#![cfg(feature = "file")]

mod again;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use again::{again, ended_well};
use tracesnap::{Trace, Tracer};
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt;

/// Starts the test of this name in a process with these variables. `None` in that process, which runs `child` instead.
fn start(test: &str, variables: &[(&str, &str)], child: impl FnOnce()) -> Option<Child> {
    let mut command = again(test, variables, child)?;
    // With one thread, tests run on the first thread of the process, whose name is not theirs.
    command.env_remove("RUST_TEST_THREADS").stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command.spawn().expect("this test runs again"))
}

fn end(child: Child) -> Output {
    ended_well(child.wait_with_output().expect("it ends"))
}

fn run(test: &str, variables: &[(&str, &str)], child: impl FnOnce()) -> Option<String> {
    Some(String::from_utf8_lossy(&end(start(test, variables, child)?).stderr).into_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the directory's name is text")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("it is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The calls of each file, in the order the files were begun.
fn saved(dir: &Path) -> Vec<String> {
    let mut traces: Vec<Trace> = files(dir).iter().map(|file| Trace::load(file).expect("it is whole")).collect();
    traces.sort_by_key(Trace::started);
    traces.iter().map(|trace| trace.snapshot().to_string()).collect()
}

fn call(name: &str) {
    info_span!("call", name).in_scope(|| ());
}

#[test]
fn every_guard_leaves_its_trace_however_it_ends() {
    let dir = tempfile::tempdir().expect("a directory");
    // Made where it is missing.
    let folder = dir.path().join("deeper/traces");
    let test = "every_guard_leaves_its_trace_however_it_ends";
    let child = || {
        let guard = Tracer::start().expect("nothing is wrong with it");
        call("finished");
        assert_eq!(guard.finish().stats().unsaved, 0);

        let guard = Tracer::start().expect("nothing is wrong with it");
        call("dropped");
        drop(guard);

        let panicked = catch_unwind(|| {
            let _guard = Tracer::start().expect("nothing is wrong with it");
            call("panicked");
            resume_unwind(Box::new("quiet"))
        });
        assert!(panicked.is_err());

        let caught = Tracer::builder().trace_catch(|| {
            call("caught");
            resume_unwind(Box::new("quiet"))
        });
        assert!(caught.is_ok_and(|(value, _): (std::thread::Result<()>, _)| value.is_err()));

        let outer = Tracer::start().expect("nothing is wrong with it");
        info_span!("outer").in_scope(|| {
            let inner = Tracer::start().expect("nothing is wrong with it");
            call("inner");
            drop(inner);
        });
        drop(outer);
    };
    let Some(_) = run(test, &[("TRACESNAP_SAVE", text(&folder))], child) else { return };
    let call = |name: &str| format!("call(name: \"{name}\")");
    let outer = format!("outer\n└─ {}", call("inner"));
    assert_eq!(
        saved(&folder),
        [call("finished"), call("dropped"), call("panicked"), call("caught"), outer, call("inner")]
    );
    for file in files(&folder) {
        let name = file.file_name().expect("it has one").to_string_lossy().into_owned();
        assert!(name.starts_with("every_guard_leaves_its_trace_however_it_ends-"), "{name}");
        assert!(name.ends_with(".trace.json.gz"), "{name}");
    }
}

#[test]
fn a_layer_is_read_at_any_time_and_saves_nothing_by_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let test = "a_layer_is_read_at_any_time_and_saves_nothing_by_itself";
    let child = || {
        let (layer, handle) = Tracer::builder().layer().expect("nothing is wrong with it");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || call("a"));
        assert_eq!(handle.trace().tree().len(), 1);
    };
    let Some(_) = run(test, &[("TRACESNAP_SAVE", text(dir.path()))], child) else { return };
    assert!(files(dir.path()).is_empty());
}

#[test]
fn processes_at_once_leave_a_file_of_each_guard() {
    let dir = tempfile::tempdir().expect("a directory");
    let child = || {
        for n in 0..10 {
            let guard = Tracer::start().expect("nothing is wrong with it");
            call(&format!("{n} of {}", std::process::id()));
            drop(guard.finish());
        }
    };
    let test = "processes_at_once_leave_a_file_of_each_guard";
    let children: Vec<_> = (0..4).map_while(|_| start(test, &[("TRACESNAP_SAVE", text(dir.path()))], child)).collect();
    if children.is_empty() {
        return;
    }
    children.into_iter().for_each(|child| drop(end(child)));
    let mut all = saved(dir.path());
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[test]
fn a_folder_keeps_what_it_was_told_to_and_what_others_put_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let mine = dir.path().join("run.trace.json.gz");
    Trace::default().save(&mine).expect("it is saved");
    let child = || (0..5).for_each(|n| drop(Tracer::builder().trace(|| call(&n.to_string()))));
    let variables = [("TRACESNAP_SAVE", text(dir.path())), ("TRACESNAP_SAVE_KEEP", "2 files, 1 GiB")];
    let test = "a_folder_keeps_what_it_was_told_to_and_what_others_put_there";
    let Some(_) = run(test, &variables, child) else { return };
    assert!(mine.exists());
    fs::remove_file(mine).expect("it is there");
    assert_eq!(saved(dir.path()), ["call(name: \"3\")", "call(name: \"4\")"]);
}

#[test]
fn what_to_keep_is_refused_before_anything_is_recorded() {
    let test = "what_to_keep_is_refused_before_anything_is_recorded";
    let child = || {
        let error = Tracer::start().expect_err("it cannot be").to_string();
        assert!(error.starts_with("`TRACESNAP_SAVE_KEEP` is set to `plenty`, but takes"), "{error}");
        assert!(error.contains("`7 days`"), "{error}");
    };
    run(test, &[("TRACESNAP_SAVE_KEEP", "plenty")], child);
}

#[test]
fn a_file_that_cannot_be_saved_is_told_and_counted_and_harms_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    // A file stands where the folder should be.
    let taken = dir.path().join("taken");
    fs::write(&taken, "").expect("it is written");
    let test = "a_file_that_cannot_be_saved_is_told_and_counted_and_harms_nothing";
    let child = || {
        for _ in 0..2 {
            let (value, trace) = Tracer::builder().trace(|| call("a")).expect("the plan is right");
            assert_eq!((value, trace.tree().len(), trace.stats().unsaved), ((), 1, 1));
            assert!(trace.stats().is_complete(), "nothing is missing in the trace itself");
        }
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = Tracer::start().expect("nothing is wrong with it");
            resume_unwind(Box::new("quiet"))
        }));
        assert!(panicked.is_err());
    };
    let told = |level: &str| {
        let shown = run(test, &[("TRACESNAP_SAVE", text(&taken)), ("TRACESNAP_LOG", level)], child)?;
        Some(shown.matches(&format!("the trace is not saved: cannot write `{}`: ", taken.display())).count())
    };
    let Some(once) = told("") else { return };
    assert_eq!((once, told("warn"), told("off")), (1, Some(3), Some(0)));
}

#[test]
fn saving_is_told_where_all_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let test = "saving_is_told_where_all_is_told";
    let variables = [("TRACESNAP_SAVE", text(dir.path())), ("TRACESNAP_LOG", "debug")];
    let Some(shown) = run(test, &variables, || drop(Tracer::start())) else { return };
    let file = files(dir.path()).pop().expect("one");
    assert!(shown.contains(&format!("saved as `{}`", file.display())), "{shown}");
}

#[test]
fn a_relative_folder_is_looked_for_where_the_guard_started() {
    let test = "a_relative_folder_is_looked_for_where_the_guard_started";
    let child = || {
        let (start, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        std::env::set_current_dir(start.path()).expect("it is there");
        let guard = Tracer::start().expect("nothing is wrong with it");
        std::env::set_current_dir(other.path()).expect("it is there");
        drop(guard);
        assert_eq!(files(&start.path().join("traces")).len(), 1);
        std::env::set_current_dir("/").expect("it is there");
    };
    run(test, &[("TRACESNAP_SAVE", "traces")], child);
}
