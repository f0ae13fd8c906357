//! What serving costs: the mock, made-up bodies for many ids, beside a bare axum handler with a fixed body.
//!
//! ```text
//! cargo bench -p tracesnap-mock --features server --bench serving
//! ```
//!
//! Both are programs of their own, one after the other and by turns, under the same load by `wrk`, which must be
//! installed: one thread, 32 connections, ten thousand ids. Nothing is cached; every 1,000th body is checked.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tracesnap_mock::MockServer;
use tracesnap_mock::serve::Limits;
use tracesnap_openapi::Document;

const DOCUMENT: &str = r#"
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
const FIXED: &str = r#"{"id":7,"name":"Rex","category":{"id":1,"name":"dogs"},"photoUrls":["https://pets.example/7.png"],"tags":[{"id":1,"name":"small"}],"status":"available"}"#;
const SCRIPT: &str = "local n = 0\nrequest = function() n = (n * 7919 + 13) % 10007; return wrk.format('GET', '/pets/' .. (n + 1)) end\n";
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let kind = std::env::args().find(|argument| argument == "serve-axum" || argument == "serve-mock");
    match kind.as_deref() {
        Some("serve-axum") => serve(false),
        Some(_) => serve(true),
        None => compare(),
    }
}

fn serve(mock: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let told = |port: u16| -> std::io::Result<()> {
            println!("{port}");
            std::io::stdout().flush()
        };
        if mock {
            let mut limits = Limits::default();
            limits.max_received = 0;
            let document = Document::parse("pets.yaml", DOCUMENT)?;
            let server = MockServer::from_document(document).check_every(1_000).limits(limits).start().await?;
            told(server.address().port())?;
            std::future::pending::<()>().await;
        } else {
            let fixed = || async { ([("content-type", "application/json")], FIXED) };
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            told(listener.local_addr()?.port())?;
            axum::serve(listener, Router::new().route("/pets/{id}", get(fixed))).await?;
        }
        Ok(())
    })
}

struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(kind: &str) -> anyhow::Result<Server> {
    let mut child = Command::new(std::env::current_exe()?).arg(kind).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    Ok(Server(child, line.trim().parse()?))
}

/// Requests a second, as `wrk` tells them.
fn load(server: &Server, script: &std::path::Path, time: Duration) -> anyhow::Result<f64> {
    let url = format!("http://127.0.0.1:{}/pets/1", server.1);
    let seconds = format!("{}s", time.as_secs());
    let out = Command::new("wrk").args(["-t1", "-c32", "-d", &seconds, "-s"]).arg(script).arg(url).output();
    let out = out.map_err(|error| anyhow::anyhow!("`wrk` cannot be run: {error}; install it to measure"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    anyhow::ensure!(!text.contains("Non-2xx"), "not every answer was a success:\n{text}");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    line.and_then(|rate| rate.trim().parse().ok()).ok_or_else(|| anyhow::anyhow!("`wrk` said: {text}"))
}

fn compare() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let script = dir.path().join("ids.lua");
    std::fs::write(&script, SCRIPT)?;
    let (axum, mock) = (start("serve-axum")?, start("serve-mock")?);
    load(&axum, &script, Duration::from_secs(1))?;
    load(&mock, &script, Duration::from_secs(1))?;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let fixed = load(&axum, &script, Duration::from_secs(3))?;
        let made = load(&mock, &script, Duration::from_secs(3))?;
        println!("round {round}: axum, fixed {fixed:>9.0}/s   mock, made up {made:>9.0}/s   {:.2}", made / fixed);
        ratios.push(made / fixed);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median {:.2} of a bare handler", ratios[ratios.len() / 2]);
    Ok(())
}
