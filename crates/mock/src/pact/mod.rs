//! Pacts: what a consumer expects of a provider, written from recordings, and held against a provider.
//!
//! A [`Pact`] is read in the versions 2 to 4 of the specification, and written as 3 or 4. [`PactWriter`] makes one of what
//! was recorded; [`Expected::request`] asks what it expects to be asked, and [`Expected::check`] says all that is wrong
//! with an answer. Who is asked is for the caller: a [`Mock`], whose document is checked so, or the service itself.
//!
//! ```
//! use tracesnap_mock::Mock;
//! use tracesnap_mock::pact::Pact;
//! use tracesnap_openapi::Document;
//!
//! let pact = Pact::parse("till-shop.json", br#"{
//!     "consumer": { "name": "till" }, "provider": { "name": "shop" },
//!     "interactions": [{
//!         "description": "an order", "request": { "method": "GET", "path": "/orders/7" },
//!         "response": {
//!             "status": 200, "headers": { "Content-Type": "application/json" },
//!             "body": { "id": 7, "total": 12.5 },
//!             "matchingRules": { "body": { "$.total": { "matchers": [{ "match": "number" }] } } }
//!         }
//!     }],
//!     "metadata": { "pactSpecification": { "version": "3.0.0" } }
//! }"#)?;
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
//!               schema: { type: object, required: [id, total], properties: { id: { type: integer }, total: { type: string } } }
//! "#)?;
//!
//! // The document promises a text where the consumer needs a number.
//! let verified = pact.verify(&Mock::from_document(document).build());
//! let mismatch = verified[0].mismatches[0].to_string();
//! assert!(mismatch.starts_with("body $.total: is `") && mismatch.ends_with("`, expected a number"), "{mismatch}");
//! # Ok::<(), tracesnap_mock::Error>(())
//! ```
//!
//! # What is compared
//!
//! As the specification has it: status; headers that are expected; bodies of JSON by the rules, else by equality, where an
//! answer may have more members than are expected. The rules are `equality`, `regex`, `type`, `min`, `max`, `include`,
//! `integer`, `decimal`, `number`, `boolean`, `null`, `date`, `time`, `timestamp`, `notEmpty`, `semver`, `values`,
//! `eachKey`, `eachValue`, `arrayContains` and `statusCode`; one that is not known is a mismatch that says so, and so is a
//! pattern that looks around. Patterns are held against the whole of a text. Other bodies are compared as texts.

mod compare;
mod format;
mod model;
mod path;
mod rules;
mod write;

pub use compare::Mismatch;
pub use model::{Expected, Pact, ProviderState, Specification, Verified};
pub use write::PactWriter;

use crate::engine::Mock;

impl Pact {
    /// Asks a mock all that is expected, and says what is wrong with its answers: so a document is held against a pact.
    #[must_use]
    pub fn verify(&self, mock: &Mock) -> Vec<Verified> {
        self.verify_with(|request| mock.answer(&request).into_http())
    }

    /// Asks anybody all that is expected, one after the other.
    #[must_use]
    pub fn verify_with(
        &self,
        mut ask: impl FnMut(crate::engine::Request) -> http::Response<bytes::Bytes>,
    ) -> Vec<Verified> {
        self.interactions
            .iter()
            .map(|expected| {
                let mismatches = match expected.request() {
                    Ok(request) => expected.check(&ask(request)),
                    Err(why) => vec![Mismatch::new("request", why)],
                };
                Verified { description: expected.description.clone(), mismatches }
            })
            .collect()
    }
}
