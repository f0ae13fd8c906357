//! What serving costs: the mock, made-up bodies for many ids, beside a bare axum handler with a fixed body, and beside
//! other mock servers.
//!
//! ```text
//! npm ci --prefix benches/servers                                                     # the other mock servers; Java for WireMock
//! cargo bench -p tracesnap-mock --features server --bench serving                     # all of it, about three minutes
//! cargo bench -p tracesnap-mock --features server --bench serving -- speed memory     # parts: speed, memory, start
//! cargo bench -p tracesnap-mock --features server --bench serving -- start FOLDER     # the largest document of a folder
//! ```
//!
//! Each server is a program of its own, and all of them are under the same load by turns: `wrk`, which must be installed,
//! with one thread, 32 connections and ten thousand ids, on the cores the server has too. Answers are looked at before
//! anything is timed. The mock keeps nothing and checks every 1,000th body; the others are told to keep no journal. One
//! that is not installed is left out, and said.

mod load;
mod peers;
mod servers;
mod start;

use std::path::PathBuf;
use std::time::Duration;

use load::Load;
use peers::Peer;
use servers::Server;

/// Rounds in which every server has its turn.
const ROUNDS: usize = 5;
/// Time of a turn.
const TURN: Duration = Duration::from_secs(3);
/// Time before the first round, in which a server that compiles itself has done so.
const WARM_UP: Duration = Duration::from_secs(6);
/// How much faster than each the mock is meant to be.
const TARGETS: [(&str, f64); 4] = [("axum", 0.6), ("Prism", 25.0), ("WireMock", 6.0), ("Mockoon", 60.0)];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", kind] => servers::serve(kind),
        ["serve-file", path] => servers::serve_file(path),
        parts => {
            let folder = parts.iter().map(PathBuf::from).find(|path| path.is_dir());
            let is_part = |name: &str| parts.contains(&name);
            let all = !["speed", "memory", "start"].into_iter().any(is_part);
            if all || is_part("speed") {
                speed()?;
            }
            if all || is_part("memory") {
                memory()?;
            }
            if all || is_part("start") {
                start::measure(folder.as_deref())?;
            }
            Ok(())
        }
    }
}

/// Answers a second of each server, by turns, and how the mock compares.
fn speed() -> anyhow::Result<()> {
    let load = Load::new()?;
    let mut servers = vec![Server::own("axum")?, Server::own("mock")?];
    for peer in Peer::ALL {
        match peer.start() {
            Ok(server) => servers.push(server),
            Err(error) => println!("{} is left out: {error:#}", peer.name()),
        }
    }
    for server in &servers {
        server.check()?;
        let time = if server.name == "axum" || server.name == "mock" { Duration::from_secs(1) } else { WARM_UP };
        load.run(server, time)?;
    }
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); servers.len()];
    for _ in 0..ROUNDS {
        for (server, rates) in servers.iter().zip(&mut rates) {
            rates.push(load.run(server, TURN)?);
        }
    }
    let own = rates[1].clone();
    println!("{:<42} {:>11} {:>26} {:>8}", "server", "answers/s", "mock is × (least – most)", "target");
    for (server, rates) in servers.iter().zip(&rates) {
        let ratios = sorted(own.iter().zip(rates).map(|(own, other)| own / other).collect());
        let target = TARGETS.iter().find(|(name, _)| *name == server.name);
        let met = |target: f64| if middle(&ratios) >= target { "met" } else { "missed" };
        println!(
            "{:<42} {:>11.0} {:>10.2} ({:.2} – {:.2}) {:>14}",
            format!("{}, {}", server.name, server.about),
            middle(&sorted(rates.clone())),
            middle(&ratios),
            ratios[0],
            ratios[ratios.len() - 1],
            target.map_or_else(String::new, |(_, target)| format!("≥ {target} {}", met(*target))),
        );
    }
    let stats = servers[1].stats()?;
    println!(
        "the mock answered {} requests, checked {} bodies, of which {} broke their schema\n",
        stats["requests"], stats["checked"], stats["invalid"]
    );
    anyhow::ensure!(stats["invalid"] == 0 && stats["panics"] == 0, "not every answer was right: {stats}");
    Ok(())
}

/// What the mock holds after a hundred thousand requests, and after a million.
fn memory() -> anyhow::Result<()> {
    const MIB: f64 = 1_048_576.0;
    let load = Load::new()?;
    let server = Server::own("mock")?;
    let mut held = Vec::new();
    for wanted in [100_000, 1_000_000] {
        while server.stats()?["requests"].as_u64().unwrap_or_default() < wanted {
            load.run(&server, Duration::from_secs(1))?;
        }
        held.push((server.stats()?["requests"].clone(), server.resident()?));
    }
    let grown = (held[1].1 - held[0].1) / MIB;
    for (requests, bytes) in &held {
        println!("resident after {requests} requests: {:.1} MiB", bytes / MIB);
    }
    println!("grown by {grown:.1} MiB, target ≤ 5 {}\n", if grown <= 5.0 { "met" } else { "missed" });
    Ok(())
}

fn sorted(mut all: Vec<f64>) -> Vec<f64> {
    all.sort_by(f64::total_cmp);
    all
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
