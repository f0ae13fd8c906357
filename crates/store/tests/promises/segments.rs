//! Documents of segments are found as others are.

use std::fs;
use std::time::Duration;

use tracesnap_store::{DocumentId, SegmentOptions, SegmentReader, Store};

use crate::support::{capture, directory, open};

fn bodies(documents: impl Iterator<Item = Result<tracesnap_store::Document, tracesnap_store::Error>>) -> Vec<String> {
    documents.map(|document| String::from_utf8(document.expect("it is whole").into_body()).expect("text")).collect()
}

#[test]
fn documents_of_segments_stand_among_others_in_the_order_of_their_numbers() {
    let dir = directory();
    let store = open(&dir);
    store.put("f", "0", capture()).expect("it is put");
    let mut writer = store.segment_writer(SegmentOptions::default());
    for n in 1..=3 {
        writer.append("f", n.to_string(), capture().with_tag("n", n.to_string())).expect("it is taken");
    }
    assert_eq!(store.latest("f").expect("it is there").body(), b"0", "not before it is flushed");
    writer.flush().expect("it is written");
    let check = |is_sealed: bool| {
        let path = dir.path().join("documents/f/000000/00000002.segment");
        assert_eq!(SegmentReader::read(path).expect("it is there").is_sealed(), is_sealed);
        let latest = store.latest("f").expect("it is there");
        assert_eq!((latest.body(), latest.id().to_string()), (b"3".as_slice(), "f#2.2".to_owned()));
        let by_index: Vec<_> = (0..4).map(|n| store.by_index("f", n).expect("it is there").into_body()).collect();
        assert_eq!(by_index, [b"3", b"2", b"1", b"0"]);
        assert!(store.by_index("f", 4).is_err());
        assert_eq!(bodies(store.all("f")), ["3", "2", "1", "0"]);
        assert_eq!(bodies(store.all("f").oldest_first()), ["0", "1", "2", "3"]);
        assert_eq!(bodies(store.find("f", |metadata| metadata.tag("n") == Some("2"))), ["2"]);
        let id: DocumentId = "f#2.1".parse().expect("an id");
        assert_eq!(store.load(&id).expect("it is there").body(), b"2");
        assert!(store.load(&"f#2.3".parse().expect("an id")).is_err());
    };
    check(false);
    let stats = writer.finish().expect("it is sealed");
    assert_eq!((stats.documents, stats.sealed, stats.unsealed), (3, 1, 0));
    check(true);
    store.put("f", "4", capture()).expect("it is put");
    assert_eq!(bodies(store.all("f")), ["4", "3", "2", "1", "0"]);
}

#[test]
fn a_full_or_old_segment_is_sealed_and_the_next_one_begun() {
    let dir = directory();
    let store = open(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default().max_bytes(20_000).buffer(1_000));
    for n in 0..1_000 {
        writer.append("f", format!("{n:0100}"), capture()).expect("it is taken");
    }
    let stats = writer.finish().expect("it is sealed");
    assert!(stats.sealed > 10 && stats.sealed_bytes < stats.bytes / 2, "{stats:?}");
    let found: Vec<usize> =
        bodies(store.all("f").oldest_first()).iter().map(|body| body.parse().expect("a number")).collect();
    assert!(found.iter().copied().eq(0..1_000));
    let mut old = store.segment_writer(SegmentOptions::default().max_age(Duration::ZERO));
    old.append("g", "{}", capture()).expect("it is taken");
    assert_eq!(old.stats().sealed, 1);
}

#[test]
fn more_names_than_may_be_open_are_written_all_the_same() {
    let dir = directory();
    let store = open(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default().max_open(3));
    for n in 0..100 {
        writer.append(&format!("f{}", n % 10), n.to_string(), capture()).expect("it is taken");
    }
    drop(writer);
    assert_eq!(store.names().expect("they are listed").len(), 10);
    for n in 0..10 {
        let name = format!("f{n}");
        assert_eq!(
            bodies(store.all(&name).oldest_first()),
            (0..10).map(|m| (m * 10 + n).to_string()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_torn_end_is_counted_and_sealed_away() {
    let dir = directory();
    let store = open(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default());
    writer.append("f", "1", capture()).expect("it is taken");
    writer.append("f", "2", capture()).expect("it is taken");
    writer.flush().expect("it is written");
    let path = dir.path().join("documents/f/000000/00000001.segment");
    let copy = fs::read(&path).expect("it is there");
    assert_eq!(store.prune(false).expect("it is listed").sealed, 0, "its writer is alive");
    drop(writer);
    fs::write(&path, &copy[..copy.len() - 5]).expect("as a killed writer leaves it");
    let read = SegmentReader::read(&path).expect("it is there");
    assert!(!read.is_sealed() && read.frames().len() == 1 && read.torn() > 50, "{read:?}");
    assert_eq!(store.latest("f").expect("it is there").body(), b"1");
    let pruned = store.prune(false).expect("it is listed");
    assert_eq!((pruned.sealed, pruned.torn, pruned.kept), (1, read.torn(), 1));
    let read = SegmentReader::read(&path).expect("it is there");
    assert!(read.is_sealed() && read.frames().len() == 1 && read.torn() == 0, "{read:?}");
}

#[test]
fn an_empty_segment_as_a_loss_of_power_leaves_hides_nothing() {
    let dir = directory();
    let store = open(&dir);
    store.put("f", "1", capture()).expect("it is put");
    fs::write(dir.path().join("documents/f/000000/00000002.segment"), "tracesnap-segment 1 open\n")
        .expect("it is written");
    assert_eq!(store.latest("f").expect("it is there").body(), b"1");
    assert_eq!(bodies(store.all("f")), ["1"]);
    store.prune(false).expect("it is listed");
    assert_eq!(store.put("f", "3", capture()).expect("it is put").number(), 3);
    assert_eq!(bodies(store.all("f")), ["3", "1"]);
}

#[test]
fn a_damaged_block_is_named_and_the_others_are_read() {
    let dir = directory();
    let store = open(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default());
    for n in 0..4_000 {
        writer.append("f", format!("{n:0200}"), capture()).expect("it is taken");
    }
    writer.finish().expect("it is sealed");
    let path = dir.path().join("documents/f/000000/00000001.segment");
    let mut bytes = fs::read(&path).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0x55);
    fs::write(&path, bytes).expect("it is written");
    let (good, bad): (Vec<_>, Vec<_>) = store.all("f").partition(Result::is_ok);
    assert!(good.len() > 2_000 && bad.len() == 1, "{} and {}", good.len(), bad.len());
    let error = bad[0].as_ref().expect_err("it is damaged").to_string();
    assert!(error.contains("00000001.segment") && error.contains("a block is damaged"), "{error}");
    assert!(store.latest("f").is_ok());
}

#[test]
fn segments_go_when_their_newest_document_is_not_kept() {
    let dir = directory();
    let store = open(&dir);
    for _ in 0..3 {
        let mut writer = store.segment_writer(SegmentOptions::default());
        for n in 0..10 {
            writer.append("f", n.to_string(), capture()).expect("it is taken");
        }
        writer.finish().expect("it is sealed");
    }
    let pruned = store.prune_to("f", "15".parse().expect("a rule"), false).expect("it is listed");
    assert_eq!((pruned.removed.len(), pruned.removed[0].documents, pruned.kept), (1, 10, 20));
    assert_eq!(store.ids("f").count(), 20);
}

#[test]
fn a_store_that_keeps_so_many_documents_does_so_with_segments_too() {
    let dir = directory();
    let store = Store::builder().retention("25".parse().expect("a rule")).open(dir.path()).expect("a directory");
    for _ in 0..5 {
        let mut writer = store.segment_writer(SegmentOptions::default());
        for n in 0..10 {
            writer.append("f", n.to_string(), capture()).expect("it is taken");
        }
        writer.finish().expect("it is sealed");
    }
    assert_eq!(store.ids("f").count(), 30, "whole segments, the last of them with what it keeps");
}
