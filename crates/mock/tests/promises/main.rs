//! What users of the crate can rely on, a file a promise.

mod any_schema;
mod belief;
mod definition;
mod generation;
mod recognition;
