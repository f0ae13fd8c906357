//! A store on a server that speaks S3 over the network keeps the promises of one in a directory.
//!
//! A server that is not installed is skipped by name; with `TRACESNAP_TEST_STRICT=1` that fails.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracesnap_store::{ObjectStoreBackend, Store};

use crate::far::{OneStep, keeps_its_promises};
use crate::support::capture;

/// A server. Dropped, it ends.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// `None`, said on standard error, if it is not installed and need not be.
    fn start() -> Option<Self> {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/stores");
        if !place.join("moto").exists() || python().is_none() {
            let missing = "skipped: the S3 server moto is not installed; \
                           `pip install --target target/stores 'moto[server]==5.2.5'`";
            assert!(std::env::var("TRACESNAP_TEST_STRICT").as_deref() != Ok("1"), "{missing}");
            eprintln!("{missing}");
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let process = Command::new(python()?)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .env("PYTHONPATH", place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python runs");
        let server = Self { process, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(120), "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.make_bucket();
        Some(server)
    }

    fn make_bucket(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it answers");
        let request = format!(
            "PUT /captures HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn store(&self, secret: &str) -> Store {
        let options = [
            ("aws_endpoint", format!("http://127.0.0.1:{}", self.port).as_str()),
            ("aws_allow_http", "true"),
            ("aws_region", "us-east-1"),
            ("aws_access_key_id", "tests"),
            ("aws_secret_access_key", secret),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let backend = ObjectStoreBackend::from_url("s3://captures/team", options).expect("it can be reached");
        Store::builder().on(Arc::new(backend))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join("python3")).find(|path| path.is_file())
}

#[test]
fn on_a_server_that_speaks_s3() {
    let Some(server) = Server::start() else { return };
    let store = server.store("secret");
    // This server looks and writes in two steps, where S3 itself takes one: two at once would both be told they were first.
    keeps_its_promises(&store, OneStep { create: false, replace: false });
    // Another process finds the same.
    assert_eq!(server.store("secret").latest("busy").expect("it is there").id().number(), 10);
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
