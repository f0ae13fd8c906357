//! `cargo run --release -p tracesnap-soak -- 30m`: all jobs at once for so long, then what was found. Exit code 1 if
//! memory has grown, or anything was lost.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use tracesnap_soak::soak;

fn main() -> Result<ExitCode> {
    let time = std::env::args().nth(1).unwrap_or_else(|| "1m".to_owned());
    let time: Duration = time.parse::<humantime::Duration>().with_context(|| format!("`{time}`: as in `30m`"))?.into();
    let dir = tempfile::tempdir()?;
    let soaked = soak(dir.path(), time)?;
    println!("{} of everything at once; nothing was lost, every file is whole", humantime::format_duration(time));
    for job in &soaked.jobs {
        println!("{:>10}  {:>10} rounds  {:>6} left and read", job.job, job.rounds, job.files);
    }
    let Some(growth) = soaked.memory.growth() else {
        println!("memory could not be read");
        return Ok(ExitCode::FAILURE);
    };
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("    memory  {:.1} MiB when warm, {:.1} MiB at the end", mib(growth.warm), mib(growth.end));
    Ok(if growth.is_flat() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
