//! Writers are killed in the middle: nobody ever finds half a file, and what they leave is swept.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use tracesnap_store::{AtomicFile, Durability, sweep};

/// Tells a process that it is a writer, and where.
const DIR: &str = "STORE_TEST_WRITES_IN";

const BLOCK: usize = 4_096;

/// A document says how long it is and holds nothing but one letter.
fn write(dir: &Path, round: usize) {
    let letter = b'a' + (round % 26) as u8;
    let blocks = round * 7 % 61 + 1;
    let durability = if round.is_multiple_of(2) { Durability::Buffered } else { Durability::Synced };
    let mut file = AtomicFile::options().durability(durability).create(dir.join("document")).expect("it begins");
    writeln!(file, "{}", blocks * BLOCK).expect("it is written");
    for _ in 0..blocks {
        file.write_all(&[letter; BLOCK]).expect("it is written");
    }
    file.commit().expect("it is committed");
}

/// Whether there is a document. Panics if it is not whole.
fn is_there(dir: &Path) -> bool {
    let Ok(bytes) = fs::read(dir.join("document")) else { return false };
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("a first line");
    let length: usize = std::str::from_utf8(&bytes[..end]).expect("text").parse().expect("a number");
    let content = &bytes[end + 1..];
    assert_eq!(content.len(), length, "half a file");
    assert!(content.iter().all(|byte| byte == &content[0]), "parts of two files");
    true
}

fn start_writer(dir: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "atomic_files::writes_until_it_is_killed", "--nocapture"])
        .env(DIR, dir)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("this test runs again")
}

fn left_over(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).expect("it is there");
    entries.filter(|entry| entry.as_ref().expect("an entry").file_name() != "document").count()
}

/// The writer: a test that ends at once unless it is told where to write.
#[test]
fn writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    (0..usize::MAX).for_each(|round| write(Path::new(&dir), round));
}

#[test]
fn nobody_finds_half_a_file_however_often_writers_are_killed() {
    let dir = tempfile::tempdir().expect("a directory");
    for round in 0_u64..40 {
        let mut writers = [start_writer(dir.path()), start_writer(dir.path())];
        let begun = Instant::now();
        while !is_there(dir.path()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the writers write nothing");
        }
        // Not at the same moment of a writer's life each time.
        let until = Instant::now() + Duration::from_micros(round * 977 % 20_000);
        while Instant::now() < until {
            is_there(dir.path());
        }
        for writer in &mut writers {
            writer.kill().expect("it runs");
            assert_eq!(writer.wait().expect("it ended").signal(), Some(9), "it ended by itself");
        }
        assert!(is_there(dir.path()), "what was there went away");
    }
}

#[test]
fn what_a_killed_writer_leaves_is_swept_and_what_a_living_one_writes_is_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let begun = Instant::now();
    // Killed while a file of its own is open, sooner or later.
    while left_over(dir.path()) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no writer was ever killed in the middle");
        let mut writer = start_writer(dir.path());
        sleep(Duration::from_millis(30));
        writer.kill().expect("it runs");
        writer.wait().expect("it ended");
    }
    let dead = left_over(dir.path());
    let mut living = AtomicFile::create(dir.path().join("mine")).expect("it begins");
    living.write_all(b"mine").and_then(|()| living.flush()).expect("it is written");
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    for entry in fs::read_dir(dir.path()).expect("it is there") {
        let file = File::options().write(true).open(entry.expect("an entry").path()).expect("it is there");
        file.set_modified(long_ago).expect("it is dated");
    }
    assert_eq!(sweep(dir.path()).expect("it is read").len(), dead);
    assert_eq!(left_over(dir.path()), 1, "the living one");
    living.commit().expect("its file is still there");
}
