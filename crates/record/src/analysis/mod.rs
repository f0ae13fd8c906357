//! What a recording, or very many, tell about services: use, success, errors, times, sizes, growth.
//!
//! Interactions are added one at a time, and memory does not grow with their number.

mod analyzer;
mod errors;
mod live;
mod outliers;
mod render;
mod usage;

pub use analyzer::{Analysis, Analyzer, Growth, ServiceUse, TimeRange, Timed};
pub use errors::ErrorPattern;
pub use live::{Live, LiveView, OperationNow};
pub use outliers::Outlier;
pub use usage::{OperationUse, Usage};
