//! Our own program around the legacy function: the bills of a month.

use legacy_billing::Account;
use tracing::{instrument, warn};

use crate::bill;

/// What somebody ordered.
#[derive(Debug)]
pub struct Order {
    /// Who.
    pub account: Account,
    /// Quantity and price in cents.
    pub lines: Vec<(u32, u64)>,
    /// Paid with.
    pub card_number: String,
}

/// The sum of all bills of a month, in cents. What cannot be billed is left out, and told.
#[instrument(skip(orders), fields(orders = orders.len()), ret)]
pub fn bill_month(orders: &[Order], month: u8) -> u64 {
    let mut sum = 0;
    for order in orders {
        match bill(&order.account, &order.lines, &order.card_number, month) {
            Ok(due) => sum += due,
            Err(code) => warn!(account = order.account.no, code, "cannot be billed"),
        }
    }
    sum
}
