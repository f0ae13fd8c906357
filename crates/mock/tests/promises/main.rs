//! What users of the crate can rely on, a file a promise.

#[cfg(feature = "server")]
mod admin;
mod any_schema;
#[cfg(all(feature = "client", feature = "infer", feature = "server"))]
mod asking;
mod belief;
#[cfg(feature = "cache")]
mod caching;
mod definition;
#[cfg(feature = "server")]
mod disturbing;
#[cfg(feature = "record")]
mod falling_back;
#[cfg(all(feature = "database", feature = "redis"))]
mod faults;
mod generation;
#[cfg(feature = "graphql")]
mod graphql;
#[cfg(feature = "infer")]
mod inferring;
#[cfg(feature = "database")]
mod library;
#[cfg(feature = "server")]
mod limiting;
#[cfg(feature = "cache")]
mod modes;
#[cfg(feature = "pact")]
mod pacts;
#[cfg(feature = "cache")]
mod quotes;
mod recognition;
mod requests;
#[cfg(any(feature = "database", feature = "redis"))]
mod servers;
#[cfg(feature = "server")]
mod serving;
mod shop;
#[cfg(feature = "server")]
mod spanning;
mod state;
#[cfg(feature = "client")]
mod suites;
// As it is written, line by line.
#[cfg(feature = "client")]
#[rustfmt::skip]
#[path = "generated/api.rs"]
mod generated;
