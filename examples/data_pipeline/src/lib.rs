//! A pipeline over a table of sales, and what a test wants to know of a run of it.
//!
//! [`Pipeline`] is the program: five [`stages`], each a span that says how much went in and came out. [`analysis`] reads
//! a run off its trace: time, sizes and memory of each stage, bottlenecks, who calls whom. [`rates`] is the service that
//! one stage asks, over HTTP/2; [`generate`] makes the table. `main.rs` tells the story, `README.md` how to begin.

pub mod analysis;
mod error;
pub mod generate;
mod pipeline;
pub mod rates;
pub mod stages;

pub use analysis::{Analysis, StageFigures};
pub use error::PipelineError;
pub use pipeline::{Credentials, OutputFormat, Pipeline, Processed};
