//! Whatever a file holds: a tree that can be walked, or an error that says where and what to do.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::forest::forest;
use super::{FORMS, bytes, everything, json, refusal, whole};
use crate::file::{FileError, read};
use crate::snapshot::{Assertions, Detail, TracedSnapshot};
use crate::tree::{Balance, CallGraph, CallTree, CriticalPath, Events, Metrics, TraceStats};

/// Asks a tree everything that walks it; the answers are somebody else's business.
fn walk(tree: CallTree, stats: &TraceStats) {
    let _ = everything(&tree);
    let tree = Arc::new(tree);
    let snapshot = || TracedSnapshot::new(Arc::clone(&tree), stats);
    let _ = snapshot().detail(Detail::Verbose).to_string();
    let _ = snapshot().flat().with_measures().to_string();
    let (metrics, graph) = (Metrics::of(&tree), CallGraph::of(&tree));
    let _ = (metrics.to_string(), graph.to_dot().to_string());
    let _ = (CriticalPath::of(&tree).to_string(), Balance::of(&tree).to_string());
    let _ = Events::of(&tree).count();
    let _ = Assertions::new(&tree, stats).try_assert_called("f1");
}

fn gzip(document: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(document).expect("a vector takes everything");
    packed.finish().expect("a vector takes everything")
}

/// A document with these calls, of which there are so many.
fn document(recorded: usize, calls: &str) -> String {
    begun(recorded, calls) + "\n]}"
}

/// The same without its end.
fn begun(recorded: usize, calls: &str) -> String {
    format!(
        "{{\"format\": \"tracesnap-trace\", \"version\": 1, \"stats\": {{\"recorded\": {recorded}}}, \"threads\": [{{}}],\n\
         \"callsites\": [{{\"name\": \"f\", \"level\": \"INFO\", \"fields\": [\"a\"]}}],\n\"calls\": [\n{calls}"
    )
}

#[test]
fn an_empty_file_is_refused_as_empty() {
    let error = refusal(&b""[..]);
    assert_eq!(
        error.to_string(),
        "the trace is empty: whatever wrote it was stopped, or it is another file; record it again"
    );
}

#[test]
fn what_is_something_else_is_refused_as_that() {
    let cases: [(&[u8], &str); 9] = [
        (b"{}", "JSON of another kind"),
        (b"{\"traceEvents\": []}", "JSON of another kind"),
        (b"{\"format\": \"har\", \"version\": 1}", "JSON of the format `har`"),
        (b"[1, 2]", "text"),
        (b" \n\t", "white space"),
        (b"\x28\xb5\x2f\xfd\0\0", "compressed by zstd"),
        (b"PK\x03\x04\0\0", "a ZIP archive"),
        (b"\x7fELF\x02\x01", "binary data"),
        (&gzip(b"{\"spans\": 1}"), "JSON of another kind"),
    ];
    for (bytes, found) in cases {
        let error = refusal(bytes).to_string();
        assert!(error.starts_with(&format!("the trace is {found}")), "{error}");
        assert!(error.ends_with("give a file that `Trace::save` or `TRACESNAP_SAVE` wrote"), "{error}");
    }
}

#[test]
fn a_newer_version_is_refused_with_the_way_out() {
    for version in ["2", "18446744073709551615"] {
        let error = refusal(format!("{{\"format\": \"tracesnap-trace\", \"version\": {version}, \"x\": ").as_bytes());
        let expected = format!(
            "the trace has version {version} of the format, but this build reads up to 1; upgrade tracesnap, or record \
             it again"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn damage_is_told_by_line_and_what_is_wrong_there() {
    let whole = "{\"call\": 0},\n";
    for (bad, reason) in [
        ("{\"call\": 1}", "callsite 1 of 1; `callsites` has to stand before `calls`"),
        ("{\"call\": 0, \"thread\": 4}", "thread 4 of 1; `threads` has to stand before `calls`"),
        ("{\"call\": 0, \"stays\": [{\"thread\": 2}]}", "thread 2 of 1; `threads` has to stand before `calls`"),
        ("{\"call\": 0, \"depth\": 2}", "`depth` is 2, but there are 1 calls it could be in"),
        ("{\"call\": 0, \"event\": 0}", "it cannot be both `call` and `event`"),
        ("{}", "neither `call` nor `event` is said"),
        ("{\"event\": 0, \"wall\": 3}", "it says of an event what only a call can have"),
        ("{\"call\": 0, \"args\": {\"b\": {\"u64\": 1}}}", "its callsite has no field `b`"),
        ("{\"call\": 0, \"args\": {\"a\": {\"u64\": 1}, \"a\": \"redacted\"}}", "it has more fields than its callsite"),
        ("{\"call\": 0, \"args\": {\"a\": {\"i128\": \"x\"}}}", "`x` is not the number it should be"),
        ("{\"call\": 0, \"args\": {\"a\": {\"cut\": {\"cut\": \"redacted\"}}}}", "a value is cut once"),
        ("{\"call\": 0, \"at\": 9223372036854775808}", "0 ns from 9223372036854775808 ns on is no time"),
        ("{\"call\": 0, \"at\": 1, \"wall\": -2}", "-2 ns from 1 ns on is no time"),
        ("{\"call\": 0, \"stays\": [{\"wall\": 9223372036854775807}, {\"wall\": 1}]}", "longer than a clock counts"),
        ("{\"call\": 0, \"at\": -1}", "invalid value: integer `-1`, expected u64"),
        ("{\"call\": }", "expected value"),
        ("{\"call\": 0, \"args\": {\"a\": {\"str\": \"\u{1}\"}}}", "control character"),
    ] {
        let document = document(2, &format!("{whole}{bad}"));
        let (part, _) = read(document.as_bytes()).expect("the first call is whole");
        assert_eq!((part.tree.nodes.len(), part.stats.recorded), (1, 1), "{bad}: nothing of it is there");
        let error = refusal(document.as_bytes());
        let FileError::Damaged { line: 5, reason: found, .. } = &error else { panic!("{bad}: {error:?}") };
        assert!(found.contains(reason), "{bad}: {found}");
        let error = error.to_string();
        assert!(error.starts_with("the trace is damaged in line 5, column "), "{error}");
        assert!(error.ends_with("read what stands before with `Trace::load_partial`"), "{error}");
    }
}

#[test]
fn what_only_the_whole_can_tell_is_told_too() {
    for (document, reason) in [
        (document(2, "{\"call\": 0}"), "`stats` says 2 calls and 0 events, and here are 1 and 0"),
        (document(1, "{\"call\": 0, \"follows\": [1]}"), "call 0 follows from 1, which is no call"),
        (document(1, "{\"call\": 0}").replace("\"calls\"", "\"colls\""), "it has no `calls`"),
        (
            document(1, "{\"call\": 0}").replace("]}", "], \"calls\": []}").replacen("], \"calls\": []}", "]}", 1),
            "twice",
        ),
        (document(1, "{\"call\": 0}") + "{}", "goes on behind the end of its trace, in line 5"),
        (document(1, "").replace("[{}]", "[{\"key\": 7}, {\"key\": 7}]"), "thread 0 has the key 7, too"),
        (document(1, "{\"call\": 0}").replace("\"stats\"", "\"started\": \"now\", \"stats\""), "RFC 3339"),
    ] {
        let error = refusal(document.as_bytes()).to_string();
        assert!(error.contains(reason), "{error}\n{document}");
    }
}

#[test]
fn a_file_that_ends_in_the_middle_gives_the_calls_before_it_and_says_so() {
    let tree = crate::tree::testing::tree("a(b c(d e(f))) g");
    let document = json(&tree);
    let calls = document.find("\"calls\"").expect("they are there");
    for form in FORMS {
        let bytes = bytes(&tree, form);
        // The last byte is the end of a line.
        for end in 1..bytes.len() - 1 {
            match read(&bytes[..end]) {
                Err(FileError::Truncated { expected, .. }) => assert!(end < calls + 30 || expected == 7),
                Err(error) => assert!(end < 3, "{error}"),
                Ok((part, error)) => {
                    let error = error.expect("it is not whole").to_string();
                    assert!(error.contains("of 7 calls and events; copy or record it again"), "{error}");
                    let found: Vec<_> = part.tree.calls().map(|call| call.name().to_owned()).collect();
                    let all: Vec<_> = tree.calls().map(|call| call.name().to_owned()).collect();
                    assert_eq!(found, all[..found.len()]);
                    assert_eq!(part.stats.recorded, found.len() as u64);
                    assert!(!part.stats.is_complete(), "assertions refuse it");
                    let last = part.tree.calls().last().expect("one at least");
                    assert!(last.is_truncated() && last.ancestors().all(|call| call.is_truncated()));
                    walk(part.tree, &part.stats);
                }
            }
        }
    }
}

#[test]
fn a_bit_that_changed_in_a_compact_file_is_noticed() {
    let tree = crate::tree::testing::tree("a(b:1 c:2) d:3");
    let bytes = bytes(&tree, crate::file::TraceForm::Compact);
    // The head of a gzip file holds a time and a system that nobody asks for.
    for at in 10..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        assert!(!matches!(read(&bytes[..]), Ok((_, None))), "byte {at}");
    }
}

#[test]
fn a_small_file_cannot_unpack_to_fill_the_memory() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(begun(1, "{\"call\": 0").as_bytes()).expect("a vector takes everything");
    let blank = vec![b' '; 1 << 20];
    for _ in 0..=2 {
        bomb.write_all(&blank).expect("a vector takes everything");
    }
    let bomb = bomb.finish().expect("a vector takes everything");
    assert!(bomb.len() < 1 << 13, "it is a small file");
    let error = super::super::read::document(&bomb[..], None, 2 << 20).expect_err("it is too large").to_string();
    assert!(error.contains("unpacks to more than 2097152 bytes") && error.ends_with("load the result"), "{error}");
}

#[test]
fn numbers_that_promise_too_much_reserve_nothing() {
    let document = document(usize::MAX, "{\"call\": 0}");
    let (part, error) = read(document.as_bytes()).expect("there is a call");
    assert!(error.is_some() && part.tree.len() == 1);
}

#[test]
fn brackets_ten_thousand_deep_are_an_error_and_no_overflow() {
    let deep = |open: &str| open.repeat(10_000);
    for nested in [deep("["), deep("{\"a\":"), deep("{\"call\":0,\"args\":"), deep("{\"cut\":")] {
        for document in [
            format!("{{\"format\": \"tracesnap-trace\", \"version\": 1, \"x\": {nested}"),
            document(1, &nested),
            document(1, &format!("{{\"call\": 0, \"args\": {{\"a\": {nested}")),
            nested,
        ] {
            let error = refusal(document.as_bytes()).to_string();
            assert!(error.contains("line") || error.contains("no trace"), "{error}");
        }
    }
}

#[test]
fn texts_of_all_kinds_stay_texts() {
    let hostile = "</script><img src=x onerror=alert(1)>\u{202e}\u{0}\u{7f}\\\"\n\u{1b}[31m";
    let quoted = serde_json::to_string(hostile).expect("text");
    let tree =
        whole(document(1, &format!("{{\"call\": 0, \"args\": {{\"a\": {{\"str\": {quoted}}}}}}}")).as_bytes()).tree;
    let call = tree.roots().next().expect("one call");
    assert_eq!(call.arg("a").and_then(|value| value.as_str()), Some(hostile));
}

#[test]
fn a_reader_that_fails_is_told_apart_from_a_file_that_is_damaged() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    use std::io::Read;
    let begun = begun(2, "{\"call\": 0},");
    for from in [&b""[..], begun.as_bytes()] {
        let error = refusal(from.chain(Failing));
        assert!(matches!(error, FileError::Read { .. }), "{error:?}");
    }
}

proptest! {
    #[test]
    fn changed_bytes_give_a_tree_or_an_error_and_no_panic(
        forest in forest(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8),
    ) {
        let tree = forest.tree();
        for form in FORMS {
            let mut bytes = bytes(&tree, form);
            for (at, byte, how) in &changes {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = *byte,
                    1 => bytes[at] = b"0123456789,:[]{}\"-"[usize::from(*byte) % 18],
                    2 => bytes.insert(at, *byte),
                    _ => drop(bytes.remove(at)),
                }
            }
            if let Ok((loaded, _)) = read(&bytes[..]) {
                walk(loaded.tree, &loaded.stats);
            }
        }
    }

    #[test]
    fn numbers_as_large_as_they_may_be_make_nothing_overflow(
        calls in prop::collection::vec((0..5_u32, any::<[u64; 4]>(), any::<bool>()), 1..20)
    ) {
        let mut path = 0;
        let lines: Vec<_> = calls.iter().map(|(depth, [a, b, c, d], twice)| {
            let depth = (*depth).min(path);
            path = depth + 1;
            // Three stays that fill what there is.
            let stays = format!(
                "[{{\"at\": {}, \"wall\": {}}}, {{\"at\": {}, \"open\": true}}, {{\"wall\": {}, \"memory\": {{\"freed\": {d}}}}}]",
                a >> 3, a >> 2, b >> 1, (1_u64 << 62) - 1
            );
            let times = if *twice { format!("\"stays\": {stays}") } else { format!("\"at\": {}, \"wall\": {}", a >> 2, b >> 2) };
            format!(
                "{{\"call\": 0, \"depth\": {depth}, {times}, \"memory\": {{\"at_start\": {a}, \"allocated\": {b}, \
                 \"allocations\": {c}, \"freed\": {d}}}}}"
            )
        }).collect();
        let document = document(calls.len(), &lines.join(",\n"));
        for document in [document.clone(), document.replace("\"threads\"", "\"counts_allocations\": true, \"threads\"")] {
            let loaded = whole(document.as_bytes());
            walk(loaded.tree, &loaded.stats);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes[..]);
        let _ = read(&gzip(&bytes)[..]);
    }
}
