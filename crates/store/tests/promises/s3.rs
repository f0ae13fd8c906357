//! A store on a server that speaks S3 over the network keeps the promises of one in a directory.
//!
//! A server that is not installed is skipped by name; with `TRACESNAP_TEST_STRICT=1` that fails.

use std::net::TcpListener;
use std::sync::Arc;

use tracesnap_s3::Server;
use tracesnap_store::{ObjectFolder, ObjectStoreBackend, Store};

use crate::far::{OneStep, keeps_its_promises};
use crate::support::capture;

fn options(server: &Server) -> impl Iterator<Item = (String, String)> {
    server.environment().into_iter().map(|(name, value)| (name.to_owned(), value))
}

fn store(server: &Server) -> Store {
    let backend = ObjectStoreBackend::from_url("s3://captures/team", options(server)).expect("it can be reached");
    Store::builder().on(Arc::new(backend))
}

#[test]
fn on_a_server_that_speaks_s3() {
    let Some(server) = Server::start() else { return };
    let store = store(&server);
    // This server looks and writes in two steps, where S3 itself takes one: two at once would both be told they were first.
    keeps_its_promises(&store, OneStep { create: false, replace: false });
    // Another process finds the same.
    assert_eq!(self::store(&server).latest("busy").expect("it is there").id().number(), 10);
}

#[test]
fn files_below_a_prefix_of_a_bucket_are_listed_read_and_removed() {
    let Some(server) = Server::start() else { return };
    let folder = ObjectFolder::from_url("s3://captures/team/runs/", options(&server)).expect("it can be reached");
    // More than a page of a listing, and more than a part of a body.
    let large = vec![7; 9 << 20];
    folder.put("large.session.json", large.clone()).expect("written");
    (0..1_100).for_each(|n| folder.put(&format!("blobs/{n:04}"), "x").expect("written"));
    assert_eq!(folder.list().expect("listed").len(), 1);
    let all = folder.list_all().expect("listed");
    assert_eq!((all.len(), all[1_099].name.as_str(), all[1_100].bytes), (1_101, "blobs/1099", 9 << 20));
    let fetched = folder.fetch("large.session.json").expect("read");
    assert!(std::fs::read(fetched.path()).expect("read") == large);
    let before = folder.stat("blobs/0000").expect("asked").expect("there");
    folder.put("blobs/0000", "y").expect("written");
    let after = folder.stat("blobs/0000").expect("asked").expect("there");
    assert!(before.tag.is_some() && before.tag != after.tag, "{before:?} {after:?}");
    folder.remove("blobs/0000").expect("removed");
    assert_eq!(folder.stat("blobs/0000").expect("asked"), None);
}

#[test]
fn a_server_that_is_not_there_is_an_error_that_names_what_was_tried() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let options = [
        ("aws_endpoint".to_owned(), format!("http://127.0.0.1:{port}")),
        ("aws_allow_http".to_owned(), "true".to_owned()),
        ("aws_access_key_id".to_owned(), "tests".to_owned()),
        ("aws_secret_access_key".to_owned(), "a secret".to_owned()),
    ];
    let backend = ObjectStoreBackend::from_url("s3://captures", options).expect("it is a URL");
    let store = Store::builder().on(Arc::new(backend));
    let error = store.put("f", "{}", capture()).expect_err("nobody is there");
    assert!(error.to_string().starts_with("cannot read `documents/f/head`"), "{error}");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(!cause.contains("a secret"), "{cause}");
}
