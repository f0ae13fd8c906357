//! A mock that listens, for a browser to look at.

use std::fmt::Write as _;
use std::io::{Read, Result, Write};
use std::net::TcpStream;

use tokio::runtime::Runtime;
use tracesnap_mock::config::MockConfig;
use tracesnap_mock::database::Database;
use tracesnap_mock::generate::Quality;
use tracesnap_mock::responder::Responder;
use tracesnap_mock::serve::MockServerBuilder;
use tracesnap_mock::{Mock, MockServer};
use tracesnap_openapi::Document;

/// A server and the runtime it runs in. Both end when this is dropped.
#[derive(Debug)]
pub struct Served {
    server: Option<MockServer>,
    runtime: Runtime,
}

impl Served {
    /// Serves a document.
    ///
    /// # Panics
    ///
    /// If it cannot be read or served.
    #[must_use]
    pub fn start(document: &str, set_up: impl FnOnce(MockServerBuilder) -> MockServerBuilder) -> Self {
        let document = Document::parse("api.yaml", document).expect("a document");
        Self::run(|| async { MockServer::from_mock(Mock::from_document(document).seed(7).build()) }, set_up)
    }

    /// Serves a document by what a database of SQLite in memory holds, too.
    ///
    /// # Panics
    ///
    /// If it cannot be read or served.
    #[must_use]
    pub fn with_database(document: &str) -> Self {
        let document = Document::parse("api.yaml", document).expect("a document");
        let responder = || async {
            let database = Database::open("sqlite::memory:").await.expect("a database");
            let mut config = MockConfig::default();
            config.quality = Quality::Realistic;
            let responder = Responder::builder(document).mock(|mock| mock.seed(7)).config(config).database(database);
            MockServer::from_responder(responder.build().await.expect("a responder"))
        };
        Self::run(responder, |builder| builder)
    }

    fn run<F: Future<Output = MockServerBuilder>>(
        builder: impl FnOnce() -> F,
        set_up: impl FnOnce(MockServerBuilder) -> MockServerBuilder,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let server = runtime.block_on(async { set_up(builder().await).start().await }).expect("it listens");
        Self { server: Some(server), runtime }
    }

    /// The server.
    ///
    /// # Panics
    ///
    /// Never: it is there until this is dropped.
    pub fn server(&self) -> &MockServer {
        self.server.as_ref().expect("it is there until it is dropped")
    }

    /// The address of a view of its page, as in `operations/3/try`.
    #[must_use]
    pub fn page(&self, view: &str) -> String {
        format!("http://127.0.0.1:{}/__mock/#{view}", self.server().address().port())
    }

    /// What a client of HTTP gets that is no browser: status and body.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn ask(&self, line: &str, headers: &[&str], body: &str) -> Result<(u16, String)> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.server().address().port()))?;
        let mut text = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for header in headers {
            let _ = write!(text, "{header}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        write!(socket, "{text}\r\n{body}")?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Ok((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}
