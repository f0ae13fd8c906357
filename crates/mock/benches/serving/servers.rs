//! Servers as programs of their own: those of this bench, and what every one can be asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::Router;
use serde_json::Value;
use tracesnap_mock::MockServer;
use tracesnap_mock::serve::Limits;
use tracesnap_openapi::Document;

/// What all servers serve.
pub(crate) const DOCUMENT: &str = r#"
openapi: 3.0.3
info: { title: Pets, version: "1" }
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      parameters: [{ name: petId, in: path, required: true, schema: { type: integer, format: int64 } }]
      responses:
        200: { description: one, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
components:
  schemas:
    Pet:
      type: object
      required: [id, name, photoUrls]
      properties:
        id: { type: integer, format: int64 }
        name: { type: string }
        category: { type: object, properties: { id: { type: integer }, name: { type: string } } }
        photoUrls: { type: array, items: { type: string } }
        tags: { type: array, items: { type: object, properties: { id: { type: integer }, name: { type: string } } } }
        status: { type: string, enum: [available, pending, sold] }
"#;
/// What a server that makes nothing up answers.
pub(crate) const FIXED: &str = r#"{"id":7,"name":"Rex","category":{"id":1,"name":"dogs"},"photoUrls":["https://pets.example/7.png"],"tags":[{"id":1,"name":"small"}],"status":"available"}"#;
/// How long a server may take before it answers.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server that runs; it ends with this.
pub(crate) struct Server {
    child: Child,
    pub(crate) name: &'static str,
    /// How it was started.
    pub(crate) about: String,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// One of this bench: `axum` or `mock`.
    pub(crate) fn own(name: &'static str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", name]);
        let about = if name == "axum" { "a handler with a fixed body" } else { "realistic, cache off" };
        Self::telling(command, name, about)
    }

    /// A program that says its port first.
    pub(crate) fn telling(mut command: Command, name: &'static str, about: &str) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let port = line.trim().parse().with_context(|| format!("{name} said `{}`", line.trim()))?;
        Ok(Self { child, name, about: about.to_owned(), port })
    }

    /// A program that was told its port; it is waited for.
    pub(crate) fn told(mut command: Command, name: &'static str, about: &str, port: u16) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.with_context(|| format!("cannot start `{}`", command.get_program().to_string_lossy()))?;
        let mut server = Self { child, name, about: about.to_owned(), port };
        let begun = Instant::now();
        loop {
            if server.get("/pets/1").is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                anyhow::bail!("it ended at once ({status})");
            }
            ensure!(begun.elapsed() < PATIENCE, "it did not answer within {} s", PATIENCE.as_secs());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The body of an answer that is a success.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        get(self.port, path)
    }

    /// Whether it answers with a pet, and with the one asked for where it makes pets up itself.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for id in [1, 77, 9_999] {
            let body = self.get(&format!("/pets/{id}"))?;
            let pet: Value = serde_json::from_slice(&body).with_context(|| format!("{} answers no JSON", self.name))?;
            let whole = ["id", "name", "category", "photoUrls", "tags", "status"];
            ensure!(whole.iter().all(|name| pet.get(name).is_some()), "{} answers no pet: {pet}", self.name);
            ensure!(self.name != "mock" || pet["id"] == id, "asked for {id}, got {pet}");
        }
        Ok(())
    }

    /// What a mock of ours says of itself.
    pub(crate) fn stats(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.get("/__mock/stats")?)?)
    }

    /// Bytes of memory that it holds.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        self.status("VmRSS:")
    }

    /// Bytes of memory that it held at most.
    pub(crate) fn most_resident(&self) -> anyhow::Result<f64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .context("memory is read from /proc, which is Linux's")?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        Ok(kib.with_context(|| format!("no {name} in its status"))? * 1_024.0)
    }
}

/// Asks for a path, and reads the body of a success.
pub(crate) fn get(port: u16, path: &str) -> anyhow::Result<Vec<u8>> {
    ask(port, path, "accept: application/json\r\n")
}

/// The same, with these lines as headers.
pub(crate) fn ask(port: u16, path: &str, headers: &str) -> anyhow::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    write!(socket, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}connection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no headers")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    ensure!(head.starts_with("http/1.1 200"), "{}", head.lines().next().unwrap_or_default());
    let body = answer.split_off(end + 4);
    if !head.contains("transfer-encoding: chunked") {
        return Ok(body);
    }
    let mut whole = Vec::new();
    let mut rest = body.as_slice();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line])?.trim(), 16)?;
        if length == 0 {
            break;
        }
        whole.extend_from_slice(rest.get(line + 2..line + 2 + length).context("a piece is missing")?);
        rest = rest.get(line + 4 + length..).unwrap_or_default();
    }
    Ok(whole)
}

fn told(port: u16) -> std::io::Result<()> {
    println!("{port}");
    std::io::stdout().flush()
}

/// Serves until it is killed.
pub(crate) fn serve(kind: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        if kind == "axum" {
            let fixed = || async { ([("content-type", "application/json")], FIXED) };
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            told(listener.local_addr()?.port())?;
            axum::serve(listener, Router::new().route("/pets/{id}", axum::routing::get(fixed))).await?;
        } else {
            let mut limits = Limits::default();
            limits.max_received = 0;
            let document = Document::parse("pets.yaml", DOCUMENT)?;
            let server = MockServer::from_document(document).check_every(1_000).limits(limits).start().await?;
            told(server.address().port())?;
            std::future::pending::<()>().await;
        }
        Ok(())
    })
}

/// Serves a document until it is killed.
pub(crate) fn serve_file(path: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = MockServer::from_openapi(path)?.start().await?;
        told(server.address().port())?;
        std::future::pending::<()>().await;
        Ok(())
    })
}
