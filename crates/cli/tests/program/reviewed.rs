//! Captures that wait for a review, at a prompt: looked at beside the accepted one, accepted, rejected; and seen by every
//! command that looks for secrets, encrypts or removes.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, capture};
use tracesnap_store::{Metadata, Store};

use crate::{output, tracesnap};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[capture]
fn price(amount: u32, currency: &str) -> Result<u32, String> {
    if currency == "EUR" { Ok(amount) } else { Err(format!("no rate for {currency}")) }
}

/// What the program printed, where it ended with this code.
fn said(code: i32, dir: &Path, arguments: &[&str]) -> String {
    let dir = dir.to_str().expect("text");
    told(code, &output(&[&["captures"], arguments, &["--dir", dir]].concat()), arguments)
}

fn told(code: i32, output: &std::process::Output, arguments: &[&str]) -> String {
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{errors}");
    out.into_owned() + &errors
}

/// A review that is given these answers.
fn reviewed(dir: &Path, answers: &str) -> String {
    let mut child = tracesnap(&["captures", "review", "--dir", dir.to_str().expect("text")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("it is piped").write_all(answers.as_bytes()).expect("it listens");
    told(0, &child.wait_with_output().expect("it ends"), &["review"])
}

/// Calls the function with captures that wait.
fn take(dir: &Path, calls: &[(u32, &str)]) {
    let config = CaptureConfig::new().path(dir).review(true);
    let captures = Captures::builder().config(config).build().expect("a configuration");
    let _captures = captures.enter();
    for &(amount, currency) in calls {
        let _ = price(amount, currency);
    }
}

fn accepted(dir: &Path) -> Option<u64> {
    let loader = CaptureLoader::open(dir).expect("a folder").accepted();
    Some(loader.latest("price").ok()?.document.kwargs["amount"].as_u64().expect("a number"))
}

fn waiting(dir: &Path) -> Vec<u64> {
    let pending = CaptureLoader::open(dir).expect("a folder").pending().expect("they are listed").into_iter();
    pending.map(|found| found.expect("whole").document.kwargs["amount"].as_u64().expect("a number")).collect()
}

#[test]
fn captures_that_wait_are_shown_beside_the_accepted_one_and_do_as_they_are_told() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    assert!(said(0, dir, &["review"]).contains("nothing waits for a review"));
    take(dir, &[(10, "EUR"), (20, "EUR"), (30, "USD")]);

    let shown = said(0, dir, &["review", "--list"]);
    assert!(shown.contains("price#1 captured ") && shown.contains("; nothing is accepted yet"), "{shown}");
    assert!(shown.contains("  + amount = 10\n") && shown.contains("  + returned 10\n"), "{shown}");
    assert!(shown.contains("  + error \"no rate for USD\"\n"), "{shown}");
    assert_eq!((accepted(dir), waiting(dir)), (None, vec![10, 20, 30]), "nothing was asked");

    // The first is accepted, the second left, the third, which fails, rejected.
    let told = reviewed(dir, "a\nwhat?\ns\nr\n");
    assert!(told.contains("[1 of 3] accept, reject, Accept all, Reject all, skip, quit (a/r/A/R/s/q)? "), "{told}");
    assert!(told.contains("price#1\n") && told.contains("accepted ") && told.contains("rejected "), "{told}");
    assert!(told.contains("a, r, A, R, s or q? "), "an answer that is none is asked again: {told}");
    assert!(told.contains("  - kwargs.amount: 10\n  + kwargs.amount: 20\n"), "{told}");
    assert!(told.contains("  - returned 10\n  + error \"no rate for USD\"\n"), "{told}");
    assert_eq!((accepted(dir), waiting(dir)), (Some(10), vec![20]));

    // It was taken when nothing was accepted; whoever looks at it beside the one that is may accept it.
    let refused = said(2, dir, &["accept", "price#2"]);
    assert!(refused.contains("price#2` was not accepted; `--force` accepts it over another one"), "{refused}");
    assert!(reviewed(dir, "q\n").contains("beside the accepted one of 20"));
    assert_eq!(waiting(dir), [20]);
    reviewed(dir, "a\n");
    assert_eq!((accepted(dir), waiting(dir)), (Some(20), vec![]));

    take(dir, &[(20, "EUR"), (50, "EUR"), (60, "EUR")]);
    assert!(said(0, dir, &["review", "--list"]).contains("arguments and outcome are the same"));
    reviewed(dir, "A\n");
    assert_eq!((accepted(dir), waiting(dir)), (Some(60), vec![]), "the last one wins");
    take(dir, &[(70, "EUR")]);
    reviewed(dir, "");
    assert_eq!((accepted(dir), waiting(dir)), (Some(60), vec![70]), "without an answer all stays");
    reviewed(dir, "R\n");
    assert_eq!((accepted(dir), waiting(dir)), (Some(60), vec![]));
}

#[test]
fn a_function_means_its_latest_capture_and_a_key_means_one() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    take(dir, &[(10, "EUR"), (20, "EUR"), (30, "EUR")]);
    let told = said(0, dir, &["accept", "price"]);
    let order: Vec<_> = told.lines().collect();
    assert!(order[0].starts_with("accepted: ") && order[0].ends_with("price#3"), "{told}");
    assert!(order[1].starts_with("rejected: ") && order[1].ends_with("price#1") && order.len() == 3, "{told}");
    assert_eq!((accepted(dir), waiting(dir)), (Some(30), vec![]));

    take(dir, &[(40, "EUR"), (50, "EUR"), (60, "EUR")]);
    said(0, dir, &["reject", "price#5"]);
    assert_eq!(waiting(dir), [40, 60]);
    let missing = said(2, dir, &["reject", "price#5"]);
    assert!(missing.contains("does not wait for a review; `tracesnap captures review --list`"), "{missing}");
    said(0, dir, &["accept", "price#4"]);
    assert_eq!((accepted(dir), waiting(dir)), (Some(40), vec![60]));
    said(0, dir, &["accept", "price#6", "--force"]);
    assert_eq!((accepted(dir), waiting(dir)), (Some(60), vec![]));

    take(dir, &[(70, "EUR"), (80, "EUR")]);
    let unknown = said(2, dir, &["accept", "prize"]);
    assert!(unknown.contains("no capture of `prize` waits for a review; captures of `") && unknown.contains("price`"));
    said(0, dir, &["reject", "--all"]);
    assert_eq!((accepted(dir), waiting(dir)), (Some(60), vec![]));
    let nothing = said(2, dir, &["accept", "price"]);
    assert!(nothing.contains("no capture of `price` waits for a review; nothing waits"), "{nothing}");
    said(0, dir, &["accept", "--all"]);
}

/// A folder in which each set holds captures: as many recorded as it has, one accepted, two that wait.
fn folder() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    take(home.path(), &[(1, "EUR")]);
    said(0, home.path(), &["accept", "price"]);
    take(home.path(), &[(2, "EUR"), (3, "EUR")]);
    let captures = Captures::builder().config(CaptureConfig::new().path(home.path())).build().expect("a configuration");
    let _captures = captures.enter();
    price(4, "EUR").expect("a price");
    home
}

#[test]
fn what_looks_at_captures_sees_every_set() {
    let home = folder();
    let dir = home.path();
    let functions = said(0, dir, &["list"]);
    let rows: Vec<Vec<&str>> = functions.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let told: Vec<_> = rows.iter().map(|row| (row[0], *row.last().expect("words"))).collect();
    let name = rows[0][rows[0].len() - 1];
    assert_eq!(told, [("1", name), ("1", "accepted"), ("2", "pending")], "{functions}");
    let data = said(0, dir, &["list", "price", "--format", "json"]);
    let rows: Value = serde_json::from_str(&data).expect("JSON");
    let sets: Vec<_> =
        rows.as_array().expect("rows").iter().map(|row| (row["set"].as_str(), row["index"].as_u64())).collect();
    let told = [("recorded", 0), ("accepted", 0), ("pending", 0), ("pending", 1)];
    assert_eq!(sets, told.map(|(set, index)| (Some(set), Some(index))));
    let only = said(0, dir, &["list", "price", "--set", "pending", "--where", "amount=2", "--format", "csv"]);
    assert!(only.lines().count() == 2 && only.contains(",pending"), "{only}");

    assert!(said(0, dir, &["show", "price"]).contains("  amount = 4\n"), "recorded before others");
    let waits = said(0, dir, &["show", "price", "1", "--set", "pending"]);
    assert!(waits.contains("  amount = 2\n") && waits.contains("  set      pending\n"), "{waits}");
    let id = rows[3]["id"].as_str().expect("an id");
    assert!(said(0, dir, &["show", "price", id]).contains("  set      pending\n"), "an id is looked for everywhere");
    let difference = said(1, dir, &["diff", "price", id, rows[0]["id"].as_str().expect("an id")]);
    assert!(difference.contains("$.kwargs.amount: 2 before, 4 after"), "{difference}");

    let exported = |more: &[&str]| -> Vec<u64> {
        let lines = said(0, dir, &[&["export"], more].concat());
        let amounts = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a document"));
        amounts.map(|document| document["kwargs"]["amount"].as_u64().expect("a number")).collect()
    };
    assert_eq!(exported(&[]), [4, 1, 3, 2]);
    assert_eq!(exported(&["--set", "accepted"]), [1]);

    let migrated = said(0, dir, &["migrate", "price", "--rename", "currency=unit"]);
    assert!(migrated.contains("changed 4 captures"), "{migrated}");
    said(0, dir, &["accept", "price"]);
    assert!(said(0, dir, &["show", "price", "--set", "accepted"]).contains("  unit = \"EUR\"\n"), "it still fits");
    take(dir, &[(5, "EUR"), (6, "EUR")]);
    let pruned = said(0, dir, &["prune", "--keep", "1"]);
    assert!(pruned.contains("price#4 (pending)") && pruned.contains("removed 1 documents"), "{pruned}");
    assert!(said(2, dir, &["prune", "--keep", "1", "--set", "accepted"]).contains("accepted captures are not pruned"));
    assert_eq!((accepted(dir), waiting(dir)), (Some(3), vec![6]));
}

#[test]
fn a_secret_that_waits_is_found_and_taken_out_and_the_capture_can_still_be_accepted() {
    let home = folder();
    let dir = home.path();
    assert!(said(0, dir, &["audit"]).contains("0 secrets in 4 captures"));
    // As an older set of rules might have let it through: into what waits, and into the accepted one.
    let store = Store::open(dir).expect("a folder");
    let name = store.names().expect("they are listed").remove(0);
    let leak =
        |body: &[u8]| String::from_utf8_lossy(body).replace("EUR", "sk_live_4eC39HqLyjWDarjtT1zdp7dc").into_bytes();
    let leaking = |found: &tracesnap_store::Document| -> Result<_, tracesnap_store::Error> {
        Ok(Some((leak(found.body()), found.metadata().clone())))
    };
    assert_eq!(store.waiting().rewrite(&name, false, leaking).expect("they are written"), 2);
    assert!(store.rewrite_accepted(&name, false, leaking).expect("it is written"));

    let found = said(1, dir, &["audit"]);
    assert!(found.contains("3 secrets in 4 captures"), "{found}");
    assert!(found.contains("#2 (pending): ") && found.contains("#0 (accepted): "), "{found}");
    assert!(!found.contains("sk_live"), "a value is never told: {found}");
    assert!(said(0, dir, &["audit", "--set", "recorded"]).contains("0 secrets in 1 captures"));

    let planned = said(0, dir, &["rescrub", "--dry-run"]);
    assert!(planned.contains("2 of ") && planned.contains("(pending)") && planned.contains("would change 3 captures"));
    assert!(said(1, dir, &["audit"]).contains("3 secrets"), "nothing was written");
    assert!(said(0, dir, &["rescrub"]).contains("changed 3 captures"));
    assert!(said(0, dir, &["audit"]).contains("0 secrets in 4 captures"));
    said(0, dir, &["accept", "price#3"]);
    assert_eq!(accepted(dir), Some(3), "it still replaces the one that it did");
}

#[test]
fn what_is_plain_beside_a_key_is_told_by_its_file_and_encrypted_when_asked() {
    let home = folder();
    let dir = home.path();
    let with_key = |code: i32, arguments: &[&str]| {
        let all = [&["captures"], arguments, &["--dir", dir.to_str().expect("text")]].concat();
        told(code, &tracesnap(&all).env("TRACESNAP_STORE_KEY", KEY).output().expect("it starts"), arguments)
    };
    let refused = with_key(2, &["show", "price"]);
    assert!(refused.contains(".document` is not encrypted, though the store has a key"), "{refused}");
    assert!(refused.contains("`tracesnap captures rescrub --encrypt`"), "{refused}");
    let audited = with_key(1, &["audit"]);
    assert!(audited.contains("0 secrets in 0 captures, 4 damaged"), "{audited}");
    assert!(said(2, dir, &["rescrub", "--encrypt"]).contains("TRACESNAP_STORE_KEY"), "there is no key");

    assert!(with_key(0, &["rescrub", "--encrypt", "--dry-run"]).contains("would encrypt 4 that were plain"));
    assert!(with_key(0, &["rescrub", "--encrypt"]).contains("encrypted 4 that were plain"));
    assert!(with_key(0, &["rescrub", "--encrypt"]).contains("encrypted 0 that were plain"));
    assert!(with_key(0, &["audit"]).contains("0 secrets in 4 captures"));
    assert!(with_key(0, &["show", "price"]).contains("  amount = 4\n"));
    assert!(said(2, dir, &["show", "price"]).contains("is encrypted, and there is no key"));
    with_key(0, &["accept", "price#3"]);
    assert!(with_key(0, &["show", "price", "--set", "accepted"]).contains("  amount = 3\n"));

    // One that somebody put there since is not taken for one of ours.
    let name = Store::open(dir).expect("a folder").names().expect("they are listed").remove(0);
    Store::open(dir).expect("a folder").put(&name, b"{}", Metadata::of_kind("capture")).expect("it is put");
    assert!(with_key(2, &["show", "price"]).contains("is not encrypted, though the store has a key"));
    assert!(with_key(1, &["audit"]).contains("1 damaged"));
}
