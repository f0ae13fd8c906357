//! Whom an order asks: three traits, what they give and take, and how they fail.
//!
//! [`http`] has a client for each. A test may bring its own.

pub mod http;
mod service_error;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::service_error::ServiceError;
use crate::Item;

/// What is taken from a customer.
#[derive(Clone, Debug, Serialize)]
pub struct Charge {
    /// Which card it is, for the payment service alone.
    pub payment_token: String,
    /// **Unit:** cents.
    pub amount_cents: u64,
    /// Who pays.
    pub customer_id: u64,
}

/// What was taken.
#[derive(Clone, Debug, Deserialize)]
pub struct Payment {
    /// To give it back by.
    pub transaction_id: String,
}

/// What there is.
#[derive(Clone, Debug, Deserialize)]
pub struct Availability {
    /// Whether all of it is.
    pub available: bool,
    /// What is not.
    pub missing: Vec<String>,
}

/// What is put aside.
#[derive(Clone, Debug, Deserialize)]
pub struct Reservation {
    /// Under this number.
    pub reservation_id: String,
}

/// Takes money, and gives it back.
#[async_trait]
pub trait Payments: Send + Sync {
    /// Takes an amount.
    async fn charge(&self, charge: &Charge) -> Result<Payment, ServiceError>;

    /// Gives it back.
    async fn refund(&self, transaction_id: &str) -> Result<Payment, ServiceError>;
}

/// Knows what there is, and puts it aside.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Whether all of it is there.
    async fn check_availability(&self, items: &[Item]) -> Result<Availability, ServiceError>;

    /// Puts it aside for so many seconds.
    async fn reserve(&self, items: &[Item], customer_id: u64, expires_in: u32) -> Result<Reservation, ServiceError>;
}

/// Tells customers.
#[async_trait]
pub trait Notifications: Send + Sync {
    /// Tells a customer that an order was taken.
    async fn send_order_confirmation(&self, customer_id: u64, order_id: &str) -> Result<(), ServiceError>;
}

/// The three services of a shop.
#[derive(Clone)]
pub struct Clients {
    /// Takes money.
    pub payments: Arc<dyn Payments>,
    /// Knows what there is.
    pub inventory: Arc<dyn Inventory>,
    /// Tells customers.
    pub notifications: Arc<dyn Notifications>,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}
