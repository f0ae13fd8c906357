//! A lenient view of API documents: Swagger 2.0, OpenAPI 3.0, 3.1 and 3.2, as JSON or YAML, in one file or many.
//!
//! Published documents break their own specification: references to nowhere, types that do not exist, keys that stand
//! twice, numbers that no machine holds. One wrong field must not lose the whole API, so nothing here is deserialised
//! into types. A [`Document`] keeps the values as they are, `$ref`s as edges that are followed when asked, and is looked
//! at through views ([`Operation`], [`Parameter`], [`Schema`] …) that take what has the right type and pass over the rest.
//! What is wrong is told with file, line and pointer: [`Document::faults`].
//!
//! ```
//! use tracesnap_openapi::Document;
//!
//! let document = Document::parse("shop.yaml", r#"
//! openapi: 3.0.3
//! info: { title: Shop, version: "1" }
//! servers: [{ url: https://shop.example/v1 }]
//! paths:
//!   /orders/{id}:
//!     get:
//!       operationId: readOrder
//!       parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
//!       responses:
//!         200: { description: fine, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
//! components:
//!   schemas:
//!     Order: { type: object, properties: { id: { type: integer }, buyer: { $ref: '#/components/schemas/Nobody' } } }
//! "#)?;
//!
//! // With and without the base path; the most specific template wins.
//! let found = document.route("GET", "/v1/orders/7").found().expect("there is one");
//! assert_eq!(found.operation.id(), Some("readOrder"));
//! assert_eq!(found.params, [("id", "7".to_owned())]);
//!
//! let order = found.operation.response(200).unwrap().json().unwrap().schema().unwrap();
//! assert_eq!(order.all_properties().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["id", "buyer"]);
//!
//! assert_eq!(
//!     document.faults()[0].to_string(),
//!     "shop.yaml:14: #/components/schemas/Order/properties/buyer: `#/components/schemas/Nobody` leads nowhere: \
//!      there is no `Nobody` in `/components/schemas`"
//! );
//! # Ok::<(), tracesnap_openapi::Error>(())
//! ```
//!
//! # What it leaves to others
//!
//! It knows nobody: neither how answers are made, nor how requests are recorded. It checks no value against a schema; a
//! validator takes [`Schema::bundle`], which is plain JSON Schema 2020-12 whatever the dialect of the document was.
//!
//! # Bounds
//!
//! Documents are hostile until read: [`Limits`] names every bound, and files are followed only below the folder of the
//! document ([`Reader::root`] widens that).

mod check;
mod document;
mod error;
mod fault;
mod limits;
mod pointer;
mod router;
mod source;

pub use document::{
    Document, Example, Header, Link, Location, MediaType, Node, Operation, Parameter, Reader, RequestBody, Requirement,
    Response, Schema, SecurityKind, SecurityScheme, Server, Status, Style, Types, Unresolved, Version,
};
pub use error::Error;
pub use fault::{Fault, FaultKind};
pub use limits::Limits;
pub use router::{Match, Route};
