//! Infers the document of an API from recorded conversations with it.
//!
//! Recordings are read by `tracesnap-record`; what is done with the document, the rest of this crate says.
//!
//! ```
//! use serde_json::json;
//! use tracesnap_mock::infer::Inference;
//! use tracesnap_record::Interaction;
//!
//! let mut inference = Inference::new();
//! for id in [7, 8, 12] {
//!     let url = format!("https://shop.example/orders/{id}");
//!     let mut one = Interaction::new(id, "shop", "order.get", json!({"method": "GET", "url": url}));
//!     one.response = json!({"status": 200, "headers": [["content-type", "application/json"]], "body": {"id": id}});
//!     inference.add(&one);
//! }
//! let inferred = inference.infer();
//! let operation = &inferred.document["paths"]["/orders/{order_id}"]["get"];
//! assert_eq!(operation["operationId"], "getOrder");
//! let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
//! assert_eq!(schema["properties"]["id"]["type"], "integer");
//! ```
//!
//! # What is concluded from what
//!
//! | what | from |
//! |---|---|
//! | a parameter of the path | segments that look like ids, or that the answer repeats, or many alike below a plural; with a confidence from 0 to 1 in `x-confidence`, and why in `x-reason` |
//! | a type | all types that were seen at a place, [null included](https://json-schema.org/draft/2020-12) |
//! | `required` | a field was in every object at that place |
//! | `format` | every text at that place is one, by the validator |
//! | `enum` | [at least so many](ENUM_MIN_SEEN) texts, [at most so many](ENUM_MAX_VALUES) different ones, each three times on average, and words; never of what names or identifies |
//! | `additionalProperties` | names of fields that look like ids: a map |
//! | `security` | credentials, by the places where they were redacted |
//!
//! Whatever was recorded keeps to the schema that was inferred from it. Values that a recording has redacted are texts
//! with `x-redacted`, and make no format and no `enum`. Examples are redacted again.

mod credentials;
mod document;
mod exchange;
mod inference;
mod operation;
mod paths;
mod schema;
mod shape;
mod texts;

pub use inference::{Inference, Inferred, InferredOperation, Skipped};
pub use texts::{ENUM_MAX_VALUES, ENUM_MIN_SEEN};
