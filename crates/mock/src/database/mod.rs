//! The library of mocks in a database: versions of answers, rules, settings by environment, analytics, an audit log.
//!
//! Who answers with what is stored is [`Responder`](crate::responder::Responder); here it is kept, and nothing is made up.
//!
//! ```
//! use tracesnap_mock::database::{Database, Draft};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let database = Database::open("sqlite::memory:").await?;
//! let responses = database.responses("shop");
//!
//! let first = responses.save("GET /orders", &Draft::json(200, &serde_json::json!([])).by("ada")).await?;
//! let second = responses.save("GET /orders", &Draft::json(200, &serde_json::json!([7]))).await?;
//! assert_eq!((first.version, second.version), (1, 2));
//!
//! let diff = responses.diff("GET /orders", "", 1, 2).await?;
//! assert_eq!(diff[0].to_string(), "+ /0: 7");
//!
//! // What was once stored is never lost: rolling back makes a third version, with what the first one says.
//! assert_eq!(responses.rollback("GET /orders", "", 1, "ada").await?.version, 3);
//! assert_eq!(database.audit_log(10).await?[0].action, "roll back");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where
//!
//! `sqlite:PATH` is a file that needs no server, `postgres://…` is one. Both have the same tables, made and brought up to
//! date by what is in `migrations/`: `mock_patterns`, `mock_responses`, `mock_generation_rules`, `mock_cache_entries`,
//! `mock_environment_configs`, `mock_analytics`, `mock_pattern_library`, and the audit log.
//!
//! ```text
//! mock_patterns  1 ── N mock_responses         mock_responses 1 ── N mock_cache_entries
//! mock_patterns  1 ── N mock_generation_rules  mock_responses 1 ── N mock_environment_configs
//! ```
//!
//! # What can be relied on
//!
//! What a call has said to be saved is there after the process, or the database, was killed. Each change of
//! configuration stands in the audit log in the same transaction, with who, what it was and what it is; how many
//! rows it has is the [revision](Database::revision) by which other processes see that something changed.

mod analytics;
mod audit;
mod cached;
mod connection;
mod environments;
mod library;
mod patterns;
mod responses;
mod rules;
mod schema;
mod transfer;

pub use analytics::{Analytics, Sample, Summary, Use};
pub use audit::Audited;
pub use connection::Database;
pub use environments::{Environments, Stored};
pub use library::{LibraryEntry, PatternLibrary};
pub use patterns::{Patterns, StoredPattern};
pub use responses::Responses;
pub use rules::{Action, Rule, Rules};
pub use transfer::{Imported, Transfer};

pub use crate::score::{Evidence, MIN_QUALITY_SCORE, mock_quality_score};
pub use crate::versions::{Difference, DifferenceKind, Draft, Version};

pub(crate) use cached::CachedEntries;
