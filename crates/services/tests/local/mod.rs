//! Services of Google on this machine: they speak the protocols as they are published, and know nothing of the clients.
//!
//! Every request and every answer is held against Google's discovery documents. What breaks them is answered with 500, is
//! told when the server is dropped, and fails the test.

#![allow(dead_code, reason = "a test and an example have this, and neither needs all of it")]

mod discovery;
mod firestore;
mod gemini;
mod order;
mod serve;

pub(crate) use discovery::Discovery;
pub(crate) use firestore::FirestoreServer;
pub(crate) use gemini::GeminiServer;
