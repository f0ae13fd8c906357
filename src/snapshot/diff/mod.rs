//! What changed between two recordings, or between a recording and the snapshot that was accepted.

// Which calls are the same call.
mod align;
mod forest;
mod merged;
// Two recordings.
mod trace;
// Two written snapshots: for a failed assertion.
#[cfg(feature = "insta")]
mod outline;
#[cfg(feature = "insta")]
mod text;

pub use trace::{
    Change, ChangeKind, Compared, CostChange, CostKind, CostLimit, DiffLine, DiffMark, DiffOptions, DiffSummary, Part,
    PartChange, Place, TraceDiff, TraceFigures,
};

#[cfg(feature = "insta")]
pub use outline::Written;
#[cfg(feature = "insta")]
pub(super) use text::tree_diff;
