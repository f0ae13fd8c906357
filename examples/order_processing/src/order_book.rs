//! The orders that were taken. A database, were this a shop.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tracing::instrument;

use crate::{Address, Item, Pricing};

/// An order that was paid and put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderRecord {
    /// Its id: `ord-000001`.
    pub order_id: String,
    /// Whose it is.
    pub customer_id: u64,
    /// What was ordered.
    pub items: Vec<Item>,
    /// The payment.
    pub transaction_id: String,
    /// The reservation.
    pub reservation_id: String,
    /// **Unit:** working days.
    pub estimated_delivery: u32,
    /// Whether the customer is still to be told.
    pub to_be_confirmed: bool,
}

/// The orders that were taken, in memory.
#[derive(Debug, Default)]
pub struct OrderBook {
    orders: Mutex<Vec<OrderRecord>>,
}

impl OrderBook {
    /// Writes an order down, and gives what was written.
    #[instrument(name = "create_order_record", skip_all, fields(customer_id = customer_id, total = pricing.total()))]
    pub(crate) fn create(
        &self,
        customer_id: u64,
        items: &[Item],
        address: &Address,
        pricing: Pricing,
        transaction_id: &str,
        reservation_id: &str,
    ) -> OrderRecord {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let record = OrderRecord {
            order_id: format!("ord-{:06}", orders.len() + 1),
            customer_id,
            items: items.to_vec(),
            transaction_id: transaction_id.to_owned(),
            reservation_id: reservation_id.to_owned(),
            estimated_delivery: if address.country == "DE" { 2 } else { 5 },
            to_be_confirmed: true,
        };
        orders.push(record.clone());
        record
    }

    /// Notes that the customer of an order was told.
    pub(crate) fn confirmed(&self, order_id: &str) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(order) = orders.iter_mut().find(|order| order.order_id == order_id) {
            order.to_be_confirmed = false;
        }
    }

    /// All orders, oldest first.
    #[must_use]
    pub fn orders(&self) -> Vec<OrderRecord> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
