//! The log says who did what with which documents, and nothing of what is in them.

use std::fs;

use tracesnap_store::{Action, AuditEntry, AuditLog, Store};

use crate::support::{capture, directory};

fn entries(log: &AuditLog) -> Vec<AuditEntry> {
    log.read().expect("it is there").map(|entry| entry.expect("it is read")).collect()
}

#[test]
fn what_is_done_is_noted_and_values_are_not() {
    let dir = directory();
    let store = Store::builder().audit(true).user("ada").open(dir.path()).expect("a directory");
    for _ in 0..3 {
        store.put("f", "4111 1111 1111 1111", capture().with_tag("card", "4111")).expect("it is put");
    }
    store.latest("f").expect("it is there");
    assert_eq!(store.all("f").count(), 3);
    drop(store.all("f"));
    store.prune_to("f", "1".parse().expect("a rule"), false).expect("it is pruned");
    let pending = store.put_pending("f", "{}", capture()).expect("it is put");
    store.accept(&pending).expect("it is accepted");
    let log = store.audit().expect("there is one");
    log.record(Action::Export, "f", 2).expect("it is noted");

    let found = entries(log);
    let told: Vec<_> = found.iter().map(|entry| (entry.action, entry.number, entry.documents)).collect();
    assert_eq!(
        told,
        [
            (Action::Capture, Some(1), 1),
            (Action::Capture, Some(2), 1),
            (Action::Capture, Some(3), 1),
            (Action::Load, Some(3), 1),
            (Action::Load, None, 3),
            (Action::Prune, None, 2),
            (Action::Capture, Some(1), 1),
            (Action::Accept, Some(1), 1),
            (Action::Export, None, 2),
        ]
    );
    assert!(found.iter().all(|entry| entry.user == "ada" && entry.name == "f" && entry.pid == std::process::id()));
    assert!(found.iter().all(|entry| entry.program.contains("promises")));
    let text = fs::read_to_string(log.path()).expect("text");
    assert!(!text.contains("4111") && text.lines().count() == 9, "{text}");
}

#[test]
fn a_store_without_a_log_writes_none() {
    let dir = directory();
    let store = Store::open(dir.path()).expect("a directory");
    store.put("f", "{}", capture()).expect("it is put");
    assert!(store.audit().is_none() && !dir.path().join("audit.ndjson").exists());
}

#[test]
fn a_torn_line_costs_no_other() {
    let dir = directory();
    let log = AuditLog::new(dir.path().join("audit.ndjson"));
    assert!(entries(&log).is_empty());
    log.record(Action::Load, "one", 1).expect("it is noted");
    let whole = fs::read(log.path()).expect("it is there");
    fs::write(log.path(), [&whole[..], &whole[..20]].concat()).expect("somebody was killed");
    log.record(Action::Load, "two", 1).expect("it is noted");
    let mut read = log.read().expect("it is there");
    let names: Vec<_> = read.by_ref().map(|entry| entry.expect("it is read").name).collect();
    assert_eq!((names, read.torn()), (vec!["one".to_owned(), "two".to_owned()], 1));
}

#[test]
fn what_a_newer_build_noted_is_an_entry_all_the_same() {
    let dir = directory();
    let log = AuditLog::new(dir.path().join("audit.ndjson"));
    log.record(Action::Load, "one", 1).expect("it is noted");
    let text = fs::read_to_string(log.path()).expect("text").replace("\"load\"", "\"teleport\",\"to\":\"moon\"");
    fs::write(log.path(), text).expect("it is written");
    assert_eq!(entries(&log)[0].action, Action::Other);
}
