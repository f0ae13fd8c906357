//! The services over HTTP. Who answers, the service or a recording of it, is for the provider to say.

use std::sync::Arc;

use ::http::{Method, Request};
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::ServiceExt;
use tracesnap_http::profile::{Profiles, ServiceRule};
use tracesnap_http::{Body, Http, HyperClient, Record};
use tracesnap_record::ServiceProvider;
use tracing::{Span, instrument};

use super::{Availability, Charge, Clients, Inventory, Notifications, Payment, Payments, Reservation, ServiceError};
use crate::Item;

/// Where the services are: `http://127.0.0.1:8081`.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Of the payment service.
    pub payments: String,
    /// Of the inventory.
    pub inventory: String,
    /// Of the notifications.
    pub notifications: String,
}

/// How their calls are named in a recording.
const RULES: [&str; 5] = [
    "payments charge_payment = POST */charges",
    "payments refund_payment = POST */charges/{id}/refund",
    "inventory check_availability = POST */availability",
    "inventory reserve_items = POST */reservations",
    "notifications send_order_confirmation = POST */confirmations",
];

/// Clients of the services at these addresses, in the provider's mode.
///
/// # Errors
///
/// Never, as long as the rules above are ones.
pub fn clients(provider: &ServiceProvider, at: &Addresses) -> Result<Clients, tracesnap_http::Error> {
    let mut profiles = Profiles::default();
    for rule in RULES {
        profiles = profiles.with(rule.parse::<ServiceRule>()?);
    }
    let http = Http::builder().profiles(profiles).build(provider.clone());
    let sends = http.hyper(Client::builder(TokioExecutor::new()).build(HttpConnector::new()));
    let client = |service, base: &str| JsonClient { service, base: base.to_owned(), sends: sends.clone() };
    Ok(Clients {
        payments: Arc::new(client("payments", &at.payments)),
        inventory: Arc::new(client("inventory", &at.inventory)),
        notifications: Arc::new(client("notifications", &at.notifications)),
    })
}

/// Sends JSON, and reads JSON.
struct JsonClient {
    service: &'static str,
    base: String,
    sends: Record<HyperClient<HttpConnector>>,
}

impl JsonClient {
    /// Sends it, and reads the answer. The body is no field of the span: it may hold a secret.
    #[instrument(skip_all, fields(service = self.service, path = path, status), err)]
    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ServiceError> {
        let service = || self.service.to_owned();
        let unreachable = || ServiceError::Unreachable { service: service() };
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|_| unreachable())?;
        let response = self.sends.clone().oneshot(request).await.map_err(|_| unreachable())?;
        let status = response.status();
        Span::current().record("status", status.as_u16());
        let answer = response.into_body().collect().await.map_err(|_| unreachable())?.to_bytes();
        let status_number = status.as_u16();
        if !status.is_success() {
            let told: Value = serde_json::from_slice(&answer).unwrap_or_default();
            let code = told["code"].as_str().unwrap_or("unknown").to_owned();
            return Err(ServiceError::Refused { service: service(), status: status_number, code });
        }
        serde_json::from_slice(&answer)
            .map_err(|_| ServiceError::Unreadable { service: service(), status: status_number })
    }
}

/// What the inventory wants to know of things: not their price.
fn lines(items: &[Item]) -> Value {
    items.iter().map(|item| json!({"sku": item.sku, "quantity": item.quantity})).collect()
}

#[async_trait]
impl Payments for JsonClient {
    async fn charge(&self, charge: &Charge) -> Result<Payment, ServiceError> {
        self.post("/charges", &json!(charge)).await
    }

    async fn refund(&self, transaction_id: &str) -> Result<Payment, ServiceError> {
        self.post(&format!("/charges/{transaction_id}/refund"), &json!({})).await
    }
}

#[async_trait]
impl Inventory for JsonClient {
    async fn check_availability(&self, items: &[Item]) -> Result<Availability, ServiceError> {
        self.post("/availability", &json!({"items": lines(items)})).await
    }

    async fn reserve(&self, items: &[Item], customer_id: u64, expires_in: u32) -> Result<Reservation, ServiceError> {
        let wanted = json!({"items": lines(items), "customer_id": customer_id, "expires_in": expires_in});
        self.post("/reservations", &wanted).await
    }
}

#[async_trait]
impl Notifications for JsonClient {
    async fn send_order_confirmation(&self, customer_id: u64, order_id: &str) -> Result<(), ServiceError> {
        self.post::<Value>("/confirmations", &json!({"customer_id": customer_id, "order_id": order_id})).await?;
        Ok(())
    }
}
