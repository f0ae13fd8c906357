//! `SELECT` over recordings and over Parquet files, by DataFusion.
//!
//! What the tables are is said where they are read: [`crate::captures`], [`crate::sessions`]. No type of DataFusion is in
//! a signature of ours.

mod answer;
mod engine;
mod failure;
mod numbers;
mod place;
mod pushdown;
mod table;

pub use answer::Answer;
pub use engine::{DEFAULT_MEMORY, Engine, EngineBuilder};
