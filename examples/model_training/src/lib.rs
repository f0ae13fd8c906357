//! A classifier that is trained, and what a test wants to know of the training.
//!
//! [`ModelTrainer`] is the program. [`operations`] are the calls of the library that does the work, `smartcore`: it has no
//! spans, so each call stands in one of ours, whose target is the library's module. [`analysis`] reads the training off
//! its trace: operations, what they did to the data, how stable the model is. `main.rs` tells the story, `README.md` how
//! to begin.

pub mod analysis;
mod capturing;
mod data;
mod error;
pub mod operations;
mod trainer;

pub use analysis::{Analysis, Operation};
pub use capturing::{LARGE, small_enough};
pub use data::TrainingData;
pub use error::TrainingError;
pub use trainer::{Hyperparameters, ModelTrainer, TrainingReport};
