//! What users of recorded HTTP can rely on, one file a promise.

mod clients;
mod support;
