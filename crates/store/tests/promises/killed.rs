//! Processes are killed in the middle of whatever they do, again and again: nothing is torn, what was there stays, and
//! the latest is the latest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tracesnap_store::{Action, DocumentId, Error, Retention, Store};

use crate::support::{Random, body, capture, directory, writer_and_round};

const ROLE: &str = "STORE_TEST_ROLE";
const DIR: &str = "STORE_TEST_STORE";
const WRITER: &str = "STORE_TEST_WRITER";

const WRITERS: usize = 8;
const ROUNDS: usize = 1_000;
const KEPT: usize = 40;
const NAMES: [&str; 3] = ["shop::pay", "shop::Cart::add", "GET /orders/{id}"];

fn start(role: &str, dir: &Path, writer: usize) -> Child {
    Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "killed::is_a_process_of_its_own", "--nocapture"])
        .env(ROLE, role)
        .env(DIR, dir)
        .env(WRITER, writer.to_string())
        .stdout(Stdio::null())
        .spawn()
        .expect("this test runs again")
}

/// A process: a test that ends at once unless it is told what to do.
#[test]
fn is_a_process_of_its_own() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let dir = std::env::var_os(DIR).expect("it is told where");
    let dir = Path::new(&dir);
    let writer: usize = std::env::var(WRITER).expect("it is told who").parse().expect("a number");
    match role.as_str() {
        "put" => put(&Store::open(dir.join("store")).expect("a directory"), dir, writer),
        "put and keep" => {
            let keep = Retention::ALL.max_files(20);
            put(&Store::builder().retention(keep).open(dir.join("store")).expect("a directory"), dir, writer);
        }
        "audit" => {
            let store = Store::builder().audit(true).open(dir.join("store")).expect("a directory");
            let log = store.audit().expect("there is one");
            (0..ROUNDS)
                .for_each(|round| log.record(Action::Load, NAMES[round % 3], writer as u64).expect("it is noted"));
        }
        "accept" => accept(&Store::open(dir.join("store")).expect("a directory"), writer),
        #[cfg(feature = "segments")]
        "append" => append(dir, writer),
        "prune" => prune(dir),
        role => panic!("no role: {role}"),
    }
}

/// Removes what is too old, over and over, whatever others do.
fn prune(dir: &Path) {
    let keep = Retention::ALL.max_files(KEPT);
    let store = Store::builder().retention(keep).open(dir.join("store")).expect("a directory");
    for _ in 0..ROUNDS {
        let pruned = store.prune(false).expect("it is listed");
        assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
    }
}

/// Puts documents and notes each when it was told that it is there.
fn put(store: &Store, dir: &Path, writer: usize) {
    let mut told = fs::File::create(dir.join(format!("told-{writer}"))).expect("it is made");
    for round in 0..ROUNDS {
        let name = NAMES[(writer + round) % NAMES.len()];
        let metadata = capture().with_tag("writer", writer.to_string());
        let id = store.put(name, body(writer, round), metadata).expect("it is put");
        told.write_all(format!("{} {round} {name}\n", id.number()).as_bytes()).expect("it is noted");
    }
}

/// Records and accepts, over and over, whatever others do.
fn accept(store: &Store, writer: usize) {
    for round in 0..ROUNDS {
        let id = store.put_pending("checkout", body(writer, round), capture()).expect("it is put");
        match store.accept(&id) {
            // Somebody cleans up after those who were killed.
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(Error::Superseded { .. }) => drop(store.reject(&id).expect("it is removed")),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Starts all writers and kills each at a moment that the seed says, or never. Gives who ended by itself.
fn kill_some(role: &str, dir: &Path, seed: u64, within: Duration) -> BTreeSet<usize> {
    kill_some_of(|_| role, dir, seed, within)
}

/// The same, where each does something of its own.
fn kill_some_of<'r>(role: impl Fn(usize) -> &'r str, dir: &Path, seed: u64, within: Duration) -> BTreeSet<usize> {
    let mut random = Random(seed);
    let mut writers: Vec<_> =
        (0..WRITERS).map(|writer| (start(role(writer), dir, writer), random.below(1_000))).collect();
    let begun = Instant::now();
    while !dir.join("store").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody writes anything");
        sleep(Duration::from_millis(1));
    }
    writers.sort_by_key(|(_, moment)| *moment);
    let begun = Instant::now();
    for (child, moment) in writers.iter_mut().take(WRITERS - 2) {
        sleep((within * *moment as u32 / 1_000).saturating_sub(begun.elapsed()));
        child.kill().expect("it is ours");
    }
    let ended = writers.iter_mut().enumerate().filter_map(|(writer, (child, _))| {
        let status = child.wait().expect("it ends");
        assert!(status.success() || status.code().is_none(), "it failed by itself");
        status.success().then_some(writer)
    });
    ended.collect()
}

/// Every document of the store, by name and number. Panics where one is torn.
fn all(store: &Store) -> BTreeMap<(String, u64), (usize, usize)> {
    let mut found = BTreeMap::new();
    for name in store.names().expect("they are listed") {
        for document in store.all(&name) {
            let document = document.expect("it is whole");
            let by = writer_and_round(document.body());
            assert_eq!(document.metadata().tag("writer"), Some(by.0.to_string().as_str()));
            let id = document.id();
            assert!(found.insert((name.clone(), id.number()), by).is_none(), "{id} is there twice");
        }
    }
    found
}

/// The newest number is found by name, by listing, and can be read.
fn the_latest_is_right(store: &Store, found: &BTreeMap<(String, u64), (usize, usize)>) {
    for name in NAMES {
        let newest = found.keys().filter(|(of, _)| of == name).map(|(_, number)| *number).max();
        let latest = store.latest(name).map(|document| document.id().number());
        assert_eq!(latest.ok(), newest, "{name}");
        assert_eq!(store.ids(name).next().map(|id| id.expect("it is listed").number()), newest);
    }
}

/// What writers were told is there.
fn told(dir: &Path) -> Vec<(String, u64, (usize, usize))> {
    let mut told = Vec::new();
    for writer in 0..WRITERS {
        let text = fs::read_to_string(dir.join(format!("told-{writer}"))).unwrap_or_default();
        // Without the last line, if nothing ends it.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let mut words = line.trim_end().splitn(3, ' ');
            let mut word = || words.next().expect("three words").to_owned();
            let (number, round, name) = (word(), word(), word());
            told.push((name, number.parse().expect("a number"), (writer, round.parse().expect("a number"))));
        }
    }
    told
}

#[test]
fn of_eight_writers_killed_at_any_time_every_document_is_there_whole_or_not_at_all() {
    let mut killed = 0;
    for seed in 0..6 {
        let dir = directory();
        let ended = kill_some("put", dir.path(), seed, Duration::from_millis(900));
        killed += WRITERS - ended.len();
        let store = Store::open(dir.path().join("store")).expect("a directory");
        let found = all(&store);
        the_latest_is_right(&store, &found);
        let told = told(dir.path());
        assert!(told.len() >= ended.len() * ROUNDS);
        for (name, number, by) in &told {
            assert_eq!(found.get(&(name.clone(), *number)), Some(by), "what `put` gave back is there");
        }
        assert!(found.len() <= told.len() + WRITERS - ended.len(), "one more a killed writer, at most");
        // Life goes on, at the next number.
        for name in NAMES {
            let newest = found.keys().filter(|(of, _)| of == name).map(|(_, number)| *number).max().unwrap_or(0);
            let id = store.put(name, body(99, 0), capture().with_tag("writer", "99")).expect("it is put");
            assert_eq!(id, DocumentId::new(name, newest + 1));
            assert_eq!(store.latest(name).expect("it is there").id(), &id);
        }
    }
    assert!(killed > 6, "writers were killed: {killed}");
}

#[test]
fn while_documents_are_written_and_removed_and_writers_killed_the_latest_is_always_there() {
    let mut reads = 0;
    for seed in 10..13 {
        let dir = directory();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let store = Store::open(dir.path().join("store")).expect("a directory");
                let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
                let mut reads = 0;
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    for name in NAMES {
                        match store.latest(name) {
                            Ok(document) => {
                                writer_and_round(document.body());
                                let number = document.id().number();
                                let before = newest.insert(name, number).unwrap_or(0);
                                assert!(number >= before, "the latest of {name} was {before}, and is {number}");
                                reads += 1;
                            }
                            Err(Error::NotFound { .. }) => assert!(!newest.contains_key(name), "{name} went away"),
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                reads
            });
            kill_some("put and keep", dir.path(), seed, Duration::from_millis(1_500));
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            reads += reader.join().expect("it ends");
        });
        let store = Store::builder().retention(Retention::ALL.max_files(20)).open(dir.path().join("store"));
        let store = store.expect("a directory");
        the_latest_is_right(&store, &all(&store));
        let pruned = store.prune(false).expect("it is listed");
        assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
        assert!(NAMES.iter().all(|name| (1..=20).contains(&store.ids(name).count())));
    }
    assert!(reads > 100, "somebody read: {reads}");
}

/// Three write documents, two segments, three prune; any of them is killed. What is read meanwhile is whole, what should be
/// kept is, and what a killed one left undone is done by the next.
#[test]
fn while_documents_are_pruned_and_whoever_prunes_or_writes_is_killed_the_newest_are_there() {
    let mut reads = 0;
    for seed in 50..53 {
        let dir = directory();
        let role = |writer: usize| match writer {
            0..3 => "put",
            #[cfg(feature = "segments")]
            3..5 => "append",
            _ => "prune",
        };
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let store = Store::open(dir.path().join("store")).expect("a directory");
                let (mut reads, mut seen) = (0, BTreeSet::new());
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    for name in NAMES {
                        // One that goes away while it is asked for is passed over; none is torn.
                        for found in store.all(name).take(2 * KEPT) {
                            writer_and_round(found.expect("it is whole").body());
                            reads += 1;
                        }
                        match store.latest(name) {
                            Ok(document) => {
                                writer_and_round(document.body());
                                seen.insert(name);
                            }
                            Err(Error::NotFound { .. }) => assert!(!seen.contains(name), "{name} went away"),
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                reads
            });
            kill_some_of(role, dir.path(), seed, Duration::from_millis(1_500));
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            reads += reader.join().expect("it ends");
        });
        let keep = Retention::ALL.max_files(KEPT);
        let store = Store::builder().retention(keep).open(dir.path().join("store")).expect("a directory");
        let numbers = |name: &str| -> Vec<u64> {
            let found = store.all(name).map(|found| found.expect("it is whole"));
            found.map(|found| (writer_and_round(found.body()), found.id().number()).1).collect()
        };
        let told = told(dir.path());
        let newest_are_there = |name: &str, found: &[u64]| {
            // Whatever is newer than the oldest of those that are kept was not removed.
            let Some(oldest) = found.get(KEPT.min(found.len()) - 1) else { return };
            for (_, number, _) in told.iter().filter(|(of, number, _)| of == name && number > oldest) {
                assert!(found.contains(number), "{name}#{number} is newer than {oldest}");
            }
        };
        for name in NAMES {
            let found = numbers(name);
            assert!(!found.is_empty(), "{name} was written");
            newest_are_there(name, &found);
        }
        let pruned = store.prune(false).expect("it is listed");
        assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
        for name in NAMES {
            let found = numbers(name);
            newest_are_there(name, &found);
            let mut numbers = found.clone();
            numbers.dedup();
            // A segment goes as a whole; so there are more than are kept, by no more than its documents.
            assert!(found.len() <= KEPT || numbers.len() <= KEPT, "{name}: {} of {numbers:?}", found.len());
            assert_eq!(store.latest(name).expect("it is there").id().number(), found[0]);
        }
        let again = store.prune(false).expect("it is listed");
        assert!(again.removed.is_empty() && again.unfinished.is_empty() && again.sealed == 0, "{again:?}");
    }
    assert!(reads > 100, "somebody read: {reads}");
}

#[test]
fn lines_of_the_log_are_whole_however_often_writers_are_killed() {
    let dir = directory();
    let mut at_least = 0;
    for seed in 20..24 {
        fs::create_dir_all(dir.path().join("store")).expect("a directory");
        at_least += ROUNDS * kill_some("audit", dir.path(), seed, Duration::from_millis(150)).len();
    }
    let store = Store::builder().audit(true).open(dir.path().join("store")).expect("a directory");
    let mut read = store.audit().expect("there is one").read().expect("it is there");
    let mut whole = 0;
    for entry in read.by_ref() {
        let entry = entry.expect("it is read");
        assert!(
            entry.action == Action::Load && NAMES.contains(&entry.name.as_str()) && entry.documents < 8,
            "{entry:?}"
        );
        whole += 1;
    }
    assert!(whole >= at_least && at_least >= 4 * 2 * ROUNDS, "{whole} of {at_least}");
    assert!(read.torn() <= 4 * 6, "one a killed writer, at most");
}

#[test]
fn the_accepted_one_is_whole_whoever_is_killed_while_accepting() {
    for seed in 30..33 {
        let dir = directory();
        kill_some("accept", dir.path(), seed, Duration::from_millis(900));
        let store = Store::open(dir.path().join("store")).expect("a directory");
        writer_and_round(store.accepted("checkout").expect("it is there").body());
        // What killed processes left waits, and can be accepted or rejected.
        for entry in store.pending().expect("they are listed") {
            let id = entry.expect("it is whole").id;
            let pending = store.load_pending(&id).expect("it is whole").into_body();
            match store.accept(&id) {
                Ok(()) => assert_eq!(store.accepted("checkout").expect("it is there").body(), pending),
                Err(Error::Superseded { .. }) => assert!(store.reject(&id).expect("it is removed")),
                Err(error) => panic!("{error}"),
            }
        }
        assert!(store.pending().expect("they are listed").is_empty());
    }
}

/// Appends to segments that are soon full, and notes what was flushed.
#[cfg(feature = "segments")]
fn append(dir: &Path, writer: usize) {
    let store = Store::open(dir.join("store")).expect("a directory");
    let options = tracesnap_store::SegmentOptions::default().max_bytes(200_000).buffer(8_000);
    let mut segments = store.segment_writer(options);
    let mut told = fs::File::create(dir.join(format!("told-{writer}"))).expect("it is made");
    for round in 0..ROUNDS {
        let metadata = capture().with_tag("writer", writer.to_string());
        segments.append("shop::pay", body(writer, round), metadata).expect("it is taken");
        if round % 50 == 49 {
            segments.flush().expect("it is written");
            told.write_all(format!("0 {round} shop::pay\n").as_bytes()).expect("it is noted");
        }
    }
    segments.finish().expect("it is sealed");
    told.write_all(b"0 999 shop::pay\n").expect("it is noted");
}

#[test]
#[cfg(feature = "segments")]
fn of_segments_whose_writers_are_killed_all_is_there_that_was_flushed() {
    let mut sealed = 0;
    for seed in 40..44 {
        let dir = directory();
        kill_some("append", dir.path(), seed, Duration::from_millis(700));
        let store = Store::open(dir.path().join("store")).expect("a directory");
        let read = |store: &Store| -> Vec<(DocumentId, (usize, usize))> {
            let documents = store.all("shop::pay").oldest_first();
            documents
                .map(|document| document.expect("it is whole"))
                .map(|found| (found.id().clone(), writer_and_round(found.body())))
                .collect()
        };
        let before = read(&store);
        let mut rounds: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        before.iter().for_each(|(_, (writer, round))| rounds.entry(*writer).or_default().push(*round));
        for (writer, rounds) in &rounds {
            assert!(rounds.iter().copied().eq(0..rounds.len()), "writer {writer} has a gap");
        }
        for (_, _, (writer, round)) in told(dir.path()) {
            assert!(rounds.get(&writer).map_or(0, Vec::len) > round, "what was flushed is there");
        }
        let latest = store.latest("shop::pay").expect("it is there");
        assert_eq!(Some(latest.id()), before.last().map(|(id, _)| id));
        let middle = &before[before.len() / 2];
        assert_eq!(
            writer_and_round(
                store.by_index("shop::pay", before.len() - 1 - before.len() / 2).expect("it is there").body()
            ),
            middle.1
        );

        // Cleaning up seals what was left open, and nothing else changes.
        let pruned = store.prune(false).expect("it is listed");
        assert!(pruned.failed.is_empty() && pruned.removed.is_empty(), "{:?}", pruned.failed);
        sealed += pruned.sealed;
        assert_eq!(pruned.kept, before.len() as u64);
        assert_eq!(read(&store), before);
        assert_eq!(store.prune(false).expect("it is listed").sealed, 0);
    }
    assert!(sealed > 0, "somebody was killed with a segment open");
}
