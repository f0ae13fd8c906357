//! A tree made stable, and what is asserted of it.
//!
//! It reads trees and counts; how they were recorded it does not know.

// What a snapshot shows.
mod options;
mod placeholder;
mod row;
mod shown;
// Which rows, in which order, and how they are written.
mod hash;
mod layout;
mod order;
mod rows;
mod text;
mod traced;
mod wire;
// insta.
#[cfg(feature = "insta")]
pub(crate) mod bridge;
// What changed since.
mod diff;
// Assertions without a snapshot.
mod arg_value;
mod assertion_error;
mod assertions;
mod calls;
mod excerpt;
mod names;
mod sequence;

#[cfg(test)]
mod testing;

pub use arg_value::ArgValue;
pub use assertion_error::AssertionError;
pub use assertions::Assertions;
pub use calls::Calls;
pub use diff::{
    Change, ChangeKind, Compared, CostChange, CostKind, CostLimit, DiffLine, DiffMark, DiffOptions, DiffSummary, Part,
    PartChange, Place, TraceDiff, TraceFigures,
};
pub use options::{Detail, Sort};
pub use text::UNNAMED;
pub use traced::{ToSnapshot, TracedSnapshot};
