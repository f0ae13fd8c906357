//! The services on this machine, made from their OpenAPI documents, and what can go wrong with each.
//!
//! Requests that break a document are refused with 422, so a client that has drifted from it fails here.

use serde_json::json;
use tracesnap_mock::MockServer;
use tracesnap_mock::engine::Fixed;
use tracesnap_openapi::Document;

use crate::clients::http::Addresses;

/// What the services do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// All goes well.
    Paid,
    /// There is not enough of one thing.
    OutOfStock,
    /// The bank says no.
    PaymentDeclined,
    /// The payment service fails.
    PaymentBroken,
    /// Somebody else takes the last one after the first look; the payment was taken already.
    ReservationLost,
    /// Nobody answers where notifications should be.
    NotificationsDown,
}

impl Scenario {
    /// All that go wrong somewhere.
    pub const TROUBLE: [Self; 5] =
        [Self::OutOfStock, Self::PaymentDeclined, Self::PaymentBroken, Self::ReservationLost, Self::NotificationsDown];
}

/// Three services on ports of this machine. They end when they are dropped.
#[derive(Debug)]
pub struct LocalServices {
    payments: Option<MockServer>,
    inventory: Option<MockServer>,
    notifications: Option<MockServer>,
    addresses: Addresses,
}

impl LocalServices {
    /// Starts them.
    ///
    /// # Errors
    ///
    /// If there are no ports.
    pub async fn start(scenario: Scenario) -> Result<Self, tracesnap_mock::Error> {
        let payments = serve("payments.yaml", include_str!("../services/payments.yaml")).await?;
        let inventory = serve("inventory.yaml", include_str!("../services/inventory.yaml")).await?;
        let notifications = serve("notifications.yaml", include_str!("../services/notifications.yaml")).await?;
        let addresses = Addresses {
            payments: payments.base_url(),
            inventory: inventory.base_url(),
            notifications: notifications.base_url(),
        };
        let (payments_mock, inventory_mock) = (payments.mock().clone(), inventory.mock().clone());
        let mut notifications = Some(notifications);
        let refusal = |status, code: &str| {
            Fixed::status(status).with_json(&json!({"code": code, "message": "as this scenario wants it"}))
        };
        match scenario {
            Scenario::Paid => {}
            Scenario::OutOfStock => {
                let missing = json!({"available": false, "missing": ["CUP-002"]});
                inventory_mock.set_override("checkAvailability", Fixed::json(&missing))?;
            }
            Scenario::PaymentDeclined => payments_mock.set_override("chargePayment", refusal(402, "card_declined"))?,
            Scenario::PaymentBroken => payments_mock.set_override("chargePayment", refusal(503, "overloaded"))?,
            Scenario::ReservationLost => inventory_mock.set_override("reserveItems", refusal(409, "already_taken"))?,
            Scenario::NotificationsDown => {
                if let Some(server) = notifications.take() {
                    server.stop().await;
                }
            }
        }
        Ok(Self { payments: Some(payments), inventory: Some(inventory), notifications, addresses })
    }

    /// Where they are.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The payment service, which knows what it was asked.
    ///
    /// # Panics
    ///
    /// After [`stop`](Self::stop).
    pub fn payments(&self) -> &MockServer {
        self.payments.as_ref().expect("it has not been stopped")
    }

    /// Ends them, and waits until nobody listens any more.
    pub async fn stop(&mut self) {
        for server in [self.payments.take(), self.inventory.take(), self.notifications.take()].into_iter().flatten() {
            server.stop().await;
        }
    }
}

async fn serve(name: &str, document: &str) -> Result<MockServer, tracesnap_mock::Error> {
    let document = Document::parse(name, document)?;
    // Answers are the examples of the document, each time the same.
    MockServer::from_document(document).stateful(false).start().await
}
