//! A client for tests that is the same in every mode: live, recorded or mocked answers.
//!
//! Modes, sessions and matching are those of `tracesnap-record`, what is recorded of HTTP is the business of
//! `tracesnap-http`, mocks are made by [`crate::engine`]; here they are one client, which says who answered.
//!
//! ```
//! use tracesnap_mock::client::{AnsweredBy, SmartClient};
//! use tracesnap_mock::Mock;
//! use tracesnap_openapi::Document;
//! use tracesnap_record::Mode;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! # let text = r#"{"openapi": "3.1.0", "paths": {"/orders/{id}": {"get": {"responses": {"200": {"description": "",
//! #   "content": {"application/json": {"schema": {"type": "object", "required": ["id"],
//! #   "properties": {"id": {"type": "integer"}}}}}}}}}}}"#;
//! # let document = Document::parse("shop.json", text)?;
//! let client = SmartClient::builder("https://api.shop.example")
//!     .mock(Mock::from_document(document).build())
//!     .default_mode(Mode::Mock) // unless `TEST_MODE` or `MOCK_MODE` says another
//!     .build()?;
//!
//! let order = client.get("/orders/7").send().await?;
//! assert_eq!(order.status(), 200);
//! assert_eq!(order.json()?["id"], 7);
//! assert_eq!(order.answered_by(), AnsweredBy::Mock);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! MOCK_MODE=mock_only cargo test     # the mock; no service, no recording
//! MOCK_MODE=record    cargo test     # the service, and what it says waits for a review
//! MOCK_MODE=playback  cargo test     # the recording
//! MOCK_MODE=hybrid    cargo test     # the recording, else the service, else, with `mock_when_unreachable`, the mock
//! MOCK_MODE=disabled  cargo test     # the service
//! ```

mod answered;
mod builder;
mod live;
mod request;
mod smart;

pub use answered::{ANSWERED_BY, AnsweredBy, SmartResponse};
pub use builder::SmartClientBuilder;
pub use request::SmartRequest;
pub use smart::SmartClient;
