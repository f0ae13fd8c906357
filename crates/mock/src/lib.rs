//! Answers in place of an API, knowing its document alone.
//!
//! [`patterns`] says what operations *are*: which of them list, read, create, change or remove things, sign somebody in,
//! hand out a list in parts, search, or take files. [`generate`] makes bodies that keep to their schemas and can be
//! believed. [`state`] remembers what was created. [`engine`] turns a request into an answer with all of it, and `serve`
//! does so over HTTP. [`validate`] has the second opinion on both. Documents are read by `tracesnap-openapi`.
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `server` | `MockServer`: answers over HTTP | no |
//! | `client` | [`client`]: a client for tests, answered by the service, a recording or a mock; [`suite`]: tests of an API, written | no |
//! | `infer` | [`infer`]: the document of an API from recordings | no |
//! | `graphql` | `graphql`: queries and mutations over a GraphQL schema, answered | no |
//! | `pact` | `pact`: what a consumer expects, written from recordings and held against a provider | no |
//! | `record` | a [`Mock`] answers in the modes `mock` and `hybrid:mock` of `tracesnap-record` | no |
//! | `cache` | `config`, `cache`, `responder`: settings, modes, answers kept in memory | no |
//! | `redis` | `cache::RedisTier`: answers kept in Redis or Valkey | no |
//! | `database` | `database`: versions of answers, rules, settings, analytics, audit in SQLite or PostgreSQL; needs a C compiler | no |

mod ask;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "cache")]
pub mod config;
#[cfg(feature = "database")]
pub mod database;
pub mod engine;
mod error;
#[cfg(feature = "record")]
mod fallback;
pub mod generate;
#[cfg(feature = "graphql")]
pub mod graphql;
#[cfg(feature = "infer")]
pub mod infer;
#[cfg(feature = "pact")]
pub mod pact;
pub mod patterns;
#[cfg(feature = "record")]
mod recorded;
#[cfg(feature = "cache")]
pub mod responder;
#[cfg(any(feature = "database", feature = "server"))]
pub mod score;
#[cfg(feature = "server")]
pub mod serve;
pub mod state;
#[cfg(feature = "client")]
pub mod suite;
pub mod validate;
#[cfg(any(feature = "database", feature = "server"))]
pub mod versions;

pub use engine::{Answer, Mock, MockBuilder};
pub use error::Error;
#[cfg(feature = "server")]
pub use serve::{MockServer, MockServerBuilder};
