//! What users of recorded HTTP can rely on, one file a promise.

mod clients;
mod concurrency;
mod dialogues;
mod fidelity;
mod grpc;
mod imported;
mod intercept;
mod killed;
mod leaks;
mod modes;
mod profiles;
mod secrets;
mod servers;
mod streams;
mod support;
