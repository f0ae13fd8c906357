//! Other mock servers, as `benches/servers` installs them, set up to be as fast as their settings allow.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::json;

use crate::servers::{DOCUMENT, FIXED, Server};

#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Prism,
    WireMock,
    Mockoon,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Prism, Self::WireMock, Self::Mockoon];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Prism => "Prism",
            Self::WireMock => "WireMock",
            Self::Mockoon => "Mockoon",
        }
    }

    pub(crate) fn start(self) -> anyhow::Result<Server> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/servers/node_modules");
        let folder = std::env::temp_dir().join(format!("tracesnap-serving-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let document = folder.join("pets.yaml");
        std::fs::write(&document, DOCUMENT)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let (command, about) = match self {
            Self::Prism => {
                let mut command = Command::new("node");
                command.arg(installed(&home, ".bin/prism")?).args([
                    "mock",
                    "--verboseLevel",
                    "silent",
                    "--port",
                    &port,
                ]);
                command.arg(document);
                (command, format!("{}, static", version(&home, "@stoplight/prism-cli")?))
            }
            Self::WireMock => {
                let build = installed(&home, "wiremock/build")?;
                let jars = std::fs::read_dir(build)?.filter_map(|entry| Some(entry.ok()?.path()));
                let jar = jars.into_iter().find(|path| path.extension().is_some_and(|end| end == "jar"));
                let mappings = folder.join("wiremock/mappings");
                std::fs::create_dir_all(&mappings)?;
                let stub = json!({
                    "request": {"method": "GET", "urlPathPattern": "/pets/[0-9]+"},
                    "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": FIXED},
                });
                std::fs::write(mappings.join("pet.json"), stub.to_string())?;
                let mut command = Command::new("java");
                command.arg("-jar").arg(jar.context("no jar")?).args(["--port", &port, "--no-request-journal"]);
                command.args(["--disable-banner", "--async-response-enabled", "true", "--root-dir"]);
                command.arg(folder.join("wiremock"));
                (command, format!("{}, one stub, no journal", version(&home, "wiremock")?))
            }
            Self::Mockoon => {
                let mut command = Command::new("node");
                command.arg(installed(&home, ".bin/mockoon-cli")?).arg("start").arg("--data").arg(document);
                command.args([
                    "--port",
                    &port,
                    "--disable-log-to-file",
                    "--disable-admin-api",
                    "--max-transaction-logs",
                    "1",
                ]);
                (command, format!("CLI {}", version(&home, "@mockoon/cli")?))
            }
        };
        Server::told(command, self.name(), &about, port.parse()?)
    }
}

fn installed(home: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let path = home.join(name);
    ensure!(path.exists(), "it is not installed; run `npm ci --prefix benches/servers`");
    Ok(path)
}

fn version(home: &Path, package: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(installed(home, package)?.join("package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&text)?;
    Ok(package["version"].as_str().unwrap_or("?").to_owned())
}
