//! The program: an order, step by step.
//!
//! Each step is a span, so a trace names the one that failed. The whole order is captured, so a test can take it up.

use std::sync::Arc;

use tracesnap_capture::capture;
use tracing::{instrument, warn};

use crate::clients::{Availability, Charge, Clients, Payment, Reservation, ServiceError};
use crate::order_book::OrderRecord;
use crate::{Address, Confirmation, Item, OrderBook, OrderError, Receipt, calculate_pricing};

/// How long things are put aside. **Unit:** seconds.
const RESERVED_FOR: u32 = 3_600;

/// How often a confirmation is tried.
const CONFIRMATION_TRIES: u32 = 2;

/// Takes orders.
#[derive(Clone)]
pub struct OrderService {
    clients: Clients,
    book: Arc<OrderBook>,
}

impl OrderService {
    /// A shop with these services, and an empty order book.
    #[must_use]
    pub fn new(clients: Clients) -> Self {
        Self { clients, book: Arc::default() }
    }

    /// The orders that were taken.
    #[must_use]
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
}

// The token is a secret by its name alone; `ignore` says so where a reader looks.
#[capture(retention = 5, ignore(payment_token))]
impl OrderService {
    /// Takes an order: looks whether it is there, charges it, puts it aside, writes it down, tells the customer.
    ///
    /// # Errors
    ///
    /// If it was not taken; the customer has paid nothing then. That the customer could not be told is no error: see
    /// [`Receipt::confirmation`].
    #[instrument(skip_all, fields(customer_id = customer_id, lines = items.len()), ret, err)]
    pub async fn process_order(
        &self,
        customer_id: u64,
        items: Vec<Item>,
        payment_token: String,
        shipping_address: Address,
    ) -> Result<Receipt, OrderError> {
        self.check_availability(&items).await?;
        let pricing = calculate_pricing(&items, &shipping_address)?;
        let charge = Charge { payment_token, amount_cents: pricing.total(), customer_id };
        let payment = self.charge_payment(&charge).await?;
        let reservation = match self.reserve_items(&items, customer_id).await {
            Ok(reservation) => reservation,
            Err(error) => {
                warn!("giving the money back");
                self.refund_payment(&payment).await;
                return Err(error);
            }
        };
        let (paid, aside) = (&payment.transaction_id, &reservation.reservation_id);
        let order = self.book.create(customer_id, &items, &shipping_address, pricing, paid, aside);
        let confirmation = self.confirm(&order).await;
        let OrderRecord { order_id, estimated_delivery, .. } = order;
        Ok(Receipt { order_id, total: pricing.total(), estimated_delivery, confirmation })
    }
}

impl OrderService {
    #[instrument(skip_all, err)]
    async fn check_availability(&self, items: &[Item]) -> Result<(), OrderError> {
        match self.clients.inventory.check_availability(items).await? {
            Availability { available: true, .. } => Ok(()),
            Availability { missing, .. } => Err(OrderError::NotAvailable { missing }),
        }
    }

    #[instrument(skip_all, fields(amount = charge.amount_cents, payment_token = charge.payment_token), err)]
    async fn charge_payment(&self, charge: &Charge) -> Result<Payment, OrderError> {
        self.clients.payments.charge(charge).await.map_err(|error| match error.refusal("card_declined") {
            Some(code) => OrderError::Payment { code },
            None => error.into(),
        })
    }

    #[instrument(skip_all, fields(expires_in = RESERVED_FOR), err)]
    async fn reserve_items(&self, items: &[Item], customer_id: u64) -> Result<Reservation, OrderError> {
        self.clients.inventory.reserve(items, customer_id, RESERVED_FOR).await.map_err(|error| {
            match error.refusal("already_taken") {
                Some(code) => OrderError::Reservation { code },
                None => error.into(),
            }
        })
    }

    #[instrument(skip_all, fields(transaction_id = payment.transaction_id))]
    async fn refund_payment(&self, payment: &Payment) {
        if let Err(error) = self.clients.payments.refund(&payment.transaction_id).await {
            warn!(%error, "somebody has to give it back by hand");
        }
    }

    /// An order does not fail because nobody could say so.
    async fn confirm(&self, order: &OrderRecord) -> Confirmation {
        for _ in 0..CONFIRMATION_TRIES {
            if self.send_order_confirmation(order).await.is_ok() {
                self.book.confirmed(&order.order_id);
                return Confirmation::Sent;
            }
        }
        Confirmation::Deferred
    }

    #[instrument(skip_all, fields(order_id = order.order_id), err)]
    async fn send_order_confirmation(&self, order: &OrderRecord) -> Result<(), ServiceError> {
        self.clients.notifications.send_order_confirmation(order.customer_id, &order.order_id).await
    }
}

impl std::fmt::Debug for OrderService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderService").field("book", &self.book).finish_non_exhaustive()
    }
}
