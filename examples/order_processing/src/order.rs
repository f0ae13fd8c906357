//! What an order is made of, and what comes of it. Amounts are cents.

use serde::{Deserialize, Serialize};

/// So many of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which thing: `TEA-001`.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// What one of them costs. **Unit:** cents.
    pub price: u64,
}

impl Item {
    /// So many of a thing at this price.
    #[must_use]
    pub fn new(sku: &str, quantity: u32, price: u64) -> Self {
        Self { sku: sku.to_owned(), quantity, price }
    }
}

/// Where an order goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Two letters: `DE`.
    pub country: String,
    /// As the country writes it.
    pub postcode: String,
}

/// What the customer is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The order in the order book.
    pub order_id: String,
    /// What was charged. **Unit:** cents.
    pub total: u64,
    /// When it will be there. **Unit:** working days from now.
    pub estimated_delivery: u32,
    /// Whether the customer was told.
    pub confirmation: Confirmation,
}

/// What became of the message to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The service took it.
    Sent,
    /// The service could not be asked; the order book knows that it is still to be sent.
    Deferred,
}
