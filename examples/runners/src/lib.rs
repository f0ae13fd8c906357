//! A small program that is tested in `tests/` by every runner there is: see `README.md`.

use tracesnap_capture::capture;
use tracing::instrument;

/// What so many things cost, in cents.
///
/// # Errors
///
/// If nobody sells such a thing.
#[capture]
#[instrument(ret, err)]
pub fn price(sku: &str, quantity: u32) -> Result<u32, String> {
    let each = match sku {
        "tea" => 1_250,
        "cup" => 2_250,
        other => return Err(format!("nobody sells `{other}`")),
    };
    Ok(each * quantity)
}

/// The same for many, each in a task of its own.
///
/// # Panics
///
/// If a task does.
#[instrument(skip_all, fields(orders = orders.len()), ret)]
pub async fn prices(orders: Vec<(&'static str, u32)>) -> u32 {
    let tasks = orders.into_iter().map(|(sku, quantity)| {
        tokio::spawn(async move {
            // Other tasks have a turn between asking and answering.
            tokio::task::yield_now().await;
            price(sku, quantity)
        })
    });
    let mut sum = 0;
    for task in tasks.collect::<Vec<_>>() {
        sum += task.await.expect("it does not panic").unwrap_or(0);
    }
    sum
}
