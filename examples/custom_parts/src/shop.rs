//! A small program: orders, with a note that people write what they like into.

use tracesnap_capture::capture;
use tracing::{info, instrument};

/// Takes an order, and gives its number.
///
/// # Errors
///
/// If it cannot be charged.
#[capture]
#[instrument(ret, err)]
pub fn process_order(customer_id: u64, note: &str, amount: u32) -> Result<u64, String> {
    stock::reserve(amount);
    payments::charge(amount)?;
    info!(note, "taken");
    Ok(1_000 + customer_id)
}

mod stock {
    #[tracing::instrument]
    pub(super) fn reserve(amount: u32) {}
}

mod payments {
    #[tracing::instrument(ret, err)]
    pub(super) fn charge(amount: u32) -> Result<u32, String> {
        if super::bank::allows(amount) { Ok(amount) } else { Err("card declined".to_owned()) }
    }
}

mod bank {
    #[tracing::instrument(ret)]
    pub(super) fn allows(amount: u32) -> bool {
        amount <= 50_000
    }
}
