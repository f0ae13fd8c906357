//! Reads the interactions of a session file by several threads, which is as much faster as there are processors.
//!
//! Only of files as we write them, an interaction a line; whatever looks otherwise, or has something wrong, is left to who
//! reads it from one end to the other, and can say what and where.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::thread;

use super::read::from_slice;
use crate::model::{Interaction, Session};

/// What is smaller is read in the time in which threads are started: 128 KiB.
const LEAST: usize = 128 << 10;

/// Nobody waits for a disk here, and more threads than this wait for memory.
const MOST_THREADS: usize = 8;

/// A head is as large at most, where one is looked for.
const MOST_HEAD: usize = 1 << 20;

const START: &[u8] = b"{\n  \"session_id\"";
const OPEN: &[u8] = b"\n  \"interactions\": [\n";
const CLOSE: &[u8] = b"\n  ]\n}\n";

/// The session of these bytes; `None` where they are to be read otherwise.
pub(super) fn parse(bytes: &[u8], origin: &str) -> Option<Session> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    if threads < 2 || bytes.len() < LEAST {
        return None;
    }
    parse_by(threads, bytes, origin)
}

fn parse_by(threads: usize, bytes: &[u8], origin: &str) -> Option<Session> {
    // Within a text there is no end of a line, so these are what they look like.
    let rest = bytes.strip_suffix(CLOSE).filter(|rest| rest.starts_with(START))?;
    let at = rest[..rest.len().min(MOST_HEAD)].windows(OPEN.len()).position(|window| window == OPEN)?;
    let (head, mut lines) = rest.split_at(at + OPEN.len());
    let head = from_slice(&[head, &b"]}"[..]].concat(), origin, &mut |_| ControlFlow::Continue(())).ok()?;
    let mut chunks = Vec::with_capacity(threads);
    for left in (2..=threads).rev() {
        let about = lines.len() / left;
        let Some(end) = lines[about..].iter().position(|&byte| byte == b'\n') else { break };
        let (chunk, more) = lines.split_at(about + end);
        chunks.push(chunk);
        lines = &more[1..];
    }
    let parts: Option<Vec<Vec<Interaction>>> = thread::scope(|scope| {
        let others: Vec<_> = chunks
            .iter()
            .map(|chunk| thread::Builder::new().spawn_scoped(scope, || interactions(chunk, false)).ok())
            .collect();
        // This thread has nothing else to do.
        let last = interactions(lines, true);
        let others = others.into_iter().map(|other| other?.join().ok()?);
        others.chain([last]).collect()
    });
    Some(Session { head, interactions: parts?.into_iter().flatten().collect() })
}

/// One a line, with commas between them.
fn interactions(lines: &[u8], has_last: bool) -> Option<Vec<Interaction>> {
    let mut all = Vec::new();
    let mut lines = lines.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = has_last && lines.peek().is_none();
        let line = if is_last { line } else { line.strip_suffix(b",")? };
        all.push(serde_json::from_slice(line).ok()?);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::file::to_bytes;

    fn session(count: u64) -> Session {
        let interactions = (0..count).map(|n| {
            let mut one = Interaction::new(n, "shop", "get", json!({"n": n, "text": "a\nb \"interactions\": ["}));
            one.response = json!({"items": vec![n; n as usize % 7]});
            one
        });
        Session::new("many", interactions.collect())
    }

    #[test]
    fn several_threads_read_what_one_reads() {
        for count in [1, 2, 3, 5, 40] {
            let bytes = to_bytes(&session(count));
            let mut whole = Vec::new();
            let head = from_slice(&bytes, "it", &mut |one| {
                whole.push(one);
                ControlFlow::Continue(())
            });
            let whole = Session { head: head.expect("a session"), interactions: whole };
            for threads in [2, 3, 8] {
                assert_eq!(parse_by(threads, &bytes, "it"), Some(whole.clone()), "{count} by {threads}");
            }
        }
    }

    #[test]
    fn what_is_not_as_we_write_it_or_damaged_is_left_to_others() {
        let bytes = to_bytes(&session(20));
        let text = String::from_utf8(bytes).expect("text");
        for other in [
            text.replacen("\"n\":7", "\"n\":7x", 1),
            text.replacen("},\n{", "}\n{", 1),
            text.replacen("\n  ]\n}\n", ",\n  ]\n}\n", 1),
            text.replacen("\"version\": 1", "\"version\": 9", 1),
            text.replace('\n', " "),
            text[..text.len() / 2].to_owned(),
            String::new(),
        ] {
            assert_eq!(parse_by(2, other.as_bytes(), "it"), None);
        }
        assert!(parse_by(2, to_bytes(&session(0)).as_slice(), "it").is_none());
    }
}
