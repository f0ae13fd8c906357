//! Answers requests as an API would, knowing its document alone.
//!
//! ```
//! use http::Request;
//! use tracesnap_mock::Mock;
//! use tracesnap_openapi::Document;
//!
//! let document = Document::parse("shop.yaml", r#"
//! openapi: 3.0.3
//! paths:
//!   /orders/{id}:
//!     get:
//!       parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
//!       responses:
//!         200:
//!           description: fine
//!           content:
//!             application/json:
//!               schema: { type: object, required: [id], properties: { id: { type: integer }, note: { type: string } } }
//! "#)?;
//! let mock = Mock::from_document(document).seed(7).build();
//!
//! let answer = mock.answer(&Request::get("/orders/42").body(Default::default())?);
//! assert_eq!(answer.status, 200);
//! assert_eq!(answer.json().unwrap()["id"], 42);
//!
//! // All that is wrong with a request is said at once.
//! let answer = mock.answer(&Request::get("/orders/first").body(Default::default())?);
//! assert_eq!(answer.status, 422);
//! assert_eq!(answer.json().unwrap()["errors"][0]["name"], "id");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order of truth
//!
//! An override, then what is stored ([`crate::state`]), then an example that keeps to its schema, then what is made up
//! ([`crate::generate`]). Which of them it was, the header [`x-mock-source`](Source) says, and why, `x-mock-explain`,
//! where the request has that header.
//!
//! Nothing here knows of sockets: that is for `serve`. The same requests in the same order get the same answers, on
//! every machine and after every restart.

mod answer;
mod builder;
mod credentials;
mod encode;
mod key;
mod mock;
mod negotiate;
mod overrides;
mod plan;
mod prefer;
mod problem;
mod reply;
mod stats;
mod turn;

pub use answer::{Answer, Source};
pub use builder::{MockBuilder, Validation};
pub use mock::{Mock, Request};
pub use overrides::Fixed;
pub use problem::{Place, Reason};
pub use stats::Stats;

pub(crate) use answer::header_value;
pub(crate) use encode::json;
pub(crate) use key::Key;
pub(crate) use mock::Inner;
#[cfg(feature = "cache")]
pub(crate) use mock::cors;
pub(crate) use negotiate::takes;
pub(crate) use problem::Problem;
