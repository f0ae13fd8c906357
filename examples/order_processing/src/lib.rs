//! A shop that asks three services for each order, and what a test wants to know of such an order.
//!
//! [`OrderService`] is the program: it knows `tracing`, and that its arguments are captured. Whom it asks it does not
//! know: [`clients`] are traits, with an HTTP client for each. [`local`] are the services on this machine, as their
//! OpenAPI documents describe them, and what can go wrong with each. [`evidence`] puts a run together: result, call tree,
//! what was said to the services, metrics, and the step that failed. `main.rs` tells the story, `README.md` how to begin.

pub mod clients;
mod error;
pub mod evidence;
pub mod local;
mod order;
mod order_book;
mod order_service;
mod pricing;

pub use error::OrderError;
pub use evidence::Evidence;
pub use local::{LocalServices, Scenario};
pub use order::{Address, Confirmation, Item, Receipt};
pub use order_book::OrderBook;
pub use order_service::OrderService;
pub use pricing::{Pricing, calculate_pricing};
