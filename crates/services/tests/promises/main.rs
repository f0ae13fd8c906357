//! What users of the clients can rely on, one file a promise.

#[path = "../local/mod.rs"]
mod local;

mod firestore;
mod gemini;
mod modes;
mod published;
mod secrets;
mod support;
mod values;
