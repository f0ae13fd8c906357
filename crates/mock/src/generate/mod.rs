//! Makes the bodies of answers: valid by their schema, and believable.
//!
//! Which operation is asked for, what is stored, and which status is answered is for others. They say what must appear
//! in an answer ([`Given`]), and get a value; the same one for the same question.
//!
//! ```text
//!  Schema ──▶ compile ──▶ plan ──▶ make ──▶ Value
//!     │        merged,      │        │  text, number: by format, meaning, pattern
//!     ▼        once         ▼        │  entity: who, where, when, how much
//!   rules ◀───── held against ───────┘  relations: sums, counts, pages, ids that link
//! ```
//!
//! ```
//! use std::sync::Arc;
//! use tracesnap_mock::generate::{Generator, Given, Settings};
//! use tracesnap_openapi::Document;
//!
//! let document = Arc::new(Document::parse("shop.yaml", r#"
//! openapi: 3.1.0
//! info: { title: Shop, version: "1" }
//! servers: [{ url: https://shop.example }]
//! paths: {}
//! components:
//!   schemas:
//!     Order:
//!       type: object
//!       required: [id, total]
//!       properties:
//!         id: { type: integer }
//!         url: { type: string, format: uri }
//!         total: { type: number, minimum: 0 }
//!         created_at: { type: string, format: date-time }
//! "#)?);
//! let generator = Generator::new(Arc::clone(&document), Settings::default());
//! let (_, order) = document.schemas()[0];
//!
//! let seven = generator.value(order, &Given::key(7).about("order").identified(7));
//! assert_eq!(seven["url"], "https://shop.example/orders/7");
//! assert_eq!(seven, generator.value(order, &Given::key(7).about("order").identified(7)));
//! # Ok::<(), tracesnap_openapi::Error>(())
//! ```
//!
//! # Bounds
//!
//! Documents are hostile: plans, depth, values, tries and letters of one answer have bounds, each named where it is kept to.
//! What no value satisfies is told ([`Generated::valid`], [`Generated::reasons`]), and something like it is made all the same.

mod compile;
mod dice;
mod entity;
mod format;
mod generator;
pub mod invariants;
mod make;
mod meaning;
pub(crate) mod moment;
mod number;
mod pattern;
mod plan;
mod quality;
mod reach;
mod relations;
mod rules;
mod spoken;
mod tables;
mod text;

pub use generator::{Generated, Generator, Given, Page, Settings, Source};
pub use quality::{Quality, UnknownQuality};
pub(crate) use spoken::Names;
