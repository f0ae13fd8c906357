//! Traces a real HTTP/2 request between a client and a server of `hyper`, and prints what `h2` did for it.
//!
//! ```text
//! cargo run -p tracesnap-real --example http2_request
//! ```
//!
//! Nothing in these crates knows of the tracer. Their connection spans have no parent, so nothing but the threads they
//! begin on can tell whose they are: the guard's own, and those that its adopter brings in.

use tracesnap::{Detail, Tracer};
use tracesnap_real::http2::{ALL, exchange, loopback};
use tracesnap_real::runtime::Flavor;
use tracing::Level;

/// `POST /echo`, over loopback.
async fn request() {
    let ends = loopback().await.expect("two sockets");
    exchange(ends, &ALL[1..2]).await;
}

fn main() -> Result<(), tracesnap::Error> {
    let guard = Tracer::builder().modules(["h2::**"]).max_level(Level::DEBUG).start()?;
    Flavor::CurrentThread.block_on(|| (), request());
    let trace = guard.finish();
    println!("What the two ends said to each other, as each of them saw it:\n");
    println!("{}\n", trace.snapshot().detail(Detail::Standard));

    let guard = Tracer::builder().modules(["h2::**", "!h2::proto::streams::**"]).start()?;
    Flavor::CurrentThread.block_on(|| (), request());
    let trace = guard.finish();
    println!("How often they looked for something to do until it was done:\n");
    println!("{}\n", trace.snapshot().detail(Detail::Minimal).max_depth(3));
    println!("Where the time went:\n");
    println!("{}", trace.metrics());

    let guard = Tracer::start()?;
    let adopter = guard.adopter();
    Flavor::MultiThread.block_on(move || adopter.adopt(), request());
    let trace = guard.finish();
    let (stats, threads) = (trace.stats(), trace.tree().threads().len());
    println!("The same on a runtime with workers: {} calls and {} events", stats.recorded, stats.events);
    println!("on {threads} threads, {} lost, {} unattributed.", stats.lost, stats.unattributed);
    Ok(())
}
