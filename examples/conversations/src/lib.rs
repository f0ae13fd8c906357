//! A program that speaks with a service over HTTP, and the service: what is recorded, and who is recorded with.
//!
//! `main.rs` walks through a recording's life with it; tests of the `tracesnap` program do the same at a prompt.

mod campaigns;
mod service;

pub use campaigns::{Campaigns, prepare_evening};
pub use service::{Release, Server};
