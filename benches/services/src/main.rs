//! The same conversations recorded, loaded and played back by every library we know: `cargo run --release`.
//!
//! What is measured, and against whom, is in the README.

mod cassettes;
mod measure;
mod playing;
mod recording;
mod service;

use anyhow::Result;

fn main() -> Result<()> {
    let large = std::env::args().nth(1).map_or(Ok(100_000), |most| most.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let service = service::start();
    runtime.block_on(async {
        println!("### Recording one call after the other, over loopback\n");
        recording::table(&service).await?;
        println!("\n### Loading a recording, and playing it back in a random order\n");
        playing::table(&service, large).await
    })
}
