//! A flight recorder: a running program keeps its newest calls, and shows them when something goes wrong.
//!
//! Our layer stands beside an ordinary `fmt` layer. The log says *that* a job failed; the recorder, which remembers a
//! bounded number of rows and costs nothing to read until then, says what led there.
//!
//! ```sh
//! cargo run --example flight_recorder
//! ```

use tracesnap::{OnFull, Tracer};
use tracing::level_filters::LevelFilter;
use tracing::{debug, error, info, instrument};
use tracing_subscriber::prelude::*;

/// Rows kept by each thread; a call takes one, so does an event.
const ROWS: usize = 64;

#[derive(Debug)]
struct Overdrawn {
    missing: i64,
}

impl std::fmt::Display for Overdrawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "overdrawn by {}", self.missing)
    }
}

/// Accounts that transfers go round between.
struct Bank {
    balances: [i64; 3],
}

impl Bank {
    #[instrument(skip(self), err(level = "debug"))]
    fn transfer(&mut self, job: u32, amount: i64) -> Result<(), Overdrawn> {
        let (from, to) = (job as usize % 3, (job as usize + 1) % 3);
        self.withdraw(from, amount)?;
        self.deposit(to, amount);
        Ok(())
    }

    #[instrument(skip(self), ret(level = "debug"), err(level = "debug"))]
    fn withdraw(&mut self, account: usize, amount: i64) -> Result<i64, Overdrawn> {
        let left = self.balances[account] - amount;
        if left < 0 {
            return Err(Overdrawn { missing: -left });
        }
        self.balances[account] = left;
        Ok(left)
    }

    #[instrument(skip(self), ret(level = "debug"))]
    fn deposit(&mut self, account: usize, amount: i64) -> i64 {
        // The mistake: what arrives is a little less than what was sent, now and then.
        let fee = amount / 90;
        if fee > 0 {
            debug!(fee, "kept a fee");
        }
        self.balances[account] += amount - fee;
        self.balances[account]
    }
}

fn main() -> Result<(), tracesnap::Error> {
    let (recorder, handle) = Tracer::builder().capacity(ROWS).on_full(OnFull::OverwriteOldest).layer()?;
    let log = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(std::io::stdout);
    tracing_subscriber::registry().with(recorder).with(log.with_filter(LevelFilter::INFO)).init();

    heading("the log");
    let mut bank = Bank { balances: [1000; 3] };
    for job in 0..100_000 {
        if job % 5_000 == 0 {
            info!(job, "all is well");
        }
        if let Err(error) = bank.transfer(job, i64::from(job * 37 % 101)) {
            error!(job, %error, "closing");
            break;
        }
    }

    // On demand, at any time, while the program goes on: after a panic, on a signal, behind an admin page.
    let trace = handle.trace();
    heading("the newest calls in the recorder");
    println!("{}", trace.snapshot().allow_loss());
    println!("\nheld {} calls; {} older rows were overwritten", trace.stats().recorded, trace.stats().lost);
    Ok(())
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(76 - text.chars().count()));
}
