//! Starts a server that speaks S3 over the network: moto, by Python.
//!
//! One that is not installed is said on standard error, and tests that need it are skipped; with
//! `TRACESNAP_TEST_STRICT=1` that fails.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server with a bucket. Dropped, it ends.
#[derive(Debug)]
pub struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// The bucket that is there.
    pub const BUCKET: &str = "captures";

    /// `None` if it is not installed and need not be.
    ///
    /// # Panics
    ///
    /// If it must be installed, or does not answer within two minutes.
    #[must_use]
    pub fn start() -> Option<Self> {
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
            "PUT /{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            Self::BUCKET,
            self.port
        );
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Variables of the environment by which it is reached: its address, and keys of nobody.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "tests".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ]
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
