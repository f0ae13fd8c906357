//! What runs inside the captured program: gate, tiers, values, the call, the writer.
//!
//! Nothing here fails, panics, or changes what the captured function does; what goes wrong is counted.

mod call;
mod captures;
mod clock;
mod depth;
mod gate;
mod global;
mod held;
mod local;
mod queue;
mod scope;
mod settled;
mod stats;
mod tier;
mod values;
mod writer;

pub use call::Call;
pub use captures::{Captures, CapturesBuilder};
pub use gate::{OFF, Skip, SkipCell, gate};
pub use global::{flush, set_global, set_global_config};
pub use held::{Hold, HoldByClone, HoldByValue};
pub(crate) use local::Room;
pub(crate) use scope::replaying;
pub use scope::{CaptureGuard, Scoped};
pub use settled::{OwnerName, Site};
pub use stats::CaptureStats;
pub use tier::{
    ByCapture, ByDebug, ByName, BySerialize, CaptureValue, Show, ShowByDebug, ShowByName, SplitOther, SplitResult,
    Splitter, Tier, View,
};
pub(crate) use values::TierKind;
pub use values::{Tier as ValueTier, Values};
